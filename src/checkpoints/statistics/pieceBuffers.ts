import type { Cancellation } from '../source.js';
import type { ElementStream } from '../tensorData.js';

/** Bytes that are read at once: while one piece is counted, the next is on its way. */
const PIECE_BYTES = 4 * 1024 * 1024;

export interface ReadingOptions {
  readonly cancellation?: Cancellation;
  /** Told after every piece, with its bytes. */
  readonly onProgress?: (bytes: number) => void;
}

/** Two pieces of memory that are filled in turns; kept from one tensor to the next. */
export class PieceBuffers {
  readonly #buffers = [new Uint8Array(PIECE_BYTES), new Uint8Array(PIECE_BYTES)] as const;

  /** Hands over every piece of a stream, while the one after it is being read. */
  async forEach(
    stream: ElementStream,
    size: number,
    use: (piece: Uint8Array) => void,
    options: ReadingOptions,
  ): Promise<void> {
    const wanted = PIECE_BYTES - (PIECE_BYTES % size);
    const buffers = this.#buffers.map((buffer) => buffer.subarray(0, wanted));
    let pending = stream.next(buffers[0] as Uint8Array);
    for (let turn = 0; ; turn = 1 - turn) {
      const filled = await pending;
      options.cancellation?.throwIfAborted();
      if (filled === 0) {
        return;
      }
      pending = filled < wanted ? Promise.resolve(0) : stream.next(buffers[1 - turn] as Uint8Array);
      // A failure is told when its turn comes, not while this piece is counted.
      pending.catch(() => undefined);
      use((buffers[turn] as Uint8Array).subarray(0, filled));
      options.onProgress?.(filled);
    }
  }
}
