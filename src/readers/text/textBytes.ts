import { utf16Order, Utf16Transcoder } from './utf16.js';

/**
 * Bytes of a text as UTF-8, as they arrive: UTF-16 is transcoded where a byte order mark says so. Keeps back the first
 * byte until the second shows whether both are such a mark.
 */
export class TextBytes {
  readonly #take: (utf8: Uint8Array) => void;
  #isBeginning = true;
  #firstByte: number | undefined;
  #transcoder: Utf16Transcoder | undefined;

  constructor(take: (utf8: Uint8Array) => void) {
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    if (this.#isBeginning) {
      this.#begin(chunk);
    } else {
      this.#take(this.#transcoder === undefined ? chunk : this.#transcoder.transcode(chunk));
    }
  }

  #begin(chunk: Uint8Array): void {
    const first = this.#firstByte ?? chunk[0];
    const rest = this.#firstByte === undefined ? chunk.subarray(1) : chunk;
    if (first === undefined || rest.length === 0) {
      this.#firstByte = first;
      return;
    }
    this.#isBeginning = false;
    const order = utf16Order(first, rest[0]);
    if (order !== undefined) {
      this.#transcoder = new Utf16Transcoder(order === 'little');
      this.#take(this.#transcoder.transcode(rest.subarray(1)));
    } else if (this.#firstByte === undefined) {
      this.#take(chunk);
    } else {
      this.#take(Uint8Array.of(first));
      this.#take(chunk);
    }
  }

  /** There are no more bytes: hands over one that was kept back. */
  end(): void {
    if (this.#isBeginning && this.#firstByte !== undefined) {
      this.#isBeginning = false;
      this.#take(Uint8Array.of(this.#firstByte));
    }
  }
}
