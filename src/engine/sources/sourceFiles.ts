import { table } from '../../base/table.js';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { SourceText } from '../../contract/engineProtocol.js';
import type { SourceLanguage } from '../../model/sourceLanguage.js';
import { describeFileError } from '../fileErrors.js';

const LANGUAGES = table<SourceLanguage>({
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
});

/** The language of a source file by its extension, undefined for other files. */
export function languageOf(file: string): SourceLanguage | undefined {
  return LANGUAGES[path.extname(file).toLowerCase()];
}

/** A source file as the user sees it: of the open editor where there is one, else of the disk. */
export async function readOpenedSource(file: string, openTexts: Readonly<Record<string, string>>): Promise<SourceText> {
  const open = openTexts[file] ?? openTexts[path.resolve(file)];
  const language = languageOf(file);
  return open === undefined || !language ? readSourceFile(file) : { path: file, language, text: open };
}

/**
 * A source file as it lies on the disk; its language goes by the extension.
 * @throws {Error} that names the file and says why it can't be read.
 */
export async function readSourceFile(file: string): Promise<SourceText> {
  const language = languageOf(file);
  if (!language) {
    throw new Error(`${file}: not a source file that is read: use one of ${Object.keys(LANGUAGES).join(' ')}`);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file));
    return { path: file, language, text };
  } catch (error) {
    const reason = error instanceof TypeError ? 'not UTF-8: save it as UTF-8 first' : describeFileError(error);
    throw new Error(`${file}: ${reason}`, { cause: error });
  }
}
