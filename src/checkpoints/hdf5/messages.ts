import { CheckpointError } from '../checkpointError.js';
import { readExactly } from '../source.js';
import type { RandomAccess } from '../source.js';

/** An address that points nowhere. */
export const UNDEFINED_ADDRESS = Number.MAX_SAFE_INTEGER;

const LARGEST_PART = 16 * 1024 * 1024;

/** What the superblock says of the file. */
export interface Hdf5File {
  readonly file: RandomAccess;
  /** Bytes of an address, and of a length. */
  readonly offsetSize: number;
  readonly lengthSize: number;
  /** Of the file's own zero. */
  readonly base: number;
}

/** Reads numbers of a stretch of bytes one after the other. */
export class Reader {
  position = 0;
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.bytes.length - this.position;
  }

  uint(size: number): number {
    if (this.left < size) {
      throw damaged();
    }
    let value = 0;
    for (let index = size - 1; index >= 0; index--) {
      value = value * 256 + this.#view.getUint8(this.position + index);
    }
    this.position += size;
    return value;
  }

  /** All bits set stands for an address that points nowhere. */
  address(size: number): number {
    const start = this.position;
    const value = this.uint(size);
    const isUndefined = this.bytes.subarray(start, start + size).every((byte) => byte === 255);
    return isUndefined ? UNDEFINED_ADDRESS : value;
  }

  skip(bytes: number): void {
    if (this.left < bytes || bytes < 0) {
      throw damaged();
    }
    this.position += bytes;
  }

  take(length: number): Uint8Array {
    const from = this.position;
    this.skip(length);
    return this.bytes.subarray(from, from + length);
  }

  /** Text up to a zero. */
  text(): string {
    const end = this.bytes.indexOf(0, this.position);
    const bytes = this.take((end < 0 ? this.bytes.length : end) - this.position);
    this.position = Math.min(this.bytes.length, this.position + 1);
    return new TextDecoder().decode(bytes);
  }
}

export function damaged(): CheckpointError {
  return new CheckpointError('the HDF5 file is damaged: a part of it makes no sense', 0, 'download or save it again');
}

export async function readPart({ file, base }: Hdf5File, address: number, length: number): Promise<Reader> {
  return new Reader(await readExactly(file, base + address, length, 'a part of the HDF5 file', LARGEST_PART));
}

export interface Message {
  readonly type: number;
  readonly reader: Reader;
}

const MOST_BLOCKS = 1000;
const CONTINUATION = 16;

/** The messages of an object: HDF5 file format specification 3.0, IV.A.1. */
export async function readMessages(hdf5: Hdf5File, address: number): Promise<Message[]> {
  const start = await readPart(hdf5, address, Math.min(16, hdf5.file.size - hdf5.base - address));
  return start.bytes[0] === 1 ? versionOne(hdf5, address, start) : versionTwo(hdf5, address, start);
}

async function versionOne(hdf5: Hdf5File, address: number, start: Reader): Promise<Message[]> {
  start.skip(2);
  const count = start.uint(2);
  start.skip(4);
  const blocks = [{ address: address + 16, length: start.uint(4) }];
  const messages: Message[] = [];
  for (let block = blocks.shift(), seen = 0; block; block = blocks.shift()) {
    if (++seen > MOST_BLOCKS) {
      throw damaged();
    }
    const reader = await readPart(hdf5, block.address, block.length);
    while (reader.left >= 8 && messages.length < count) {
      const type = reader.uint(2);
      const size = reader.uint(2);
      reader.skip(4);
      const body = new Reader(reader.take(Math.min(size, reader.left)));
      if (type === CONTINUATION) {
        blocks.push({ address: body.address(hdf5.offsetSize), length: body.uint(hdf5.lengthSize) });
      }
      messages.push({ type, reader: body });
    }
  }
  return messages;
}

async function versionTwo(hdf5: Hdf5File, address: number, start: Reader): Promise<Message[]> {
  if (new TextDecoder().decode(start.take(4)) !== 'OHDR') {
    throw damaged();
  }
  start.skip(1);
  const flags = start.uint(1);
  const prefix = 6 + ((flags & 0x20) !== 0 ? 16 : 0) + ((flags & 0x10) !== 0 ? 4 : 0);
  const sizeBytes = 1 << (flags & 3);
  const length = (await readPart(hdf5, address + prefix, sizeBytes)).uint(sizeBytes);
  const messageHead = 4 + ((flags & 4) !== 0 ? 2 : 0);
  const blocks = [{ address: address + prefix + sizeBytes, length }];
  const messages: Message[] = [];
  for (let block = blocks.shift(), seen = 0; block; block = blocks.shift()) {
    if (++seen > MOST_BLOCKS) {
      throw damaged();
    }
    const reader = await readPart(hdf5, block.address, block.length);
    while (reader.left >= messageHead) {
      const type = reader.uint(1);
      const size = reader.uint(2);
      reader.skip(messageHead - 3);
      const body = new Reader(reader.take(Math.min(size, reader.left)));
      if (type === CONTINUATION) {
        // A block of its own: a signature before, a checksum after.
        const at = body.address(hdf5.offsetSize);
        blocks.push({ address: at + 4, length: body.uint(hdf5.lengthSize) - 8 });
      }
      messages.push({ type, reader: body });
    }
  }
  return messages;
}
