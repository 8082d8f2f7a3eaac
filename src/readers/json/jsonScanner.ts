import { TextBytes } from '../text/textBytes.js';
import { decodeUtf8 } from '../text/utf8.js';
import { meaningOf } from './bareWord.js';

/** Keys and indexes from the root of a document to a value in it. */
export type JsonPath = readonly (string | number)[];

export interface JsonScannerHandler {
  /** An object or list begins: go into it value by value, have it built and delivered whole, or pass over it. */
  enter(path: JsonPath, isList: boolean): 'descend' | 'collect' | 'skip';
  /** A scalar of a container that was descended into, or a collected container. */
  value(path: JsonPath, value: unknown): void;
  /** An object or list that was descended into has ended. */
  leave?(path: JsonPath): void;
}

/** Deeper nesting is taken for damage. */
const MAXIMUM_DEPTH = 256;
/** Longer strings are cut: they are pictures or weights, never names or numbers. */
const MAXIMUM_STRING_BYTES = 256 * 1024;
/** Values in one collected container; further ones are left out. */
const MAXIMUM_COLLECTED = 200_000;

/** From here on a string is searched for its end instead of being read byte by byte. */
const LONG_STRING = 1024;

const QUOTE = 34;
/** As Python prints strings. */
const APOSTROPHE = 39;
const BACKSLASH = 92;
const CLOSING = 0;
const KEY = 1;
const COLON = 2;
const VALUE = 3;
const SEPARATOR = 4;

interface Frame {
  readonly isList: boolean;
  readonly mode: 'descend' | 'collect' | 'skip';
  readonly collected: Record<string, unknown> | unknown[] | undefined;
  /** Key or index under which the next value stands. */
  place: string | number;
}

/**
 * Reads one JSON document as its bytes arrive and delivers its parts in order, so that what precedes a cut or
 * damage is kept. Bare NaN and Infinity are numbers, and a dictionary as Python prints it is read, too. It never
 * recurses.
 */
export class JsonScanner {
  readonly #handler: JsonScannerHandler;
  readonly #input = new TextBytes((utf8) => this.#scan(utf8));
  readonly #frames: Frame[] = [];
  readonly #path: (string | number)[] = [];
  #expecting = VALUE;
  #mayClose = false;
  #token: 'none' | 'string' | 'word' = 'none';
  /** What the string that is being read began with. */
  #quote = QUOTE;
  #escaped = false;
  #hasEscapes = false;
  #buffer = new Uint8Array(256);
  #length = 0;
  #consumed = 0;
  #done = false;
  #collectedCount = 0;
  #error: { readonly offset: number; readonly message: string } | undefined;

  constructor(handler: JsonScannerHandler) {
    this.#handler = handler;
  }

  /** What stopped the reading, if anything did. */
  get error(): { readonly offset: number; readonly message: string } | undefined {
    return this.#error;
  }

  /** Whether the document is complete. */
  get done(): boolean {
    return this.#done;
  }

  /** Bytes taken so far. */
  get consumed(): number {
    return this.#consumed;
  }

  push(chunk: Uint8Array): void {
    this.#input.push(chunk);
  }

