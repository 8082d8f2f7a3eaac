import { messageOf } from '../../base/errorMessage.js';
import type { SourceText } from '../../contract/engineProtocol.js';
import { FixableSource } from '../../engine/sources/fixableSource.js';
import { GrammarFiles } from '../../engine/sources/grammarFiles.js';
import { readSourceFile } from '../../engine/sources/sourceFiles.js';
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

/** The file as fixes see it. */
export function fixable(source: Source): FixableSource {
  try {
    return new FixableSource(source);
  } catch (error) {
    throw new CliError(messageOf(error));
  }
}
