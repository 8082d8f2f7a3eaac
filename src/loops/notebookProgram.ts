import type { SourceEdit } from '../model/sourceEdit.js';
import { withoutMagics } from './python/magics.js';
import { SourceLines } from './syntax/sourceLines.js';

/** A code cell of Python. */
export interface CodeCell {
  /** Its place among all cells of the notebook, from 0. */
  readonly number: number;
  readonly text: string;
}

/** A line, from 0, of the cell with this number. */
export interface CellPosition {
  readonly cell: number;
  readonly line: number;
}

interface PlacedCell extends CodeCell {
  readonly lines: SourceLines;
  /** Line of the program at which it begins. */
  readonly first: number;
}

/**
 * The code cells of a notebook as the one program that they are, with IPython's own lines turned into comments. An
 * empty line stands behind each cell: what is put there belongs to the end of the cell before it.
 */
export class NotebookProgram {
  readonly text: string;
  private readonly cells: readonly PlacedCell[];
  private readonly lines: SourceLines;

  constructor(cells: readonly CodeCell[]) {
    let first = 0;
    this.cells = cells.map(({ number, text }) => {
      const lines = new SourceLines(text);
      const placed = { number, text, lines, first };
      first += lines.count + 1;
      return placed;
    });
    this.text = cells.map(({ text }) => `${withoutMagics(text)}\n`).join('\n');
    this.lines = new SourceLines(this.text);
  }

  get cellCount(): number {
    return this.cells.length;
  }

  /** Where a line of the program stands. The line behind a cell counts as the cell's. */
  placeOf(line: number): CellPosition {
    const { number, first } = this.cellAt(line);
    return { cell: number, line: line - first };
  }

  /** The line of the program that a line of a cell is; undefined for what is no line of a cell of code. */
  lineOf({ cell, line }: CellPosition): number | undefined {
    const found = this.cells.find(({ number }) => number === cell);
    return found && line >= 0 && line < found.lines.count ? found.first + line : undefined;
  }

  /** How many lines the cell with this number has. */
  lineCountOf(cell: number): number {
    return this.cells.find(({ number }) => number === cell)?.lines.count ?? 0;
  }

  /**
   * Edits of the program as edits of its cells, by their numbers. A string says why that cannot be: an edit reaches
   * over the border of two cells, or rewrites lines that are not Python.
   */
  editsOfCells(edits: readonly SourceEdit[]): ReadonlyMap<number, readonly SourceEdit[]> | string {
    const own = new Map<number, SourceEdit[]>();
    for (const edit of edits) {
      const cell = this.cellAt(edit.range.start.line);
      if (this.cellAt(edit.range.end.line) !== cell) {
        return 'It would reach over the border of two cells; nothing was changed.';
      }
      const inCell = editOfCell(edit, cell);
      const { start, end } = inCell.range;
      const [from, to] = [cell.lines.offsetAt(start), cell.lines.offsetAt(end)];
      const asRead = this.lines.lineStart(cell.first);
      if (cell.text.slice(from, to) !== this.text.slice(asRead + from, asRead + to)) {
        return 'It would rewrite lines of IPython (those with % or !) in a cell; nothing was changed.';
      }
      own.set(cell.number, [...(own.get(cell.number) ?? []), inCell]);
    }
    return own;
  }

  private cellAt(line: number): PlacedCell {
    const found = this.cells.findLast(({ first }) => first <= line);
    if (!found) {
      throw new Error('a notebook without code has no lines');
    }
    return found;
  }
}

/** What ends on the empty line behind the cell ends with the cell's last line. */
function editOfCell({ path, range, newText }: SourceEdit, { first, lines }: PlacedCell): SourceEdit {
  const start = { ...range.start, line: range.start.line - first };
  const end = { ...range.end, line: range.end.line - first };
  if (end.line < lines.count) {
    return { path, range: { start, end }, newText };
  }
  const last = lines.positionAt(lines.text.length);
  const text = newText.replace(/\r?\n$/, '');
  return start.line < lines.count
    ? { path, range: { start, end: last }, newText: text }
    : { path, range: { start: last, end: last }, newText: `${lines.lineBreak(lines.count - 1)}${text}` };
}
