import type { Hdf5Listing } from '../../../checkpoints/hdf5/library.js';

/** What the thread with the library is started with. */
export interface Hdf5Start {
  /** Bytes of the file. */
  readonly size: number;
  /** Through which the thread is handed what it reads of the file, while it waits. */
  readonly exchange: SharedArrayBuffer;
}

/** A block to read. */
export interface Hdf5Request {
  readonly path: string;
  readonly start: readonly number[];
  readonly count: readonly number[];
}

/** What the thread tells. `need` asks for bytes of the file and waits; the others answer what was asked, in order. */
export type Hdf5News =
  | { readonly type: 'need'; readonly offset: number; readonly length: number }
  | { readonly type: 'listed'; readonly listing: Hdf5Listing }
  | { readonly type: 'block'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'failed'; readonly reason: string; readonly isBroken: boolean };

/** Most bytes that are handed over at once. */
const EXCHANGED_BYTES = 1024 * 1024;
const HEAD_BYTES = 8;

/** Bytes of the file on their way into the thread that waits for them. */
export class Exchange {
  readonly shared: SharedArrayBuffer;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly #state: Int32Array<SharedArrayBuffer>;

  constructor(shared = new SharedArrayBuffer(HEAD_BYTES + EXCHANGED_BYTES)) {
    this.shared = shared;
    this.bytes = new Uint8Array(shared, HEAD_BYTES);
    this.#state = new Int32Array(shared, 0, 2);
  }

  /** Before asking. */
  expect(): void {
    Atomics.store(this.#state, 0, 0);
  }

  /** Waits for the answer: how many bytes there are, or -1 when they could not be read. */
  wait(): number {
    Atomics.wait(this.#state, 0, 0);
    return Atomics.load(this.#state, 1);
  }

  answer(count: number): void {
    Atomics.store(this.#state, 1, count);
    Atomics.store(this.#state, 0, 1);
    Atomics.notify(this.#state, 0);
  }
}
