import { messageOf } from '../../base/errorMessage.js';
import { readTask, trainShare } from '../../lab/lab.js';
import type { LadderOptions, Share } from '../../lab/lab.js';
import { CliError, EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';

/** Trains the share of a task that is this process's: what a job of a cluster runs. */
export async function labTask(
  file: string,
  share: string | undefined,
  { file: child, signal }: LadderOptions,
  { now, output }: CommandContext,
): Promise<number> {
  const mine = shareOf(share, process.env);
  const task = await readTask(file).catch((error: unknown) => {
    throw new CliError(`${file}: ${messageOf(error)}`);
  });
  const failed = await trainShare(task, mine, { file: child, now, ...(signal && { signal }) });
  await output.write(`share ${mine.index} of ${mine.of}: ${failed === 0 ? 'trained' : `${failed} runs failed`}\n`);
  return failed === 0 ? EXIT.done : EXIT.findings;
}

/** As it is named, else as Slurm tells each job of an array. */
function shareOf(named: string | undefined, environment: NodeJS.ProcessEnv): Share {
  const { SLURM_ARRAY_TASK_ID: id = '0', SLURM_ARRAY_TASK_COUNT: count = '1' } = environment;
  const [index = Number.NaN, of = Number.NaN] = (named ?? `${id}/${count}`).split('/').map(Number);
  if (!Number.isInteger(index) || !Number.isInteger(of) || index < 0 || index >= of) {
    throw new CliError(`lab: --share ${named}: write I/N with I from 0 to below N`);
  }
  return { index, of };
}
