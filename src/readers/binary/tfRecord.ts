import { crc32c, maskCrc } from './crc32c.js';

/** Length, checksum of the length. */
const HEADER_BYTES = 12;
/** Checksum of the data. */
const FOOTER_BYTES = 4;

/** Larger records are passed over without being held in memory: they hold pictures or graphs, never a scalar. */
const MAXIMUM_RECORD_BYTES = 64 * 1024 * 1024;

/** Masked checksums of the lengths that nearly all records have. */
const CHECKSUMS_OF_LENGTHS = Int32Array.from({ length: 1024 }, (_, length) =>
  maskCrc(crc32c(Uint8Array.of(length & 255, length >> 8, 0, 0, 0, 0, 0, 0), 0, 8)),
);

export interface TfRecordHandler {
  /** The data of an intact record: `bytes[from, to)`, valid during the call only. */
  record(bytes: Uint8Array, view: DataView, from: number, to: number): void;
  problem(offset: number, message: string): void;
}

/**
 * Cuts a TFRecord file into records as its bytes arrive and checks both checksums of each. A record with damaged data
 * is left out; after a damaged length the next offset whose length is intact is looked for.
 */
export class TfRecordReader {
  readonly #handler: TfRecordHandler;
  /** The beginning of a record that is not whole yet. */
  #carry = new Uint8Array(1024);
  #carryLength = 0;
  /** Offset in the file of the first byte that is not part of a finished record. */
  #offset = 0;
  #number = 0;
  #searching = false;
  #toSkip = 0;

  constructor(handler: TfRecordHandler) {
    this.#handler = handler;
  }

  /** Number of the record being handled, from 1. */
  get number(): number {
    return this.#number;
  }

  /** Where the record being handled starts in the file. */
  get offset(): number {
    return this.#offset;
  }

  read(chunk: Uint8Array): void {
    let position = 0;
    while (position < chunk.length) {
      if (this.#toSkip > 0) {
        position += this.#skip(chunk.length - position);
      } else if (this.#searching) {
        position = this.#search(chunk, position);
      } else if (this.#carryLength > 0) {
        position = this.#complete(chunk, position);
      } else {
        position = this.#readWhole(chunk, position);
      }
    }
  }

  /** The file will not grow any more. */
  end(): void {
    if (this.#carryLength > 0 && !this.#searching) {
      this.#handler.problem(this.#offset, `record ${this.#number + 1}: the file ends inside it`);
    } else if (this.#toSkip > 0) {
      this.#handler.problem(this.#offset, `record ${this.#number}: the file ends inside it`);
    }
  }

  #skip(available: number): number {
    const skipped = Math.min(this.#toSkip, available);
    this.#toSkip -= skipped;
    this.#offset += skipped;
    return skipped;
  }

