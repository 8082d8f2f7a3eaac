import type { SourceText } from '../../contract/engineProtocol.js';
import { NotebookFile } from '../../loops/notebookFile.js';
import type { FixOutcome } from '../../model/fix.js';
import { unifiedDiff } from './unifiedDiff.js';

/** A line, and in a notebook the cell in which it counts; both from 1, as people and agents count. */
export interface SourcePlace {
  readonly cell?: number | undefined;
  readonly line?: number | undefined;
}

/** A source file as loops are found in it and fixes are made: a notebook is the program that its cells are. */
export class FixableSource {
  readonly file: SourceText;
  /** What is analysed; lines of loops and of outcomes count in its text. */
  readonly program: SourceText;
  readonly notebook: NotebookFile | undefined;

  /** @throws {Error} that names the file, where it is called a notebook and is none. */
  constructor(file: SourceText) {
    this.file = file;
    this.notebook = file.language === 'notebook' ? notebookOf(file) : undefined;
    this.program = this.notebook ? { ...file, text: this.notebook.program.text } : file;
  }

  /** @throws {Error} where a place is meant that the file does not have. */
  lineOf({ cell, line }: SourcePlace): { readonly line?: number } {
    if (!this.notebook) {
      if (cell !== undefined) {
        throw new Error(`${this.file.path}: it has no cells: give the line alone`);
      }
      return line === undefined ? {} : { line: line - 1 };
    }
    if (cell === undefined && line === undefined) {
      return {};
    }
    if (cell === undefined || line === undefined) {
      throw new Error(`${this.file.path}: a notebook: give cell and line together, or neither`);
    }
    const found = this.notebook.program.lineOf({ cell: cell - 1, line: line - 1 });
    if (found === undefined) {
      throw new Error(
        `${this.file.path}: it has no line ${line} in a Python cell ${cell}: describe_loops names places`,
      );
    }
    return { line: found };
  }

  /** The place of a line of the program. */
  placeOf(line: number): SourcePlace & { readonly line: number } {
    const place = this.notebook?.program.placeOf(line);
    return place ? { cell: place.cell + 1, line: place.line + 1 } : { line: line + 1 };
  }

  /** What a fix of the program comes to in the file. */
  inFile(outcome: FixOutcome): FixOutcome {
    if (!this.notebook || outcome.kind !== 'edits') {
      return outcome;
    }
    const edits = this.notebook.editsOfFile(this.file.path, outcome.edits);
    return typeof edits === 'string' ? { kind: 'refused', reason: edits } : { ...outcome, edits };
  }

  /** The change as a unified diff; of a notebook one for each cell that differs, named as cells are counted, from 1. */
  diffTo(after: string): string {
    const { path, text } = this.file;
    if (!this.notebook) {
      return unifiedDiff(path, text, after);
    }
    const changed = new Map(new NotebookFile(after).cells.map((cell) => [cell.number, cell.text]));
    return this.notebook.cells
      .filter((cell) => changed.get(cell.number) !== cell.text)
      .map(({ number, text: before }) =>
        unifiedDiff(`${path} (cell ${number + 1})`, ended(before), ended(changed.get(number) ?? '')),
      )
      .join('');
  }
}

/** Cells have no line end behind their last line, which is nothing that a diff need tell. */
function ended(text: string): string {
  return text === '' ? '' : `${text}\n`;
}

function notebookOf({ path, text }: SourceText): NotebookFile {
  try {
    return new NotebookFile(text);
  } catch (error) {
    throw new Error(`${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
