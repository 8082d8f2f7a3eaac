import { delimiterOf, splitCells } from './cells.js';
import { parseNumber } from './numbers.js';

/** Fewer rows of numbers may stand in any text. */
const FEWEST_ROWS = 3;
const MOST_ROWS = 200;
const MOST_NAMES = 3;

/**
 * What to do about a file that is nothing but columns of numbers: which of them is the step and what the others are,
 * only its writer knows. Undefined for any other text.
 */
export function namelessColumns(lines: readonly string[]): string | undefined {
  const rows = lines
    .slice(0, MOST_ROWS)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^[#%]/.test(line));
  const first = cellsOf(rows[0] ?? '');
  if (rows.length < FEWEST_ROWS || !rows.every((row) => isRow(cellsOf(row), first.length))) {
    return undefined;
  }
  const names = ['{step}', '{loss}', '{lr}']
    .slice(first.length === 1 ? 1 : 0)
    .slice(0, Math.min(first.length, MOST_NAMES));
  const pattern = names.join(first.length > 1 && rows[0]?.includes(',') === true ? ',' : ' ');
  const columns =
    first.length === 1 ? 'a column of numbers without a name' : `${first.length} columns of numbers without names`;
  return `${columns}: write their names as its first line, or give a pattern such as "${pattern}" in the setting evenkeel.readers.textPattern or as --pattern`;
}

function cellsOf(row: string): readonly string[] {
  const delimiter = delimiterOf(row);
  return row.includes(delimiter) ? splitCells(row, delimiter) : row.split(/\s+/);
}

function isRow(cells: readonly string[], columns: number): boolean {
  return cells.length === columns && cells.every((cell) => parseNumber(cell) !== undefined);
}
