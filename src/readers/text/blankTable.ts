import { isResultName } from '../rows/columnNames.js';
import { parseNumber } from './numbers.js';
import type { Pair } from './pairs.js';
import type { TableRow } from './tableRow.js';

/** The first column of such tables; the second of spaCy's counts steps. */
const FIRST_NAME = /^(?:epochs?|E|iter(?:ation)?s?|(?:global[ _])?step|episode|round)$/i;
const STEP_NAME = /^(?:#|iter(?:ation)?s?|(?:global[ _])?step|episode|round)$/i;
const FEWEST_COLUMNS = 3;
/**
 * What sets cells apart where it is not two blanks. Such a line may as well be a sentence: it is a header only when a
 * row of as many numbers stands directly below.
 */
const CLOSE_SEPARATORS: readonly (readonly [sign: string, separator: RegExp])[] = [
  ['\t', /\s*\t\s*/],
  ['|', /\s*\|\s*/],
  [';', /\s*;\s*/],
  [',', /\s*,\s*/],
];
const BLANKS = /\s+/;
/** What a cell without a number holds: nothing, a time, a dash. */
const NO_NUMBER = /^(?:-*|[\d:]+\d|None|N\/A|No log)$/i;
/** Words stand in sentences: `2 epochs completed in 0.010 hours.` is no row. */
const WORD = /^[A-Za-z]{2,}[.,:]?$/;
const RULE = /^[-=+| ]{4,}$/;
/** Longer lines are no headers of tables made for the eye. */
const MAXIMUM_HEADER_LENGTH = 400;
/** A place out of how many: `70/1000`. */
const FRACTION = /^(\d+)\/(\d+)$/;

/** Columns of the validation that Ultralytics prints below each epoch, and the row that is about all classes. */
const CLASS_HEADER = /^ *Class +Images +\w+ .*\bmAP/;
const CLASS_ROW = /^ *all +\d/;
const CLASS_COUNTS = new Set(['Class', 'Images', 'Instances', 'Labels', 'Targets']);
const VALIDATION = 'val/';

/**
 * Tables whose columns are set apart by blanks, as fastai (`epoch     train_loss  valid_loss  time`), skorch, spaCy
 * (`E    #       LOSS TOK2VEC  LOSS NER  SCORE`) and Ultralytics (`Epoch    GPU_mem   box_loss`, and below each epoch
 * `Class     Images  Instances      Box(P          R      mAP50  mAP50-95)`) print them. Fed line by line; it
 * remembers the newest header.
 */
export class BlankTable {
  #columns: readonly string[] = [];
  /** How the cells of the rows are set apart where it is not by any blanks. */
  #separator: RegExp | undefined;
  /** A line that is a header if a row comes next. */
  #candidate: { readonly columns: readonly string[]; readonly separator: RegExp } | undefined;
  #classColumns: readonly string[] = [];
  /** Of the newest row. */
  #place = { step: NaN, epoch: NaN, total: NaN };

  /** The row that a line is, `'header'`, or undefined for any other line. */
  read(line: string): TableRow | 'header' | undefined {
    if (this.#columns.length > 0) {
      if (RULE.test(line)) {
        return 'header';
      }
      const row = this.#validation(line) ?? this.#row(line);
      if (row !== undefined) {
        return row;
      }
    }
    return this.#header(line) ?? this.#firstRow(line);
  }

  #header(line: string): 'header' | undefined {
    const columns = columnsOf(line);
    if (columns === undefined) {
      return undefined;
    }
    this.#columns = columns;
    this.#separator = undefined;
    return 'header';
  }

  /** The first row under a line that may have been a header. */
  #firstRow(line: string): TableRow | undefined {
    const candidate = this.#candidate;
    if (candidate !== undefined && RULE.test(line)) {
      return undefined;
    }
    this.#candidate = undefined;
    if (candidate !== undefined && fits(line, candidate.separator, candidate.columns.length)) {
      this.#columns = candidate.columns;
      this.#separator = candidate.separator;
      return this.#row(line);
    }
    this.#candidate = candidateOf(line);
    return undefined;
  }

  #validation(line: string): TableRow | 'header' | undefined {
    if (CLASS_HEADER.test(line)) {
      // `Box(P          R      mAP50  mAP50-95)` names the part that precision and the rest are of.
      this.#classColumns = line
        .trim()
        .replace(/\w+\(|\)/g, '')
        .split(/\s+/);
      return 'header';
    }
    if (!CLASS_ROW.test(line) || this.#classColumns.length === 0) {
      return undefined;
    }
    if (Number.isNaN(this.#place.epoch) && Number.isNaN(this.#place.step)) {
      return 'header';
    }
    const pairs = line
      .trim()
      .split(/\s+/)
      .flatMap((cell, index) => {
        const name = this.#classColumns[index] ?? '';
        const value = CLASS_COUNTS.has(name) || name === '' ? undefined : parseNumber(cell);
        return value === undefined ? [] : [{ name, value }];
      });
    return { ...this.#place, prefix: VALIDATION, pairs };
  }

  #row(line: string): TableRow | undefined {
    if (this.#separator !== undefined && !fits(line, this.#separator, this.#columns.length)) {
      return undefined;
    }
    const cells = line.trim().split(this.#separator ?? /\s+/);
    const [, first, total] = FRACTION.exec(cells[0] ?? '') ?? [];
    const start = parseNumber(first ?? cells[0] ?? '');
    if (cells.length < 2 || cells.length > this.#columns.length || start === undefined || !Number.isInteger(start)) {
      return undefined;
    }
    if (2 * cells.filter((cell) => WORD.test(cell) && !NO_NUMBER.test(cell)).length > cells.length) {
      return undefined;
    }
    const place = { step: NaN, epoch: NaN, total: total === undefined ? NaN : Number(total) };
    const pairs: Pair[] = [];
    for (const [index, cell] of cells.entries()) {
      const name = this.#columns[index] ?? '';
      const value = index === 0 ? start : parseNumber(cell.replace(/%$/, ''));
      if (STEP_NAME.test(name)) {
        place.step = value ?? NaN;
      } else if (FIRST_NAME.test(name)) {
        place.epoch = value ?? NaN;
      } else if (value !== undefined) {
        pairs.push({ name, value });
      }
    }
    if (!pairs.some(({ name }) => isResultName(name)) && !(isYolo(this.#columns) && pairs.length > 1)) {
      return undefined;
    }
    this.#place = place;
    return { ...place, prefix: '', pairs };
  }
}

function columnsOf(line: string): readonly string[] | undefined {
  if (line.length > MAXIMUM_HEADER_LENGTH || !/^ *(?:epoch|E|iter|step)\s/i.test(line)) {
    return undefined;
  }
  const columns = line.trim().split(/\s{2,}/);
  return columns.length >= FEWEST_COLUMNS &&
    FIRST_NAME.test(columns[0] ?? '') &&
    columns.every((name) => parseNumber(name) === undefined && /^[#\w][\w /.@%-]*$/.test(name)) &&
    (columns.some(isResultName) || isYolo(columns))
    ? columns
    : undefined;
}

/** A header whose cells stand closer than two blanks: `Epoch Loss Acc`, `epoch,train_loss,val_loss`, `Step | Loss`. */
function candidateOf(line: string): { columns: readonly string[]; separator: RegExp } | undefined {
  if (
    line.length > MAXIMUM_HEADER_LENGTH ||
    !/^\s*(?:# ?)?(?:global[ _])?(?:epoch|iter|step|episode|round)/i.test(line)
  ) {
    return undefined;
  }
  const text = line.trim().replace(/^# ?/, '');
  const separator = CLOSE_SEPARATORS.find(([sign]) => text.includes(sign))?.[1] ?? BLANKS;
  const columns = text.split(separator);
  return columns.length > 1 &&
    FIRST_NAME.test(columns[0] ?? '') &&
    columns.every((name) => /^[A-Za-z_#][\w /.@%()-]*$/.test(name)) &&
    columns.some(isResultName)
    ? { columns, separator }
    : undefined;
}

/** Whether a line is a row of so many cells, a whole number first and a number in each that is filled. */
function fits(line: string, separator: RegExp, count: number): boolean {
  const cells = line.trim().split(separator);
  return (
    cells.length === count &&
    /^\d+(?:\/\d+)?$/.test(cells[0] ?? '') &&
    cells.every((cell) => NO_NUMBER.test(cell) || parseNumber(cell.replace(/%$/, '')) !== undefined)
  );
}

/** YOLOv5 calls its losses `box`, `obj` and `cls`. */
function isYolo(columns: readonly string[]): boolean {
  return /^gpu_mem$/i.test(columns[1] ?? '');
}
