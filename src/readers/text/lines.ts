import { TextBytes } from './textBytes.js';
import { decodeUtf8 } from './utf8.js';

/** Longer lines are skipped with a problem, so that a damaged file cannot fill the memory. */
export const MAXIMUM_LINE_BYTES = 8 * 1024 * 1024;

/** Whole lines are decoded together in blocks of at most this size: one decoder call for thousands of lines. */
const BLOCK_BYTES = 256 * 1024;

/** When more of the lines of a block than this part are not plain, the rest of it is decoded at once. */
const MAXIMUM_UNUSUAL_PART = 1 / 8;
const MINIMUM_UNUSUAL = 16;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export interface LineHandler {
  /** A non-empty line, without its end. {@link LineReader.number} and {@link LineReader.offset} tell where it is. */
  line(text: string): void;
  /**
   * Reads the line that begins at `from` straight from its bytes and returns where the next one begins; -1 leaves the
   * line to {@link line}. The last of the bytes is a line feed. Offset and number of the line are not to be asked for.
   */
  plainLine?(bytes: Uint8Array, from: number): number;
  /** A line of more than {@link MAXIMUM_LINE_BYTES} was skipped. */
  overlong(bytes: number): void;
}

export interface LineOptions {
  /** Whether a lone carriage return ends a line, as in progress bars that draw over themselves. */
  readonly carriageReturnEndsLine?: boolean;
}

/**
 * Cuts a stream of bytes into lines of text. UTF-8 sequences are never split: no byte of one equals a line end, and
 * only whole lines are decoded.
 */
export class LineReader {
  readonly #handler: LineHandler;
  readonly #splitsAtReturn: boolean;
  readonly #input = new TextBytes((utf8) => this.#cut(utf8));
  #pending = new Uint8Array(0);
  #pendingLength = 0;
  #overlongBytes = 0;
  #consumed = 0;
  #number = 1;
  #block: Uint8Array = this.#pending;
  #blockText = '';
  #blockPosition = 0;
  #blockOffset = 0;
  #lineOfBlock = 0;

  constructor(handler: LineHandler, options: LineOptions = {}) {
    this.#handler = handler;
    this.#splitsAtReturn = options.carriageReturnEndsLine ?? false;
  }

  /** Number of the line being handled, from 1, counted by line feeds. */
  get number(): number {
    return this.#number;
  }

  /** Where the line being handled starts, in bytes from the start of the file. Only valid while it is handled. */
  get offset(): number {
    if (this.#blockText.length === this.#block.length) {
      return this.#blockOffset + this.#blockPosition;
    }
    let position = 0;
    for (let line = 0; line < this.#lineOfBlock; line++) {
      position = this.#findEnd(this.#block, position) + 1;
    }
    return this.#blockOffset + position;
  }

  push(chunk: Uint8Array): void {
    this.#input.push(chunk);
  }

