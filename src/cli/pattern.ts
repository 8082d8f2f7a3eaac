import { recogniserWith } from '../engine/recognition/userPatterns.js';
import type { Recogniser } from '../engine/recognition/userPatterns.js';
import { formatOfPattern } from '../readers/userPattern.js';
import { CliError } from './cliError.js';

/** What `--pattern` says of how files are read that nothing else can read. */
export function patternsOf(pattern: string | undefined): Readonly<Record<string, string>> {
  if (pattern === undefined) {
    return {};
  }
  const format = formatOfPattern(pattern);
  if (!format.ok) {
    throw new CliError(`--pattern: ${format.error}`);
  }
  return { '*': pattern };
}

/** How files are recognised with `--pattern`. */
export function recogniserOf(pattern: string | undefined): { readonly recognise: Recogniser } {
  return { recognise: recogniserWith(patternsOf(pattern)) };
}
