import { parseNumber } from './numbers.js';
import type { Pair } from './pairs.js';

/** A row of a table: where it belongs and what it says. */
export interface TableRow {
  /** NaN where the table has no column of steps. */
  readonly step: number;
  /** NaN where it has no column of epochs. */
  readonly epoch: number;
  readonly pairs: readonly Pair[];
}

/** The first column of such tables; the second of spaCy's counts steps. */
const FIRST_NAME = /^(?:epoch|E|iter|step)$/i;
const STEP_NAME = /^(?:#|iter|step)$/i;
const RESULT_NAME = /loss|acc|score/i;
const FEWEST_COLUMNS = 3;
const RULE = /^[-=+| ]{4,}$/;
/** Longer lines are no headers of tables made for the eye. */
const MAXIMUM_HEADER_LENGTH = 400;

/**
 * Tables whose columns are set apart by blanks, as fastai (`epoch     train_loss  valid_loss  time`), skorch and spaCy
 * (`E    #       LOSS TOK2VEC  LOSS NER  SCORE`) print them. Fed line by line; it remembers the newest header.
 */
export class BlankTable {
  #columns: readonly string[] = [];

  /** The row that a line is, `'header'`, or undefined for any other line. */
  read(line: string): TableRow | 'header' | undefined {
    if (this.#columns.length > 0) {
      if (RULE.test(line)) {
        return 'header';
      }
      const row = this.#row(line);
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

  #row(line: string): TableRow | undefined {
    const cells = line.trim().split(/\s+/);
    const first = parseNumber(cells[0] ?? '');
    if (cells.length < 2 || cells.length > this.#columns.length || first === undefined || !Number.isInteger(first)) {
      return undefined;
    }
    const place = { step: NaN, epoch: NaN };
    const pairs: Pair[] = [];
    for (const [index, cell] of cells.entries()) {
      const name = this.#columns[index] ?? '';
      const value = parseNumber(cell);
      if (STEP_NAME.test(name)) {
        place.step = value ?? NaN;
      } else if (FIRST_NAME.test(name)) {
        place.epoch = value ?? NaN;
      } else if (value !== undefined) {
        pairs.push({ name, value });
      }
    }
    return pairs.some(({ name }) => RESULT_NAME.test(name)) ? { ...place, pairs } : undefined;
  }
}

function columnsOf(line: string): readonly string[] | undefined {
  if (line.length > MAXIMUM_HEADER_LENGTH || !RESULT_NAME.test(line)) {
    return undefined;
  }
  const columns = line.trim().split(/\s{2,}/);
  return columns.length >= FEWEST_COLUMNS &&
    FIRST_NAME.test(columns[0] ?? '') &&
    columns.every((name) => parseNumber(name) === undefined && /^[#\w][\w /.@%-]*$/.test(name))
    ? columns
    : undefined;
}
