import path from 'node:path';
import { failure, ok } from '../base/result.js';
import type { Result } from '../base/result.js';
import { isPython } from './hookEnvironment.js';
import { readRecord } from './jobFolder.js';
import { isOver } from './jobRecord.js';
import { LocalTarget } from './local.js';
import type { JobRequest, PreparedJob } from './target.js';
import { TARGET_OPTIONS } from './targetOptions.js';

/** They are passed on under their own names. */
const OPTIONS = TARGET_OPTIONS.torchrun;

type OptionName = keyof typeof OPTIONS;

/** Torchrun's own word for an option where it is another. */
const WORD_OF: Partial<Record<OptionName, string>> = { nproc: 'nproc-per-node' };

const MODULE = 'torch.distributed.run';

/**
 * Several processes by torchrun: it starts them, has them meet, and starts them anew. On several machines the same
 * command is given on each of them with the same folder on a shared file system; the files of all ranks make one run, and
 * what a further machine prints is kept in `node-N` below it.
 */
export class TorchrunTarget extends LocalTarget {
  override readonly name = 'torchrun';

  /** By its rank; where machines have none until they have met, by the record of the one that came first. */
  async furtherMachine(
    options: Readonly<Record<string, string>>,
    folder: string,
  ): Promise<{ readonly rank: number | undefined } | undefined> {
    const rank = Number(options['node-rank'] ?? NaN);
    if (Number.isInteger(rank)) {
      return rank > 0 ? { rank } : undefined;
    }
    const first = /^1?(?::1)?$/.test(options['nnodes'] ?? '') ? undefined : await readRecord(folder);
    return first?.target === this.name && !isOver(first.state) ? { rank: undefined } : undefined;
  }

  override async prepare(request: JobRequest): Promise<Result<PreparedJob>> {
    const launched = launchedByTorchrun(request.command, request.options);
    if (!launched.ok) {
      return launched;
    }
    return super.prepare({ ...request, command: launched.value });
  }
}

/** The command with torchrun in front of its script, or with its options where it has been there already. */
export function launchedByTorchrun(
  command: readonly string[],
  options: Readonly<Record<string, string>>,
): Result<readonly string[]> {
  const unknown = Object.keys(options).find((name) => !(name in OPTIONS));
  if (unknown !== undefined) {
    return failure(`torchrun has no option ${unknown}: ${Object.keys(OPTIONS).join(', ')}`);
  }
  const words = optionWords(options);
  const torchrun = command.findIndex(
    (word, index) => path.basename(word) === 'torchrun' || (word === MODULE && command[index - 1] === '-m'),
  );
  if (torchrun >= 0) {
    return ok([...command.slice(0, torchrun + 1), ...words, ...command.slice(torchrun + 1)]);
  }
  const alone = standsAlone(options) ? ['--standalone'] : [];
  return withLauncher(command, [...alone, ...words]);
}

function optionWords(options: Readonly<Record<string, string>>): string[] {
  return Object.entries(options).map(([name, value]) => `--${WORD_OF[name as OptionName] ?? name}=${value}`);
}

/** One machine with nobody to meet takes a free port: several such jobs side by side would meet each other else. */
function standsAlone(options: Readonly<Record<string, string>>): boolean {
  return !Object.keys(options).some((name) => name === 'nnodes' || name.startsWith('rdzv') || name === 'node-rank');
}

function withLauncher(command: readonly string[], words: readonly string[]): Result<readonly string[]> {
  const python = command.findIndex(isPython);
  if (python < 0) {
    const script = command[0] ?? '';
    return script.endsWith('.py')
      ? ok(['torchrun', ...words, ...command])
      : command.length > 0
        ? ok(['torchrun', ...words, '--no-python', ...command])
        : failure('name a command to run');
  }
  const afterFlags = command.slice(python + 1).findIndex((word) => !/^-[A-Zbdiqsuvx]/.test(word));
  const rest = afterFlags < 0 ? [] : command.slice(python + 1 + afterFlags);
  const head = command.slice(0, afterFlags < 0 ? undefined : python + 1 + afterFlags);
  if (rest[0] === '-m' && rest[1] !== undefined) {
    return ok([...head, '-m', MODULE, ...words, '--module', ...rest.slice(1)]);
  }
  return rest[0] === undefined || rest[0].startsWith('-')
    ? failure(`torchrun needs a script or a module: ${command.join(' ')} has none`)
    : ok([...head, '-m', MODULE, ...words, ...rest]);
}
