import { crc32 } from '../../base/crc32.js';

/** A LevelDB log is cut into blocks of this size; records do not begin in the last 6 bytes of one. */
const BLOCK_BYTES = 32 * 1024;
/** Checksum, length, type. */
const HEADER_BYTES = 7;

const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

/** Longer records are dropped: they hold pictures or tables, never a row of numbers. */
const MAXIMUM_RECORD_BYTES = 64 * 1024 * 1024;

export interface LogBlockHandler {
  /** The data of an intact record, valid during the call only. */
  record(bytes: Uint8Array, view: DataView, from: number, to: number): void;
  problem(offset: number, message: string): void;
}

/**
 * Cuts a LevelDB-style log into records as its bytes arrive. A record is one or more fragments, each with a checksum
 * of its type and data. After damage, reading goes on at the next block.
 */
export class LogBlockReader {
  readonly #handler: LogBlockHandler;
  readonly #block = new Uint8Array(BLOCK_BYTES);
  readonly #view = new DataView(this.#block.buffer);
  /** Bytes of the block that have arrived. */
  #filled = 0;
  /** Bytes of the block that have been read. */
  #position: number;
  #blockOffset = 0;
  #number = 0;
  #fragments = new Uint8Array(0);
  #fragmentsLength = -1;

  /** @param fileHeaderBytes bytes at the beginning of the file, part of its first block, that are no record */
  constructor(handler: LogBlockHandler, fileHeaderBytes: number) {
    this.#handler = handler;
    this.#position = fileHeaderBytes;
  }

  /** Number of the record being handled, from 1. */
  get number(): number {
    return this.#number;
  }

  /** Where the fragment being handled starts in the file. */
  get offset(): number {
    return this.#blockOffset + this.#position;
  }

  read(chunk: Uint8Array): void {
    let from = 0;
    while (from < chunk.length) {
      const taken = Math.min(chunk.length - from, BLOCK_BYTES - this.#filled);
      this.#block.set(chunk.subarray(from, from + taken), this.#filled);
      this.#filled += taken;
      from += taken;
      this.#readBlock();
      if (this.#filled === BLOCK_BYTES) {
        this.#blockOffset += BLOCK_BYTES;
        this.#filled = 0;
        this.#position = 0;
      }
    }
  }

  /** The file will not grow any more. */
  end(): void {
    const rest = this.#filled - this.#position;
    if (rest > 0 && this.#position <= BLOCK_BYTES - HEADER_BYTES && !this.#isPadding()) {
      this.#handler.problem(this.offset, `record ${this.#number + 1}: the file ends inside it`);
    } else if (this.#fragmentsLength >= 0) {
      this.#handler.problem(this.offset, `record ${this.#number + 1}: the file ends after a part of it`);
    }
  }

  #isPadding(): boolean {
    return this.#block.subarray(this.#position, this.#filled).every((byte) => byte === 0);
  }

  #readBlock(): void {
    while (this.#position + HEADER_BYTES <= this.#filled) {
      const length = this.#view.getUint16(this.#position + 4, true);
      const type = this.#block[this.#position + 6] as number;
      const end = this.#position + HEADER_BYTES + length;
      if (type === 0 && length === 0) {
        this.#position = BLOCK_BYTES;
        return;
      }
      if (type > LAST || type === 0 || end > BLOCK_BYTES) {
        return this.#giveUpBlock('its header is damaged');
      }
      if (end > this.#filled) {
        return;
      }
      if (crc32(this.#block, this.#position + 6, end) !== this.#view.getInt32(this.#position, true)) {
        return this.#giveUpBlock('its data do not match their checksum');
      }
      this.#fragment(type, this.#position + HEADER_BYTES, end);
      this.#position = end;
    }
  }

  #giveUpBlock(why: string): void {
    this.#number++;
    this.#fragmentsLength = -1;
    this.#handler.problem(this.offset, `record ${this.#number}: ${why}; going on at the next block`);
    this.#position = BLOCK_BYTES;
  }

  #fragment(type: number, from: number, to: number): void {
    if (type === FULL) {
      this.#fragmentsLength = -1;
      this.#number++;
      this.#handler.record(this.#block, this.#view, from, to);
      return;
    }
    if (type === FIRST) {
      this.#fragmentsLength = 0;
    } else if (this.#fragmentsLength < 0) {
      return;
    }
    this.#append(from, to);
    if (type === LAST && this.#fragmentsLength >= 0) {
      const length = this.#fragmentsLength;
      this.#fragmentsLength = -1;
      this.#number++;
      this.#handler.record(this.#fragments, new DataView(this.#fragments.buffer), 0, length);
    }
    if (type !== MIDDLE && type !== FIRST && this.#fragments.length > 16 * BLOCK_BYTES) {
      this.#fragments = new Uint8Array(0);
    }
  }

  #append(from: number, to: number): void {
    const needed = this.#fragmentsLength + to - from;
    if (needed > MAXIMUM_RECORD_BYTES) {
      this.#fragmentsLength = -1;
      this.#handler.problem(this.offset, `record ${this.#number + 1}: more than 64 MiB long, left out`);
      return;
    }
    if (needed > this.#fragments.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#fragments.length));
      grown.set(this.#fragments.subarray(0, this.#fragmentsLength));
      this.#fragments = grown;
    }
    this.#fragments.set(this.#block.subarray(from, to), this.#fragmentsLength);
    this.#fragmentsLength = needed;
  }
}
