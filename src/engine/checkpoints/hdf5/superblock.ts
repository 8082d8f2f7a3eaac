import type { BlockingFile } from './presentedFile.js';

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
/** Where the superblock may stand: at 0, or behind a block of the writer's own, of a power of two. */
const PLACES = [0, 512, 1024, 2048, 4096, 8192];
/** Where the end of the file stands in a superblock, by its version, with addresses of eight bytes. */
const END_AT = [40, 44, 28, 28];
const SUPERBLOCK_BYTES = 64;

/**
 * How long the writer of an HDF5 file left it, in bytes (HDF5 File Format Specification 3.0, II.A, "End of File
 * Address"). A shorter file is truncated: the library refuses it whole, although what lies before the cut is there.
 * @returns undefined where the superblock does not say
 */
export function writtenSize(file: BlockingFile): number | undefined {
  for (const place of PLACES) {
    const bytes = new Uint8Array(SUPERBLOCK_BYTES);
    if (place + SUPERBLOCK_BYTES > file.size || file.read(place, bytes) < SUPERBLOCK_BYTES) {
      return undefined;
    }
    if (SIGNATURE.every((byte, at) => bytes[at] === byte)) {
      const version = bytes[8] ?? 0;
      const end = END_AT[version];
      const addressBytes = bytes[version < 2 ? 13 : 9];
      if (end === undefined || addressBytes !== 8) {
        return undefined;
      }
      const size = new DataView(bytes.buffer).getBigUint64(end, true);
      return size <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(size) : undefined;
    }
  }
  return undefined;
}
