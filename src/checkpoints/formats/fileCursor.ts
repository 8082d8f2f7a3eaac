import { CheckpointError } from '../checkpointError.js';
import { fill } from '../source.js';
import type { RandomAccess } from '../source.js';

const WINDOW_BYTES = 64 * 1024;

/** Reads small things of a file one after the other, skipping the large ones between them. */
export class FileCursor {
  position: number;
  readonly file: RandomAccess;
  readonly #window = new Uint8Array(WINDOW_BYTES);
  readonly #view = new DataView(this.#window.buffer);
  #from = 0;
  #to = 0;

  constructor(file: RandomAccess, position = 0) {
    this.file = file;
    this.position = position;
  }

  /** So many bytes, valid until the next call; at most {@link WINDOW_BYTES}. */
  async take(length: number): Promise<Uint8Array> {
    const at = await this.#have(length);
    return this.#window.subarray(at, at + length);
  }

  async uint8(): Promise<number> {
    return this.#window[await this.#have(1)] as number;
  }

  async uint16(): Promise<number> {
    return this.#view.getUint16(await this.#have(2), true);
  }

  async uint32(): Promise<number> {
    return this.#view.getUint32(await this.#have(4), true);
  }

  /** A whole number of eight bytes that counts exactly. */
  async uint64(): Promise<number> {
    const offset = this.position;
    const value = this.#view.getBigUint64(await this.#have(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new CheckpointError(`a count of ${value.toString()} makes no sense`, offset, 'download or save it again');
    }
    return Number(value);
  }

  async #have(length: number): Promise<number> {
    if (this.position < this.#from || this.position + length > this.#to) {
      this.#from = this.position;
      this.#to = this.#from + (await fill(this.file, this.#from, this.#window));
      if (length > this.#to - this.#from) {
        throw new CheckpointError(
          'truncated: the file ends in the middle of its description',
          this.file.size,
          'download or save it again',
        );
      }
    }
    const at = this.position - this.#from;
    this.position += length;
    return at;
  }
}