  #cut(chunk: Uint8Array): void {
    let from = 0;
    if (this.#pendingLength > 0 || this.#overlongBytes > 0) {
      from = this.#continuePending(chunk, 0);
    }
    while (from < chunk.length) {
      const end = this.#findLastEnd(chunk, from, Math.min(chunk.length, from + BLOCK_BYTES));
      if (end < from) {
        from = this.#continuePending(chunk, from);
      } else {
        this.#readLines(chunk.subarray(from, end + 1), this.#consumed + from);
        from = end + 1;
      }
    }
    this.#consumed += chunk.length;
  }

  /** Hands over an unterminated last line. */
  end(): void {
    this.#input.end();
    if (this.#pendingLength > 0 || this.#overlongBytes > 0) {
      this.#finishPending(this.#consumed);
    }
  }

  #findEnd(bytes: Uint8Array, from: number): number {
    const feed = bytes.indexOf(LINE_FEED, from);
    if (!this.#splitsAtReturn) {
      return feed;
    }
    const carriageReturn = (feed < 0 ? bytes : bytes.subarray(0, feed)).indexOf(CARRIAGE_RETURN, from);
    return carriageReturn < 0 ? feed : carriageReturn;
  }

  #findLastEnd(bytes: Uint8Array, from: number, to: number): number {
    const window = bytes.subarray(from, to);
    const feed = window.lastIndexOf(LINE_FEED);
    return from + (this.#splitsAtReturn ? Math.max(feed, window.lastIndexOf(CARRIAGE_RETURN)) : feed);
  }

  /** Adds to a line that is not whole yet; returns where the next line starts. */
  #continuePending(chunk: Uint8Array, from: number): number {
    const end = this.#findEnd(chunk, from);
    const part = chunk.subarray(from, end < 0 ? chunk.length : end);
    if (this.#overlongBytes > 0 || this.#pendingLength + part.length > MAXIMUM_LINE_BYTES) {
      this.#overlongBytes += this.#pendingLength + part.length;
      this.#pendingLength = 0;
    } else {
      this.#append(part);
    }
    if (end < 0) {
      return chunk.length;
    }
    this.#finishPending(this.#consumed + end);
    this.#number += chunk[end] === LINE_FEED ? 1 : 0;
    return end + 1;
  }

  #append(part: Uint8Array): void {
    const needed = this.#pendingLength + part.length;
    if (needed > this.#pending.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#pending.length, 1024));
      grown.set(this.#pending.subarray(0, this.#pendingLength));
      this.#pending = grown;
    }
    this.#pending.set(part, this.#pendingLength);
    this.#pendingLength = needed;
  }

  #finishPending(end: number): void {
    const overlong = this.#overlongBytes;
    const line = this.#pending.subarray(0, this.#pendingLength);
    this.#overlongBytes = 0;
    this.#pendingLength = 0;
    if (overlong > 0) {
      this.#place(line, '', end - overlong);
      this.#handler.overlong(overlong);
    } else {
      this.#readLine(line, end - line.length);
    }
    if (this.#pending.length > BLOCK_BYTES) {
      this.#pending = new Uint8Array(0);
    }
  }

  #readLine(line: Uint8Array, offset: number): void {
    const text = decodeUtf8(line);
    this.#place(line, text, offset);
    this.#emit(text);
  }

  /** Remembers where the lines are that will be handed over next. */
  #place(block: Uint8Array, text: string, offset: number): void {
    this.#block = block;
    this.#blockText = text;
    this.#blockOffset = offset;
    this.#blockPosition = 0;
    this.#lineOfBlock = 0;
  }

  /** Reads whole lines, as bytes where the handler can and as text otherwise. */
  #readLines(block: Uint8Array, offset: number): void {
    let position = 0;
    let lines = 0;
    let unusual = this.#handler.plainLine === undefined ? Infinity : 0;
    while (position < block.length && unusual <= MINIMUM_UNUSUAL + lines * MAXIMUM_UNUSUAL_PART) {
      let next = this.#handler.plainLine?.(block, position) ?? -1;
      if (next < 0) {
        unusual++;
        next = block.indexOf(LINE_FEED, position) + 1;
        this.#readLine(block.subarray(position, next - 1), offset + position);
      }
      lines++;
      this.#number++;
      position = next;
    }
    if (position < block.length) {
      this.#readBlock(block.subarray(position), offset + position);
    }
  }

  #readBlock(block: Uint8Array, offset: number): void {
    const text = decodeUtf8(block);
    this.#place(block, text, offset);
    const mixed = this.#splitsAtReturn && text.includes('\r');
    for (let position = 0; position < text.length; this.#lineOfBlock++) {
      const feed = text.indexOf('\n', position);
      const carriageReturn = mixed ? text.indexOf('\r', position) : -1;
      const end = carriageReturn >= 0 && (feed < 0 || carriageReturn < feed) ? carriageReturn : feed;
      this.#blockPosition = position;
      this.#emit(text.slice(position, end));
      this.#number += end === feed ? 1 : 0;
      position = end + 1;
    }
  }

  #emit(line: string): void {
    let from = 0;
    let to = line.length;
    if (line.charCodeAt(to - 1) === CARRIAGE_RETURN) {
      to--;
    }
    const first = line.charCodeAt(0);
    if (first === 0xfeff && this.#number === 1) {
      from = 1;
    } else if (first === 0) {
      from = endOfHole(line, to);
    }
    if (to > from) {
      this.#handler.line(to - from === line.length ? line : line.slice(from, to));
    }
  }
}

/** A log that was truncated under its writer has a run of zero bytes where the file is sparse. */
function endOfHole(line: string, to: number): number {
  let position = 0;
  while (position < to && line.charCodeAt(position) === 0) {
    position++;
  }
  return position;
}
