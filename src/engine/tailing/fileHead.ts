import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { HEAD_BYTES } from '../../readers/reader.js';
import type { FileHead } from '../../readers/reader.js';
import { gunzipped, isCompressed, isDamage, withoutCompression } from './gunzip.js';

/** The beginning of a file's content, `.gz` undone. Fails as the file system does, or when it is no gzip file. */
export async function readHead(path: string): Promise<FileHead> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    return isCompressed(path)
      ? await uncompressedHead(path, size)
      : { path, bytes: await firstBytes(handle, size), size };
  } finally {
    await handle.close();
  }
}

async function firstBytes(handle: FileHandle, size: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(Math.min(HEAD_BYTES, size));
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled);
    if (bytesRead === 0) {
      break;
    }
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function uncompressedHead(path: string, compressedSize: number): Promise<FileHead> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const piece of gunzipped(path)) {
      pieces.push(piece);
      length += piece.length;
      if (length > HEAD_BYTES) {
        break;
      }
    }
  } catch (error) {
    // What precedes damage tells the format; the damage itself is told when the log is read.
    if (length === 0 || !isDamage(error)) {
      throw error;
    }
  }
  const bytes = new Uint8Array(Buffer.concat(pieces).subarray(0, HEAD_BYTES));
  return { path: withoutCompression(path), bytes, size: length <= HEAD_BYTES ? length : length + compressedSize };
}
