import { isResultName } from '../rows/columnNames.js';
import { parseNumber } from './numbers.js';
import type { Pair } from './pairs.js';
import type { TableRow } from './tableRow.js';

/** The first column of such tables; the second of spaCy's counts steps. */
const FIRST_NAME = /^(?:epoch|E|iter|step)$/i;
const STEP_NAME = /^(?:#|iter|step)$/i;
const FEWEST_COLUMNS = 3;
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
    const columns = columnsOf(line);
    if (columns === undefined) {
      return undefined;
    }
    this.#columns = columns;
    return 'header';
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
    const cells = line.trim().split(/\s+/);
    const [, first, total] = FRACTION.exec(cells[0] ?? '') ?? [];
    const start = parseNumber(first ?? cells[0] ?? '');
    if (cells.length < 2 || cells.length > this.#columns.length || start === undefined || !Number.isInteger(start)) {
      return undefined;
    }
    const place = { step: NaN, epoch: NaN, total: total === undefined ? NaN : Number(total) };
    const pairs: Pair[] = [];
    for (const [index, cell] of cells.entries()) {
      const name = this.#columns[index] ?? '';
      const value = index === 0 ? start : parseNumber(cell);
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
    (columns.some(isResultName) || isYolo(columns)) &&
    columns.every((name) => parseNumber(name) === undefined && /^[#\w][\w /.@%-]*$/.test(name))
    ? columns
    : undefined;
}

/** YOLOv5 calls its losses `box`, `obj` and `cls`. */
function isYolo(columns: readonly string[]): boolean {
  return /^gpu_mem$/i.test(columns[1] ?? '');
}
