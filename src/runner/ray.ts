import path from 'node:path';
import { failure, ok } from '../base/result.js';
import type { Result } from '../base/result.js';
import { LocalTarget } from './local.js';
import type { JobRecord } from './jobRecord.js';
import { isPython } from './hookEnvironment.js';
import type { ControlSignal, JobRequest, PreparedJob } from './target.js';
import { TARGET_OPTIONS } from './targetOptions.js';

const OPTIONS = TARGET_OPTIONS.ray;

/** From the folder of the supervisor's bundle. */
const DRIVER = path.join('..', 'hooks', 'ray_driver.py');

/**
 * One command in a Ray cluster that is there already: a driver of our own (`hooks/ray_driver.py`) runs here as any local
 * job does, and hands the command, what it prints and what it is told over by Ray's core. The run's folder has to be on
 * a file system that the cluster's nodes share.
 */
export class RayTarget extends LocalTarget {
  override readonly name = 'ray';
  private readonly driver: string;

  /** @param supervisor what Node is given to run `supervisorMain`: the path of its bundle, beside which the hooks lie. */
  constructor(supervisor: readonly string[], driver = path.join(path.dirname(supervisor.at(-1) ?? '.'), DRIVER)) {
    super(supervisor);
    this.driver = driver;
  }

  override prepare(request: JobRequest): Promise<Result<PreparedJob>> {
    const launched = launchedByRay(request, this.driver);
    return launched.ok ? super.prepare({ ...request, command: launched.value }) : Promise.resolve(launched);
  }

  /** What holds the driver does not hold the job, which runs elsewhere. */
  override signal(record: JobRecord, folder: string, signal: ControlSignal): Promise<Result<void>> {
    return signal === 'pause' || signal === 'resume'
      ? Promise.resolve(failure('Ray has no means to hold a job: stop it instead'))
      : super.signal(record, folder, signal);
  }
}

/** The command with the driver in front of it; the driver hands on what was set for the job, and nothing else. */
export function launchedByRay(
  { command, options, environment }: Pick<JobRequest, 'command' | 'options' | 'environment'>,
  driver: string,
): Result<readonly string[]> {
  const [program = ''] = command;
  if (program === '') {
    return failure('name a command to run');
  }
  const { python = isPython(program) ? program : 'python3', ...own } = options;
  const unknown = Object.keys(own).find((name) => !(name in OPTIONS));
  if (unknown !== undefined) {
    return failure(`ray has no option ${unknown}: ${Object.keys(OPTIONS).join(', ')}`);
  }
  const words = Object.entries(own).map(([name, value]) => `--${name}=${value}`);
  const variables = Object.keys(environment).map((name) => `--env=${name}`);
  return ok([python, driver, ...words, ...variables, '--', ...command]);
}
