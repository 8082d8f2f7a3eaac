import { isResultName, stepRank, stepUnitOf } from '../rows/columnNames.js';
import { parseNumber } from './numbers.js';
import type { TableRow } from './tableRow.js';

const RULE = /^[|+:=\-\s┃━┏┓┡┩│─├┤┼┌┐└┘╇┳┻]+$/;
const BORDER = /[|│┃]/;
const FEWEST_COLUMNS = 2;
/** Longer lines are no rows of tables made for the eye. */
const MAXIMUM_LENGTH = 1000;

/**
 * Tables whose cells are parted by bars: `| Step | Training Loss |` as notebooks and model cards have them, and Ray
 * Tune's `| Trial name | status | iter | reward |`. Only tables with a column of steps or epochs and one of results.
 */
export class FramedTable {
  #columns: readonly string[] = [];

  /** The row that a line is, `'header'` within a table without being a row, undefined for any other line. */
  read(line: string): TableRow | 'header' | undefined {
    const cells = cellsOf(line);
    if (cells === undefined) {
      if (this.#columns.length > 0 && RULE.test(line)) {
        return 'header';
      }
      this.#columns = [];
      return undefined;
    }
    if (this.#columns.length > 0 && cells.length === this.#columns.length) {
      const row = this.#row(cells);
      if (row !== undefined) {
        return row;
      }
    }
    this.#columns = isHeader(cells) ? cells : this.#columns;
    return this.#columns.length > 0 ? 'header' : undefined;
  }

  #row(cells: readonly string[]): TableRow | undefined {
    let best = -1;
    let bestRank = Infinity;
    this.#columns.forEach((name, index) => {
      const rank = stepRank(name) ?? Infinity;
      if (rank < bestRank) {
        best = index;
        bestRank = rank;
      }
    });
    const place = parseNumber(cells[best] ?? '');
    if (place === undefined) {
      return undefined;
    }
    const isEpoch = stepUnitOf(this.#columns[best] ?? '') === 'epoch';
    const pairs = cells.flatMap((cell, index) => {
      const value = index === best ? undefined : parseNumber(cell.replace(/%$/, ''));
      return value === undefined ? [] : [{ name: this.#columns[index] ?? '', value }];
    });
    return { step: isEpoch ? NaN : place, epoch: isEpoch ? place : NaN, total: NaN, prefix: '', pairs };
  }
}

function cellsOf(line: string): readonly string[] | undefined {
  const text = line.trim();
  if (text.length > MAXIMUM_LENGTH || !/^[|│┃].*[|│┃]$/.test(text) || RULE.test(text)) {
    return undefined;
  }
  const cells = text.slice(1, -1).split(BORDER);
  return cells.length < FEWEST_COLUMNS ? undefined : cells.map((cell) => cell.trim());
}

function isHeader(cells: readonly string[]): boolean {
  return (
    cells.some((name) => stepRank(name) !== undefined) &&
    cells.some(isResultName) &&
    cells.every((name) => name !== '' && parseNumber(name) === undefined)
  );
}
