import { makeCrcTables } from '../../base/crcTables.js';

/** CRC-32C (Castagnoli), reflected: RFC 3720, appendix B.4. */
const POLYNOMIAL = 0x82f63b78;

const TABLES = makeCrcTables(POLYNOMIAL);
const T0 = TABLES.subarray(0, 256);
const T1 = TABLES.subarray(256, 512);
const T2 = TABLES.subarray(512, 768);
const T3 = TABLES.subarray(768, 1024);
const T4 = TABLES.subarray(1024, 1280);
const T5 = TABLES.subarray(1280, 1536);
const T6 = TABLES.subarray(1536, 1792);
const T7 = TABLES.subarray(1792, 2048);

/** Checksum of `bytes[from, to)`, continued from the checksum `before` of what precedes. A signed 32-bit number. */
export function crc32c(bytes: Uint8Array, from: number, to: number, before = 0): number {
  let crc = ~before;
  let position = from;
  for (const last = to - 7; position < last; position += 8) {
    crc ^=
      (bytes[position] as number) |
      ((bytes[position + 1] as number) << 8) |
      ((bytes[position + 2] as number) << 16) |
      ((bytes[position + 3] as number) << 24);
    crc =
      (T7[crc & 255] as number) ^
      (T6[(crc >>> 8) & 255] as number) ^
      (T5[(crc >>> 16) & 255] as number) ^
      (T4[crc >>> 24] as number) ^
      (T3[bytes[position + 4] as number] as number) ^
      (T2[bytes[position + 5] as number] as number) ^
      (T1[bytes[position + 6] as number] as number) ^
      (T0[bytes[position + 7] as number] as number);
  }
  if (position < to - 3) {
    crc ^=
      (bytes[position] as number) |
      ((bytes[position + 1] as number) << 8) |
      ((bytes[position + 2] as number) << 16) |
      ((bytes[position + 3] as number) << 24);
    crc =
      (T3[crc & 255] as number) ^
      (T2[(crc >>> 8) & 255] as number) ^
      (T1[(crc >>> 16) & 255] as number) ^
      (T0[crc >>> 24] as number);
    position += 4;
  }
  for (; position < to; position++) {
    crc = (crc >>> 8) ^ (T0[(crc ^ (bytes[position] as number)) & 255] as number);
  }
  return ~crc;
}

/** A checksum as TFRecord and LevelDB store it, so that a checksum of data that holds checksums is still sound. */
export function maskCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) | 0;
}
