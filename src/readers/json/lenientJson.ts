import type { JsonValue } from '../../model/json.js';
import { meaningOf } from './bareWord.js';

/** Deeper values are not read: no log nests so deep, and damaged ones must not exhaust the stack. */
const MAXIMUM_DEPTH = 64;

const BLANK = /[\s]*/y;
const SPACE = 32;
const FIRST_BEYOND_ASCII = 128;
const WORD = /[^\s,:{}[\]"'()]+(?:\([^()]*\))?/y;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', '/': '/' };

/** Thrown and caught inside this file only. */
class Malformed extends Error {}
/** The same one always: what costs is the stack that a new one collects. */
const MALFORMED = new Malformed();

/**
 * Reads JSON as Python, C++ and hand-written loggers produce it: bare NaN and Infinity, single quotes, `None`,
 * `True`, `tensor(2.3)`, trailing commas. Undefined when the text is not one such value from beginning to end.
 * Plain `JSON.parse` is several times as fast and should be tried first.
 */
export function parseLenientJson(text: string): JsonValue | undefined {
  const parser = new LenientParser(text);
  try {
    const value = parser.value(0);
    return parser.isAtEnd() ? value : undefined;
  } catch (error) {
    if (error instanceof Malformed) {
      return undefined;
    }
    throw error;
  }
}

class LenientParser {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  isAtEnd(): boolean {
    this.#skipBlank();
    return this.#position === this.#text.length;
  }

  value(depth: number): JsonValue {
    if (depth > MAXIMUM_DEPTH) {
      throw MALFORMED;
    }
    switch (this.#peek()) {
      case '{':
        return this.#object(depth);
      case '[':
        return this.#list(depth, ']');
      case '(':
        return this.#list(depth, ')');
      case '"':
      case "'":
        return this.#string();
      default:
        return this.#word();
    }
  }

  #peek(): string {
    this.#skipBlank();
    return this.#text.charAt(this.#position);
  }

  #skipBlank(): void {
    const next = this.#text.charCodeAt(this.#position);
    if (next > SPACE && next < FIRST_BEYOND_ASCII) {
      return;
    }
    BLANK.lastIndex = this.#position;
    BLANK.exec(this.#text);
    this.#position = BLANK.lastIndex;
  }

  #object(depth: number): JsonValue {
    const object: Record<string, JsonValue> = Object.create(null) as Record<string, JsonValue>;
    this.#position++;
    while (this.#peek() !== '}') {
      const quote = this.#peek();
      const key = quote === '"' || quote === "'" ? this.#string() : this.#bareKey();
      this.#expect(':');
      object[key] = this.value(depth + 1);
      this.#separator('}');
    }
    this.#position++;
    return object;
  }

  #list(depth: number, close: string): JsonValue {
    const list: JsonValue[] = [];
    this.#position++;
    while (this.#peek() !== close) {
      list.push(this.value(depth + 1));
      this.#separator(close);
    }
    this.#position++;
    return list;
  }

  #expect(character: string): void {
    if (this.#peek() !== character) {
      throw MALFORMED;
    }
    this.#position++;
  }

  #separator(close: string): void {
    const next = this.#peek();
    if (next === ',') {
      this.#position++;
    } else if (next !== close) {
      throw MALFORMED;
    }
  }

  #string(): string {
    const quote = this.#text.charAt(this.#position);
    let from = ++this.#position;
    const end = this.#text.indexOf(quote, from);
    const plain = this.#text.slice(from, end);
    if (end >= 0 && !plain.includes('\\')) {
      this.#position = end + 1;
      return plain;
    }
    let value = '';
    for (;;) {
      const character = this.#text.charAt(this.#position);
      if (character === '') {
        throw MALFORMED;
      }
      if (character === '\\') {
        value += this.#text.slice(from, this.#position) + this.#escape();
        from = this.#position;
      } else if (character === quote) {
        value += this.#text.slice(from, this.#position++);
        return value;
      } else {
        this.#position++;
      }
    }
  }

  #escape(): string {
    const letter = this.#text.charAt(this.#position + 1);
    this.#position += 2;
    if (letter !== 'u') {
      return ESCAPES[letter] ?? letter;
    }
    const digits = this.#text.slice(this.#position, this.#position + 4);
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
      throw MALFORMED;
    }
    this.#position += 4;
    return String.fromCharCode(parseInt(digits, 16));
  }

  /** JavaScript leaves out the quotes of keys, Python has numbers as keys. */
  #bareKey(): string {
    WORD.lastIndex = this.#position;
    const word = WORD.exec(this.#text)?.[0];
    if (word === undefined) {
      throw MALFORMED;
    }
    this.#position = WORD.lastIndex;
    return word;
  }

  #word(): JsonValue {
    const value = meaningOf(this.#bareKey());
    if (value === undefined) {
      throw MALFORMED;
    }
    return value;
  }
}
