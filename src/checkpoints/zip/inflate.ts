import { Inflate } from 'fflate';
import { CheckpointError } from '../checkpointError.js';
import type { ElementStream } from '../tensorData.js';
import { fill } from '../source.js';
import type { RandomAccess } from '../source.js';

/** Compressed bytes that are handed over at once; deflate makes at most about a thousand times as many of them. */
const PIECE_BYTES = 16 * 1024;

/** Undoes the compression of a file as it is read; never more of it is in memory than a piece makes. */
export function inflated(file: RandomAccess, bytes: number): ElementStream {
  const inflate = new Inflate();
  const ready: Uint8Array[] = [];
  let position = 0;
  let given = 0;
  inflate.ondata = (data) => {
    ready.push(data);
  };
  const more = async (): Promise<boolean> => {
    if (position >= file.size) {
      return false;
    }
    const piece = new Uint8Array(Math.min(PIECE_BYTES, file.size - position));
    const read = await fill(file, position, piece);
    position += read;
    try {
      inflate.push(piece.subarray(0, read), position >= file.size || read < piece.length);
    } catch {
      throw new CheckpointError('the compressed data are damaged', position, 'download or save it again');
    }
    return read > 0;
  };
  return {
    next: async (target) => {
      let filled = 0;
      const wanted = Math.min(target.length, bytes - given);
      while (filled < wanted) {
        const first = ready[0];
        if (!first) {
          if (!(await more())) {
            throw new CheckpointError('the compressed data end early', position, 'download or save it again');
          }
          continue;
        }
        const part = first.subarray(0, wanted - filled);
        target.set(part, filled);
        filled += part.length;
        if (part.length === first.length) {
          ready.shift();
        } else {
          ready[0] = first.subarray(part.length);
        }
      }
      given += filled;
      return filled;
    },
  };
}
