import { failure, ok } from '../../base/result.js';
import type { Result } from '../../base/result.js';
import { commandWords } from '../commandLine.js';
import { TARGET_OPTIONS } from '../targetOptions.js';

/** They are passed on to sbatch under their own names. */
const OPTIONS = TARGET_OPTIONS.slurm;

/** What composes the submission itself; given here, it would take the job out of the run's folder. */
const OWN = /^--(?:output|error|open-mode|chdir|parsable|wait|wrap|test-only|quiet)(?:=|$)|^-[oeDWQ]/;

/**
 * The options as sbatch's arguments.
 * @returns a refusal where an option is not known or belongs to the target itself.
 */
export function sbatchWords(options: Readonly<Record<string, string>>): Result<readonly string[]> {
  const words: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    if (!(name in OPTIONS)) {
      return failure(
        `slurm has no option ${name} here: ${Object.keys(OPTIONS).join(', ')}; others go into sbatch-args`,
      );
    }
    const own = name === 'sbatch-args' ? furtherWords(value) : wordsOf(name, value);
    if (!own.ok) {
      return own;
    }
    words.push(...own.value);
  }
  const taken = words.find(endsUpElsewhere);
  return taken === undefined
    ? ok(words)
    : failure(`${taken}: where the job runs and writes is set by the run's folder: leave it out`);
}

function wordsOf(name: string, value: string): Result<readonly string[]> {
  if (name !== 'requeue') {
    return value.trim() === '' ? failure(`--${name} needs a value`) : ok([`--${name}=${value}`]);
  }
  switch (value) {
    case 'yes':
    case 'true':
    case '':
      return ok(['--requeue']);
    case 'no':
    case 'false':
      return ok(['--no-requeue']);
    default:
      return failure(`requeue is yes or no, not ${value}`);
  }
}

function furtherWords(text: string): Result<readonly string[]> {
  const words = commandWords(text);
  return words === undefined ? failure(`sbatch-args: a quote is not closed: ${text}`) : ok(words);
}

/** Whether an argument of sbatch would take the job, or what it writes, out of the run's folder. */
export function endsUpElsewhere(word: string): boolean {
  return OWN.test(word);
}

/** What sbatch's arguments say of an array: the last of them counts. Undefined where there is none. */
export function arrayIn(words: readonly string[]): string | undefined {
  const said = words.map((word, index) =>
    word === '-a' || word === '--array' ? words[index + 1] : /^(?:--array=|-a)(.+)$/.exec(word)?.[1],
  );
  return said.findLast((array) => array !== undefined);
}
