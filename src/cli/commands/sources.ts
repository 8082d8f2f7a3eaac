import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describeFileError } from '../../engine/fileErrors.js';
import { GrammarFiles } from '../../engine/grammarFiles.js';
import { LoopFinder } from '../../loops/loopFinder.js';
import type { SourceLanguage } from '../../model/sourceLanguage.js';
import { CliError } from '../cliError.js';

const LANGUAGES: Readonly<Record<string, SourceLanguage>> = {
  '.py': 'python',
  '.pyw': 'python',
  '.ipynb': 'notebook',
  '.ts': 'typescript',
  '.mts': 'typescript',
  '.cts': 'typescript',
  '.tsx': 'typescript',
  '.js': 'javascript',
  '.mjs': 'javascript',
  '.cjs': 'javascript',
  '.jsx': 'javascript',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.json': 'json',
  '.jsonc': 'json',
  '.toml': 'toml',
  '.sh': 'shell',
  '.bash': 'shell',
  '.slurm': 'shell',
  '.sbatch': 'shell',
};

/** A source file as it lies on the disk. */
export interface Source {
  readonly path: string;
  readonly language: SourceLanguage;
  readonly text: string;
}

export function createLoopFinder(): Promise<LoopFinder> {
  return LoopFinder.create(new GrammarFiles(__dirname));
}

/** Reads a source file; its language goes by the extension. */
export async function readSource(file: string): Promise<Source> {
  const language = LANGUAGES[path.extname(file).toLowerCase()];
  if (!language) {
    throw new CliError(`${file}: not a source file that is read: use one of ${Object.keys(LANGUAGES).join(' ')}`);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file));
    return { path: file, language, text };
  } catch (error) {
    const reason = error instanceof TypeError ? 'not UTF-8: save it as UTF-8 first' : describeFileError(error);
    throw new CliError(`${file}: ${reason}`);
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
