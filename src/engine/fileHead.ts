import { open } from 'node:fs/promises';
import { gunzipSync, constants } from 'node:zlib';
import { HEAD_BYTES } from '../readers/reader.js';
import type { FileHead } from '../readers/reader.js';
import { withoutCompression } from './discovery/candidates.js';

/** Whether the content of a file is told by its name to be compressed. */
export function isCompressed(path: string): boolean {
  return /\.gz$/i.test(path);
}

/** The beginning of a file's content, `.gz` undone. Fails as the file system does, or when it is no gzip file. */
export async function readHead(path: string): Promise<FileHead> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const buffer = new Uint8Array(Math.min(HEAD_BYTES, size));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
      if (bytesRead === 0) {
        break;
      }
      filled += bytesRead;
    }
    const bytes = buffer.subarray(0, filled);
    return isCompressed(path) ? uncompressed(path, bytes, size) : { path, bytes, size };
  } finally {
    await handle.close();
  }
}

function uncompressed(path: string, compressed: Uint8Array, size: number): FileHead {
  const all = gunzipSync(compressed, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 256 * HEAD_BYTES });
  const bytes = all.subarray(0, HEAD_BYTES);
  const whole = compressed.length === size && bytes.length === all.length;
  return { path: withoutCompression(path), bytes, size: whole ? bytes.length : bytes.length + size };
}
