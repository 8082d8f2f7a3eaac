import { makeCrcTables } from './crcTables.js';

/** The CRC-32 of zlib, PNG and Ethernet, reflected. */
const TABLE = makeCrcTables(0xedb88320).subarray(0, 256);

/** Checksum of `bytes[from, to)`, continued from the checksum `before` of what precedes. A signed 32-bit number. */
export function crc32(bytes: Uint8Array, from: number, to: number, before = 0): number {
  let crc = ~before;
  for (let position = from; position < to; position++) {
    crc = (crc >>> 8) ^ (TABLE[(crc ^ (bytes[position] as number)) & 255] as number);
  }
  return ~crc;
}
