import { makeCrc } from '../../base/crc.js';

/** CRC-32C (Castagnoli): RFC 3720, appendix B.4. */
export const crc32c = makeCrc(0x82f63b78);

/** A checksum as TFRecord and LevelDB store it, so that a checksum of data that holds checksums is still sound. */
export function maskCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) | 0;
}
