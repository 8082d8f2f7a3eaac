import { messageOf } from '../../base/errorMessage.js';
import type { SourceText } from '../../contract/engineProtocol.js';
import { GrammarFiles } from '../../engine/grammarFiles.js';
import { readSourceFile } from '../../engine/sourceFiles.js';
import { LoopFinder } from '../../loops/loopFinder.js';
import { CliError } from '../cliError.js';

/** A source file as it lies on the disk. */
export type Source = SourceText;

export function createLoopFinder(): Promise<LoopFinder> {
  return LoopFinder.create(new GrammarFiles(__dirname));
}

/** Reads a source file; its language goes by the extension. */
export async function readSource(file: string): Promise<Source> {
  try {
    return await readSourceFile(file);
  } catch (error) {
    throw new CliError(messageOf(error));
  }
}

/** The code cells of a notebook as they stand in its JSON, by their place among all cells. */
export function notebookCells(source: Source): { readonly cell: number; readonly text: string }[] {
  let notebook: unknown;
  try {
    notebook = JSON.parse(source.text);
  } catch {
    throw new CliError(`${source.path}: not a notebook: its JSON is damaged`);
  }
  const cells = typeof notebook === 'object' && notebook !== null && 'cells' in notebook ? notebook.cells : undefined;
  if (!Array.isArray(cells)) {
    throw new CliError(`${source.path}: not a notebook: it has no cells`);
  }
  return cells.flatMap((cell: unknown, index) => {
    const text = codeOf(cell);
    return text === undefined ? [] : [{ cell: index, text }];
  });
}

function codeOf(cell: unknown): string | undefined {
  if (typeof cell !== 'object' || cell === null || !('cell_type' in cell) || cell.cell_type !== 'code') {
    return undefined;
  }
  const source: unknown = 'source' in cell ? cell.source : '';
  return Array.isArray(source) ? source.join('') : String(source);
}
