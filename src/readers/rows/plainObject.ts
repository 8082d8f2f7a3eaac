import { readDecimal } from '../text/decimal.js';
import { decodeShortUtf8 } from '../text/utf8.js';
import { EMPTY, NUMBER, OTHER, type Cells } from './cells.js';
import type { Shape } from './shape.js';

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

const WORDS = [
  { bytes: bytesOf('null'), state: EMPTY },
  { bytes: bytesOf('true'), state: OTHER },
  { bytes: bytesOf('false'), state: OTHER },
] as const;

/** A number as JSON writes it: what {@link readDecimal} leaves to be read as text. */
const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;

/** Puts the values of one-line JSON objects into the cells of a row without parsing them into an object first. */
export class PlainRowReader {
  readonly #cells: Cells;
  readonly #fillText: (name: string, text: string, index: number) => number;
  readonly #keys = new WeakMap<Shape, readonly Uint8Array[] | null>();
  /** The shape that was tried last, and its keys. */
  #shape: Shape | undefined;
  #shapeKeys: readonly Uint8Array[] | null = null;
  #word = '';

  /** @param fillText puts a text into the cells and returns the state of its cell */
  constructor(cells: Cells, fillText: (name: string, text: string, index: number) => number) {
    this.#cells = cells;
    this.#fillText = fillText;
  }

  /** The text in the split column of the row that was read last, '' when it has none. */
  get word(): string {
    return this.#word;
  }

  /**
   * Fills the cells from the line that begins at `from`. Returns where the next line begins, or -1 when this line is
   * none with exactly the keys of the shape, or holds something that has to be parsed.
   */
  fill(shape: Shape, bytes: Uint8Array, from: number): number {
    const keys = this.#keysOf(shape);
    if (keys === null || bytes[from] !== OPEN_BRACE) {
      return -1;
    }
    this.#cells.reserve(keys.length);
    this.#word = '';
    let position = from;
    for (let index = 0; index < keys.length; index++) {
      if (index > 0 && bytes[position] !== COMMA) {
        return -1;
      }
      position = skipSpaces(bytes, position + 1);
      position = this.#pair(shape, keys[index] as Uint8Array, bytes, position, index);
      if (position < 0) {
        return -1;
      }
    }
    return bytes[position] === CLOSE_BRACE ? endOfLine(bytes, position + 1) : -1;
  }

  #keysOf(shape: Shape): readonly Uint8Array[] | null {
    if (shape !== this.#shape) {
      let keys = this.#keys.get(shape);
      if (keys === undefined) {
        keys = keysOf(shape);
        this.#keys.set(shape, keys);
      }
      this.#shape = shape;
      this.#shapeKeys = keys;
    }
    return this.#shapeKeys;
  }

  /** Reads a key and its value; returns where the comma or brace behind them is. */
  #pair(shape: Shape, key: Uint8Array, bytes: Uint8Array, from: number, index: number): number {
    if (!startsWith(bytes, from, key)) {
      return -1;
    }
    const colon = skipSpaces(bytes, from + key.length);
    if (bytes[colon] !== COLON) {
      return -1;
    }
    const start = skipSpaces(bytes, colon + 1);
    const { numbers, states } = this.#cells;
    let end = readDecimal(bytes, start, numbers, index);
    if (end < 0) {
      end = bytes[start] === QUOTE ? this.#text(shape, bytes, start + 1, index) : this.#unusual(bytes, start, index);
    } else {
      states[index] = NUMBER;
    }
    return end < 0 ? -1 : skipSpaces(bytes, end);
  }

  #text(shape: Shape, bytes: Uint8Array, from: number, index: number): number {
    let end = from;
    for (let byte = bytes[end] as number; byte !== QUOTE; byte = bytes[++end] as number) {
      if (byte < SPACE || byte === BACKSLASH) {
        return -1;
      }
    }
    const text = decodeShortUtf8(bytes, from, end);
    this.#cells.states[index] = this.#fillText((shape.columns[index] as { name: string }).name, text, index);
    if (index === shape.split) {
      this.#word = text;
    }
    return end + 1;
  }

  #unusual(bytes: Uint8Array, from: number, index: number): number {
    for (const { bytes: word, state } of WORDS) {
      if (startsWith(bytes, from, word)) {
        this.#cells.states[index] = state;
        return from + word.length;
      }
    }
    let end = from;
    while (!endsValue(bytes[end] as number)) {
      end++;
    }
    const text = decodeShortUtf8(bytes, from, end);
    if (!JSON_NUMBER.test(text)) {
      return -1;
    }
    this.#cells.numbers[index] = Number(text);
    this.#cells.states[index] = NUMBER;
    return end;
  }
}

/** The names as they stand in a file, or null when one may be written in several ways. */
function keysOf(shape: Shape): readonly Uint8Array[] | null {
  const names = shape.columns.map((column) => column.name);
  return names.every((name) => /^[ !#-[\]-~]*$/.test(name)) ? names.map((name) => bytesOf(`"${name}"`)) : null;
}

function bytesOf(ascii: string): Uint8Array {
  return Uint8Array.from(ascii, (character) => character.charCodeAt(0));
}

function startsWith(bytes: Uint8Array, from: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.length; index++) {
    if (bytes[from + index] !== expected[index]) {
      return false;
    }
  }
  return true;
}

function skipSpaces(bytes: Uint8Array, from: number): number {
  let position = from;
  while (bytes[position] === SPACE) {
    position++;
  }
  return position;
}

function endsValue(byte: number): boolean {
  return byte <= SPACE || byte === COMMA || byte === CLOSE_BRACE;
}

/** Where the next line begins, -1 when anything but blanks comes before. */
function endOfLine(bytes: Uint8Array, from: number): number {
  let position = skipSpaces(bytes, from);
  position += bytes[position] === CARRIAGE_RETURN ? 1 : 0;
  return bytes[position] === LINE_FEED ? position + 1 : -1;
}
