import { CheckpointError } from './checkpointError.js';

/** Bytes that can be read anywhere: a file, or a stretch of one. What the layer needs of the outside. */
export interface RandomAccess {
  /** Bytes. */
  readonly size: number;
  /** Fills the target from there on; fewer bytes only at the end. Returns how many. */
  read(offset: number, target: Uint8Array): Promise<number>;
}

/** What an `AbortSignal` is used for here. */
export interface Cancellation {
  throwIfAborted(): void;
}

/** A stretch of bytes as a file of its own; reading past its end is reading past the end of the file. */
export class Stretch implements RandomAccess {
  readonly size: number;
  readonly #whole: RandomAccess;
  readonly #from: number;

  constructor(whole: RandomAccess, from: number, size: number) {
    this.#whole = whole;
    this.#from = from;
    this.size = size;
  }

  read(offset: number, target: Uint8Array): Promise<number> {
    const wanted = Math.min(target.length, Math.max(0, this.size - offset));
    return this.#whole.read(this.#from + offset, target.subarray(0, wanted));
  }
}

/** Bytes in memory as a file. */
export class MemoryFile implements RandomAccess {
  readonly size: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.size = bytes.length;
  }

  read(offset: number, target: Uint8Array): Promise<number> {
    const part = this.#bytes.subarray(offset, offset + target.length);
    target.set(part);
    return Promise.resolve(part.length);
  }
}

/**
 * Reads so many bytes.
 * @param what they are, for the message when the file ends before them
 * @param limit of the length, so that a damaged length cannot ask for more memory than there is
 */
export async function readExactly(
  file: RandomAccess,
  offset: number,
  length: number,
  what: string,
  limit = 64 * 1024 * 1024,
): Promise<Uint8Array<ArrayBuffer>> {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw new CheckpointError(`${what} has no sensible place`, Math.max(0, offset || 0));
  }
  if (offset + length > file.size) {
    throw new CheckpointError(
      `truncated: ${what} needs bytes up to ${offset + length}, and the file ends at ${file.size}`,
      file.size,
      'download or save it again',
    );
  }
  if (length > limit) {
    throw new CheckpointError(`${what} claims ${length} bytes, more than the ${limit} that are allowed`, offset);
  }
  const bytes = new Uint8Array(length);
  const filled = await fill(file, offset, bytes);
  if (filled < length) {
    throw new CheckpointError(`${what} could not be read: the file became shorter`, offset + filled);
  }
  return bytes;
}

/** Fills the target as far as there are bytes. */
export async function fill(file: RandomAccess, offset: number, target: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const read = await file.read(offset + filled, target.subarray(filled));
    if (read === 0) {
      break;
    }
    filled += read;
  }
  return filled;
}
