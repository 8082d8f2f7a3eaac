import path from 'node:path';
import { commandWords } from '../commandLine.js';
import { endsUpElsewhere } from './slurmOptions.js';

/** What a job's own script asks Slurm for. */
export interface Directives {
  /** As arguments of sbatch. */
  readonly words: readonly string[];
  /** Lines that are not taken over: where the job writes is set by the run's folder. */
  readonly left: readonly string[];
}

const SHELL = /^(?:ba|da|k|z)?sh$/;

/** The script in a command that sbatch would have read for its `#SBATCH` lines: run by itself, or by a shell. */
export function scriptOf(command: readonly string[]): string | undefined {
  const [program = '', ...rest] = command;
  return SHELL.test(path.basename(program)) ? rest.find((word) => !word.startsWith('-')) : program || undefined;
}

/**
 * @param text of a script. Its lines of `#SBATCH` count up to the first command, as sbatch has it.
 * @returns undefined for anything that is not written for sbatch.
 */
export function directivesIn(text: string): Directives | undefined {
  const words: string[] = [];
  const left: string[] = [];
  if (!text.startsWith('#!')) {
    return undefined; // sbatch would refuse it.
  }
  for (const line of text.split('\n')) {
    if (line.trim() !== '' && !line.startsWith('#')) {
      break;
    }
    const said = /^#SBATCH\s+([^#]*)/.exec(line)?.[1]?.trim();
    const own = said === undefined ? [] : (commandWords(said) ?? []);
    if (own.some(endsUpElsewhere)) {
      left.push(said ?? '');
    } else {
      words.push(...own);
    }
  }
  return words.length + left.length > 0 ? { words, left } : undefined;
}