  /** Reads records that lie in the chunk as a whole, in place; keeps the beginning of the last. */
  #readWhole(chunk: Uint8Array, from: number): number {
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.length);
    const start = this.#offset - from;
    let position = from;
    while (position + HEADER_BYTES <= chunk.length) {
      const length = this.#checkedLength(chunk, view, position);
      if (length < 0) {
        return position;
      }
      const end = position + HEADER_BYTES + length;
      if (length > MAXIMUM_RECORD_BYTES) {
        this.#startSkipping(length);
        return position;
      }
      if (end + FOOTER_BYTES > chunk.length) {
        break;
      }
      this.#deliver(chunk, view, position + HEADER_BYTES, end);
      position = end + FOOTER_BYTES;
      this.#offset = start + position;
    }
    this.#append(chunk, position, chunk.length);
    return chunk.length;
  }

  /** The length of the record at `position`, -1 after reporting that its checksum is wrong. */
  #checkedLength(bytes: Uint8Array, view: DataView, position: number): number {
    const low = view.getUint32(position, true);
    const high = view.getUint32(position + 4, true);
    if (high === 0 && CHECKSUMS_OF_LENGTHS[low] === view.getInt32(position + 8, true)) {
      return low;
    }
    if (maskCrc(crc32c(bytes, position, position + 8)) !== view.getInt32(position + 8, true)) {
      this.#number++;
      this.#handler.problem(
        this.#offset,
        `record ${this.#number}: its length is damaged; going on at the next intact one`,
      );
      this.#searching = true;
      return -1;
    }
    return low + high * 2 ** 32;
  }

  #startSkipping(length: number): void {
    this.#number++;
    this.#handler.problem(this.#offset, `record ${this.#number}: ${length} bytes long, passed over`);
    this.#toSkip = HEADER_BYTES + length + FOOTER_BYTES;
  }

  #deliver(bytes: Uint8Array, view: DataView, from: number, to: number): void {
    this.#number++;
    if (maskCrc(crc32c(bytes, from, to)) === view.getInt32(to, true)) {
      this.#handler.record(bytes, view, from, to);
    } else {
      this.#handler.problem(this.#offset, `record ${this.#number}: its data do not match their checksum, left out`);
    }
  }

  #append(bytes: Uint8Array, from: number, to: number): void {
    const needed = this.#carryLength + to - from;
    if (needed > this.#carry.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#carry.length));
      grown.set(this.#carry.subarray(0, this.#carryLength));
      this.#carry = grown;
    }
    this.#carry.set(bytes.subarray(from, to), this.#carryLength);
    this.#carryLength = needed;
  }

  /** Adds to a record that began in an earlier chunk. */
  #complete(chunk: Uint8Array, from: number): number {
    let position = from;
    if (this.#carryLength < HEADER_BYTES) {
      const end = Math.min(chunk.length, position + HEADER_BYTES - this.#carryLength);
      this.#append(chunk, position, end);
      position = end;
      if (this.#carryLength < HEADER_BYTES || !this.#acceptHeader()) {
        return position;
      }
    }
    const carried = new DataView(this.#carry.buffer);
    const whole = HEADER_BYTES + carried.getUint32(0, true) + FOOTER_BYTES;
    const end = Math.min(chunk.length, position + whole - this.#carryLength);
    this.#append(chunk, position, end);
    if (this.#carryLength === whole) {
      this.#deliver(this.#carry, new DataView(this.#carry.buffer), HEADER_BYTES, whole - FOOTER_BYTES);
      this.#offset += whole;
      this.#carryLength = 0;
    }
    return end;
  }

  /** Checks the header in the carry; false when the record is damaged or passed over. */
  #acceptHeader(): boolean {
    const length = this.#checkedLength(this.#carry, new DataView(this.#carry.buffer), 0);
    if (length > MAXIMUM_RECORD_BYTES) {
      this.#startSkipping(length);
      this.#toSkip -= HEADER_BYTES;
      this.#offset += HEADER_BYTES;
      this.#carryLength = 0;
      return false;
    }
    return length >= 0;
  }

  /** Looks for the next offset at which a length and its checksum agree; returns how far the chunk was used. */
  #search(chunk: Uint8Array, from: number): number {
    const carried = this.#carryLength;
    this.#append(chunk, from, chunk.length);
    const bytes = this.#carry;
    const end = this.#carryLength;
    const view = new DataView(bytes.buffer);
    let position = this.#isSearchStart ? 1 : 0;
    this.#isSearchStart = false;
    for (; position + HEADER_BYTES <= end; position++) {
      if (isIntactHeader(bytes, view, position)) {
        this.#searching = false;
        this.#isSearchStart = true;
        this.#offset += position;
        this.#carryLength = 0;
        this.#append(bytes.slice(position, Math.max(position, carried)), 0, Math.max(0, carried - position));
        return from + Math.max(0, position - carried);
      }
    }
    this.#offset += Math.min(position, end);
    this.#carryLength = 0;
    this.#append(bytes.slice(Math.min(position, end), end), 0, end - Math.min(position, end));
    return chunk.length;
  }

  #isSearchStart = true;
}

function isIntactHeader(bytes: Uint8Array, view: DataView, position: number): boolean {
  const high = view.getUint32(position + 4, true);
  const length = view.getUint32(position, true);
  return (
    high === 0 &&
    length > 0 &&
    length <= MAXIMUM_RECORD_BYTES &&
    maskCrc(crc32c(bytes, position, position + 8)) === view.getInt32(position + 8, true)
  );
}