  #scan(chunk: Uint8Array): void {
    let position = 0;
    while (position < chunk.length && this.#error === undefined) {
      if (this.#token === 'string') {
        position = this.#continueString(chunk, position);
      } else if (this.#token === 'word') {
        position = this.#continueWord(chunk, position);
      } else {
        this.#structure(chunk[position] as number, this.#consumed + position);
        position++;
      }
    }
    this.#consumed += chunk.length;
  }

  /** The file has ended: a last bare word is a value, anything else that is open is a cut. */
  end(): void {
    this.#input.end();
    if (this.#error === undefined && this.#token === 'word') {
      this.#finishWord(this.#consumed);
    }
    if (this.#error === undefined && !this.#done && this.#consumed > 0) {
      this.#fail(this.#consumed, 'the file ends inside the document');
    }
  }

  #fail(offset: number, message: string): void {
    this.#error = { offset, message };
  }

  #structure(byte: number, offset: number): void {
    switch (byte) {
      case 0x20:
      case 0x09:
      case 0x0a:
      case 0x0d:
      case 0xef:
      case 0xbb:
      case 0xbf:
        return;
      case 0x7b:
      case 0x5b:
        return this.#open(byte === 0x5b, offset);
      case 0x7d:
      case 0x5d:
        return this.#close(byte === 0x5d, offset);
      case 0x2c:
        return this.#comma(offset);
      case 0x3a:
        return this.#colon(offset);
      default:
        return this.#startToken(byte, offset);
    }
  }

  #startToken(byte: number, offset: number): void {
    const isString = byte === QUOTE || byte === APOSTROPHE;
    if (this.#done || (this.#expecting !== VALUE && !(isString && this.#expecting === KEY))) {
      return this.#fail(offset, 'a value where none belongs');
    }
    this.#token = isString ? 'string' : 'word';
    this.#quote = byte;
    this.#length = 0;
    this.#escaped = false;
    this.#hasEscapes = false;
    if (!isString) {
      this.#keep(Uint8Array.of(byte), 0, 1);
    }
  }

  #open(isList: boolean, offset: number): void {
    if (this.#done || this.#expecting !== VALUE) {
      return this.#fail(offset, 'an opening bracket where none belongs');
    }
    if (this.#frames.length >= MAXIMUM_DEPTH) {
      return this.#fail(offset, `nested deeper than ${MAXIMUM_DEPTH} levels`);
    }
    const parent = this.#frames[this.#frames.length - 1];
    const inherited = parent === undefined || parent.mode === 'descend' ? undefined : parent.mode;
    const mode = inherited ?? this.#handler.enter(this.#path, isList);
    const collected = mode === 'collect' ? (isList ? [] : (Object.create(null) as Record<string, unknown>)) : undefined;
    if (inherited === undefined) {
      this.#collectedCount = 0;
    } else if (collected !== undefined) {
      this.#put(parent as Frame, collected);
    }
    const place = isList ? 0 : '';
    this.#frames.push({ isList, mode, collected, place });
    this.#path.push(place);
    this.#expecting = isList ? VALUE : KEY;
    this.#mayClose = true;
  }

  #close(isList: boolean, offset: number): void {
    const frame = this.#frames[this.#frames.length - 1];
    const complete = this.#expecting === SEPARATOR || (this.#mayClose && this.#expecting !== COLON);
    if (frame === undefined || frame.isList !== isList || !complete) {
      return this.#fail(offset, 'a closing bracket where none belongs');
    }
    this.#frames.pop();
    this.#path.pop();
    const parent = this.#frames[this.#frames.length - 1];
    if (frame.mode === 'descend') {
      this.#handler.leave?.(this.#path);
    } else if (frame.mode === 'collect' && (parent === undefined || parent.mode === 'descend')) {
      this.#handler.value(this.#path, frame.collected);
    }
    this.#afterValue(parent);
  }

  #afterValue(parent: Frame | undefined): void {
    this.#mayClose = false;
    this.#expecting = parent === undefined ? CLOSING : SEPARATOR;
    this.#done = parent === undefined;
  }

  #comma(offset: number): void {
    const frame = this.#frames[this.#frames.length - 1];
    if (frame === undefined || this.#expecting !== SEPARATOR) {
      return this.#fail(offset, 'a comma where none belongs');
    }
    if (frame.isList) {
      this.#placeIn(frame, (frame.place as number) + 1);
    }
    this.#expecting = frame.isList ? VALUE : KEY;
    this.#mayClose = true;
  }

  #colon(offset: number): void {
    if (this.#expecting !== COLON) {
      return this.#fail(offset, 'a colon where none belongs');
    }
    this.#expecting = VALUE;
    this.#mayClose = false;
  }

  #placeIn(frame: Frame, place: string | number): void {
    frame.place = place;
    this.#path[this.#path.length - 1] = place;
  }

  #keep(bytes: Uint8Array, from: number, to: number): void {
    const kept = Math.min(to, from + MAXIMUM_STRING_BYTES - this.#length);
    if (kept <= from) {
      return;
    }
    const needed = this.#length + kept - from;
    if (needed > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.#buffer.length));
      grown.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = grown;
    }
    this.#buffer.set(bytes.subarray(from, kept), this.#length);
    this.#length = needed;
  }

  #continueString(chunk: Uint8Array, from: number): number {
    let position = from;
    let quote = -1;
    while (position < chunk.length) {
      const byte = chunk[position] as number;
      if (this.#escaped) {
        this.#escaped = false;
      } else if (byte === BACKSLASH) {
        this.#escaped = true;
        this.#hasEscapes = true;
      } else if (byte === this.#quote) {
        this.#keep(chunk, from, position);
        this.#finishString(this.#consumed + position);
        return position + 1;
      } else if (position - from > LONG_STRING) {
        // Pictures and weights as text: what ends them is looked for in one go.
        quote = quote < position ? indexOrEnd(chunk, this.#quote, position) : quote;
        position += indexOrEnd(chunk.subarray(position, quote), BACKSLASH, 0) - 1;
      }
      position++;
    }
    this.#keep(chunk, from, position);
    return position;
  }

  #finishString(offset: number): void {
    this.#token = 'none';
    const raw = decodeUtf8(this.#buffer.subarray(0, this.#length));
    const text = this.#hasEscapes ? unescape(raw) : raw;
    if (this.#expecting === KEY) {
      this.#placeIn(this.#frames[this.#frames.length - 1] as Frame, text);
      this.#expecting = COLON;
      return;
    }
    this.#scalar(text, offset);
  }

  #continueWord(chunk: Uint8Array, from: number): number {
    let position = from;
    while (position < chunk.length && isWordByte(chunk[position] as number)) {
      position++;
    }
    this.#keep(chunk, from, position);
    if (position < chunk.length) {
      this.#finishWord(this.#consumed + position);
    }
    return position;
  }

  #finishWord(offset: number): void {
    this.#token = 'none';
    const word = decodeUtf8(this.#buffer.subarray(0, this.#length));
    const value = meaningOf(word);
    if (value === undefined) {
      return this.#fail(offset - this.#length, `"${word.slice(0, 40)}" is not JSON`);
    }
    this.#scalar(value, offset);
  }

  #scalar(value: unknown, offset: number): void {
    const frame = this.#frames[this.#frames.length - 1];
    if (frame === undefined) {
      return this.#fail(offset, 'a single value, not a document');
    }
    if (frame.mode === 'descend') {
      this.#handler.value(this.#path, value);
    } else if (frame.mode === 'collect') {
      this.#put(frame, value);
    }
    this.#afterValue(frame);
  }

  #put(frame: Frame, value: unknown): void {
    if (++this.#collectedCount > MAXIMUM_COLLECTED) {
      return;
    }
    if (Array.isArray(frame.collected)) {
      frame.collected.push(value);
    } else if (frame.collected !== undefined) {
      frame.collected[frame.place] = value;
    }
  }
}

function isWordByte(byte: number): boolean {
  return !(byte <= 0x20 || byte === 0x2c || byte === 0x5d || byte === 0x7d || byte === 0x3a || byte === QUOTE);
}

function unescape(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}

function indexOrEnd(bytes: Uint8Array, byte: number, from: number): number {
  const index = bytes.indexOf(byte, from);
  return index < 0 ? bytes.length : index;
}
