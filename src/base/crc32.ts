import { makeCrcTables } from './crcTables.js';

/** The CRC-32 of zip, PNG and Ethernet, reflected. */
const TABLES = makeCrcTables(0xedb88320);
const T0 = TABLES.subarray(0, 256);
const T1 = TABLES.subarray(256, 512);
const T2 = TABLES.subarray(512, 768);
const T3 = TABLES.subarray(768, 1024);

/** Checksum of `bytes[from, to)`, continued from the checksum `before` of what precedes. A signed 32-bit number. */
export function crc32(bytes: Uint8Array, from: number, to: number, before = 0): number {
  let crc = ~before;
  let position = from;
  for (const last = to - 3; position < last; position += 4) {
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
  }
  for (; position < to; position++) {
    crc = (crc >>> 8) ^ (T0[(crc ^ (bytes[position] as number)) & 255] as number);
  }
  return ~crc;
}
