import type { JsonValue } from '../../model/json.js';
import type { RecordSink } from '../../model/record.js';
import { flatten, flattenConfiguration, isObject } from '../json/flatten.js';
import { parseNumber } from '../text/numbers.js';
import { ABSENT, Cells, EMPTY, NUMBER, OTHER } from './cells.js';
import { isSplitWord, mayBeSplit, mayBeWallTime, placedNumber } from './columnNames.js';
import { RowEmitter } from './rowEmitter.js';
import { PlainRowReader } from './plainObject.js';
import { bestStep, type Shape } from './shape.js';
import { wallTimeOfText } from './wallTime.js';

/** Shapes that are kept at hand: training and evaluation rows alternate, and a few more. */
const MAXIMUM_SHAPES = 12;

/** Longer strings are no numbers. */
const MAXIMUM_NUMBER_LENGTH = 64;

type JsonRow = Readonly<Record<string, unknown>>;

/** Rows that come as objects of named values: JSON lines, log histories, printed dictionaries. */
export class ObjectRows {
  readonly #sink: RecordSink;
  readonly #emitter: RowEmitter;
  readonly #cells = new Cells();
  readonly #shapes: Shape[] = [];
  readonly #plain = new PlainRowReader(this.#cells, (name, text, index) => this.#fillText(name, text, index));
  #first: JsonRow | undefined;
  #started = false;
  #tooManyNames = false;

  constructor(sink: RecordSink) {
    this.#sink = sink;
    this.#emitter = new RowEmitter(sink);
  }

  /** Whether rows had to be dropped because they had more distinct names than any logger allows. */
  get tooManyNames(): boolean {
    return this.#tooManyNames;
  }

  /** Takes the next row. A first row without a step is kept back until the next shows whether it is a header. */
  add(row: JsonRow, wallTime = NaN): void {
    if (this.#started) {
      this.#emit(row, wallTime);
    } else if (this.#first === undefined && !this.#hasStep(row)) {
      this.#first = row;
    } else {
      this.#start(row);
      this.#emit(row, wallTime);
    }
  }

  /**
   * Reads a line that holds a row of known keys, each with a number, a word or nothing, from its bytes. Returns where
   * the next line begins; -1 when the line is any other and has to be parsed, which gives the same for every line.
   */
  addPlain(bytes: Uint8Array, from: number): number {
    if (!this.#started) {
      return -1;
    }
    for (let index = 0; index < this.#shapes.length; index++) {
      const shape = this.#shapes[index] as Shape;
      const next = this.#plain.fill(shape, bytes, from);
      if (next >= 0) {
        this.#moveToFront(index);
        this.#emitter.emit(shape, this.#cells, this.#plain.word);
        return next;
      }
    }
    return -1;
  }

  #moveToFront(index: number): void {
    if (index > 0) {
      this.#shapes.unshift(...this.#shapes.splice(index, 1));
    }
  }

  /** There will be no more rows. */
  end(): void {
    if (!this.#started && this.#first !== undefined) {
      this.#start(undefined);
    }
  }

  #start(second: JsonRow | undefined): void {
    const first = this.#first;
    this.#first = undefined;
    this.#started = true;
    if (first === undefined) {
      return;
    }
    const restIsStepped = second !== undefined && this.#hasStep(second);
    if (isHeader(first, second) || (restIsStepped && !Object.keys(first).some(isResult))) {
      this.#sink.configuration(flattenConfiguration(first));
    } else {
      this.#emit(first, NaN);
    }
  }

  #hasStep(row: JsonRow): boolean {
    return bestStep(Object.keys(flatten(row, () => undefined))) >= 0;
  }

  #emit(row: JsonRow, wallTime: number): void {
    for (let index = 0; index < this.#shapes.length; index++) {
      const shape = this.#shapes[index] as Shape;
      if (this.#fill(shape, row)) {
        this.#moveToFront(index);
        this.#emitFilled(shape, row, wallTime);
        return;
      }
    }
    this.#emitNewShape(row, wallTime);
  }

  #emitNewShape(row: JsonRow, wallTime: number): void {
    if (Object.values(row).some(isObject)) {
      const flat = flatten(row, (kind, tag) => this.#sink.skipped(kind, tag));
      if (Object.keys(flat).length > 0) {
        this.#emit(flat, wallTime);
      }
      return;
    }
    const names = Object.keys(row);
    const split = names.findIndex((name) => mayBeSplit(name) && isSplitWord(String(row[name])));
    const shape = this.#emitter.shape(names, split);
    if (shape === undefined) {
      this.#tooManyNames = true;
      return;
    }
    this.#shapes.unshift(shape);
    this.#shapes.length = Math.min(this.#shapes.length, MAXIMUM_SHAPES);
    this.#fill(shape, row);
    this.#emitFilled(shape, row, wallTime);
  }

  #emitFilled(shape: Shape, row: JsonRow, wallTime: number): void {
    const word = shape.split < 0 ? '' : row[(shape.columns[shape.split] as { name: string }).name];
    this.#emitter.emit(shape, this.#cells, typeof word === 'string' ? word : '', wallTime);
  }

  /** Puts a row's values into the cells; false when the row has other keys or nested ones. */
  #fill(shape: Shape, row: JsonRow): boolean {
    const { columns } = shape;
    this.#cells.reserve(columns.length);
    const { numbers, states } = this.#cells;
    let index = 0;
    for (const key in row) {
      const column = columns[index];
      if (column === undefined || column.name !== key) {
        return false;
      }
      const value = row[key];
      if (typeof value === 'number') {
        numbers[index] = value;
        states[index] = NUMBER;
      } else if (typeof value === 'string') {
        states[index] = this.#fillText(key, value, index);
      } else if (value === null) {
        states[index] = EMPTY;
      } else if (typeof value === 'object') {
        if (!Array.isArray(value)) {
          return false;
        }
        states[index] = OTHER;
      } else {
        states[index] = OTHER;
      }
      index++;
    }
    return index === columns.length;
  }

  #fillText(name: string, text: string, index: number): number {
    const value = text.length > MAXIMUM_NUMBER_LENGTH ? undefined : (placedNumber(name, text) ?? timeOf(name, text));
    if (value === undefined) {
      return text === '' ? ABSENT : OTHER;
    }
    this.#cells.numbers[index] = value;
    return NUMBER;
  }
}

function timeOf(name: string, text: string): number | undefined {
  const time = mayBeWallTime(name) ? wallTimeOfText(text) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** A name that only results have; learning rates and the like are settings, too. */
function isResult(name: string): boolean {
  return /loss|acc|reward|perplexity/i.test(name);
}

/** A first row of settings: it has words or lists, and other keys than the row after it. */
function isHeader(first: JsonRow, second: JsonRow | undefined): boolean {
  const hasWords = Object.values(first).some((value) => isWord(value));
  const sameKeys = second !== undefined && Object.keys(first).join('\n') === Object.keys(second).join('\n');
  return hasWords && !sameKeys;
}

function isWord(value: unknown): boolean {
  return typeof value === 'string' ? parseNumber(value) === undefined : typeof value === 'boolean' || isObject(value);
}

/** Whether a value parsed from JSON is a row, that is, an object with at least one key. */
export function isRow(value: unknown): value is Readonly<Record<string, JsonValue>> {
  return isObject(value) && Object.keys(value).length > 0;
}
