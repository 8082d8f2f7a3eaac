import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describeFileError } from '../../engine/fileErrors.js';
import { labElsewhere } from '../../engine/lab/labElsewhere.js';
import {
  childFile,
  chooseBackend,
  EXPERIMENTS,
  experimentNamed,
  LAB_ARMS,
  probeBackend,
  probeLadder,
  readExperiment,
  runExperiment,
  STANDARD_EXPERIMENT,
  THREADS_A_CHILD,
  usualConcurrency,
  withOtherArms,
} from '../../lab/lab.js';
import type { TargetName } from '../../runner/jobRecord.js';
import { StartError } from '../../runner/jobs.js';
import { targetsWith } from '../../runner/targets.js';
import type {
  BackendId,
  BackendState,
  Elsewhere,
  Experiment,
  ExperimentResult,
  LadderOptions,
  Progress,
} from '../../lab/lab.js';
import { CliError, EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';
import { packageVersion } from '../packageVersion.js';
import { experimentHtml } from '../../reports/experimentHtml.js';
import { toJson } from '../../reports/json.js';
import { labEnginesText, labListText, labResultText } from './labOutput.js';

export interface LabOptions {
  /** A page is made of an experiment alone. */
  readonly format: 'text' | 'json' | 'html';
  readonly list: boolean;
  readonly engines: boolean;
  /** Arms to try; joined by "+" where several belong together. */
  readonly arm: readonly string[];
  readonly backend: BackendId | 'auto';
  /** Paired seeds. */
  readonly seeds?: number;
  /** Seconds. */
  readonly budget?: number;
  /** Where runs are kept. */
  readonly out: string;
  /** Children at a time. */
  readonly jobs?: number;
  /** Folder in which packages of backends are installed that do not ship. */
  readonly packages?: string;
  /** A run whose finding is to be answered; see {@link TrialQuestion}. */
  readonly run?: string;
  readonly finding?: string;
  readonly source?: string;
  readonly fix: readonly string[];
  /** Where runs are trained. */
  readonly target: TargetName;
  /** The target's own options, as name=value. */
  readonly targetOption: readonly string[];
  /** Runs that were handed over to this process, and which of them. */
  readonly task?: string;
  readonly share?: string;
}

const STANDARD_SEEDS = 3;
const STANDARD_BUDGET_S = 180;
/** Queues of clusters take their time. */
const STANDARD_BUDGET_ELSEWHERE_S = 24 * 3600;

/** `evenkeel lab`: trains a small proxy with and without what could help, and says what did. */
export async function lab(file: string | undefined, options: LabOptions, context: CommandContext): Promise<number> {
  const ladder: LadderOptions = {
    file: childFile(__dirname),
    signal: context.signal,
    threads: THREADS_A_CHILD,
    packages: options.packages ?? null,
  };
  if (options.task !== undefined) {
    const { labTask } = await import('./labTask.js');
    return labTask(options.task, options.share, ladder, context);
  }
  const isOfExperiment =
    !options.engines && !options.list && options.run === undefined && options.finding === undefined;
  if (options.format === 'html' && !isOfExperiment) {
    throw new CliError('lab: --format html makes a page of an experiment; here --format text and json are there');
  }
  if (options.engines) {
    await engines(ladder, options, context);
    return EXIT.done;
  }
  if (options.list) {
    await list(ladder, options, context);
    return EXIT.done;
  }
  if (options.run !== undefined || options.finding !== undefined) {
    return trial(file, options, ladder, context);
  }
  const { experiment, ...limits } = await experimentOf(file, options.arm);
  const backend = await backendOf(options.backend, ladder);
  context.signal.throwIfAborted();
  const folder = path.resolve(options.out);
  const progress = context.output.isTerminal && options.format === 'text' ? progressOn(context) : undefined;
  const result = await runKept(experiment, {
    ...ladder,
    ...elsewhereOf(options, ladder, context),
    ...(progress && { progress }),
    backend,
    folder,
    seeds: options.seeds ?? limits.seeds ?? STANDARD_SEEDS,
    budget: options.budget ?? limits.budget ?? standardBudget(options),
    concurrency: options.jobs ?? usualConcurrency(),
    now: context.now,
  });
  if (context.signal.aborted) {
    context.complain(
      `lab: interrupted; what was trained is kept in ${folder}, and the same command goes on from there`,
    );
  }
  await context.output.write(told(result, options.format, context));
  return EXIT.done;
}

function told(result: ExperimentResult, format: LabOptions['format'], { output }: CommandContext): string {
  switch (format) {
    case 'json':
      return `${toJson(result)}\n`;
    case 'html':
      return experimentHtml(result, packageVersion());
    case 'text':
      return labResultText(result, output);
  }
}

async function trial(
  experiment: string | undefined,
  options: LabOptions,
  ladder: LadderOptions,
  context: CommandContext,
): Promise<number> {
  if (experiment !== undefined || options.arm.length > 0) {
    throw new CliError('lab: --run and --finding try fixes (--fix): an experiment and --arm go without them');
  }
  const { labTrial } = await import('./labTrial.js');
  const progress = context.output.isTerminal && options.format === 'text' ? progressOn(context) : undefined;
  const { run, finding, source, fix } = options;
  const format = options.format === 'json' ? 'json' : 'text';
  return labTrial(
    {
      fix,
      ...(run !== undefined && { run }),
      ...(finding !== undefined && { finding }),
      ...(source !== undefined && { source }),
    },
    {
      ...ladder,
      ...elsewhereOf(options, ladder, context),
      ...(progress && { onProgress: progress }),
      evenkeel: packageVersion(),
      backend: options.backend,
      folder: path.resolve(options.out),
      seeds: options.seeds ?? STANDARD_SEEDS,
      budget: options.budget ?? standardBudget(options),
      concurrency: options.jobs ?? usualConcurrency(),
      now: context.now,
    },
    format,
    context,
  );
}

function standardBudget({ target }: LabOptions): number {
  return target === 'local' ? STANDARD_BUDGET_S : STANDARD_BUDGET_ELSEWHERE_S;
}

/** Other machines that train, where a target is named. They find this bundle and the runs under the same paths. */
function elsewhereOf(
  { target, targetOption, out, jobs }: LabOptions,
  { threads, packages }: LadderOptions,
  { now, complain }: CommandContext,
): { readonly elsewhere?: Elsewhere } {
  if (target === 'local') {
    return {};
  }
  return {
    elsewhere: labElsewhere({
      target: targetsWith([path.join(__dirname, 'supervisor.js')])[target],
      options: targetOptionsOf(targetOption),
      command: [process.execPath, path.join(__dirname, 'cli.js'), 'lab'],
      hooks: path.join(__dirname, '..', 'hooks'),
      folder: path.resolve(out),
      concurrency: jobs ?? usualConcurrency(),
      threads,
      packages: packages === null ? null : path.resolve(packages),
      now,
      onNote: (note) => complain(`lab: ${note}`),
    }),
  };
}

function targetOptionsOf(words: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    words.map((word) => {
      const [, name, value] = /^([\w-]+)=(.*)$/s.exec(word) ?? [];
      if (name === undefined || value === undefined) {
        throw new CliError(`lab: --target-option ${word}: write name=value, with a name of evenkeel run --help`);
      }
      return [name, value];
    }),
  );
}

async function engines(ladder: LadderOptions, { format }: LabOptions, context: CommandContext): Promise<void> {
  const backends = await probeLadder(ladder);
  context.signal.throwIfAborted();
  await context.output.write(
    format === 'json' ? `${toJson({ backends })}\n` : labEnginesText(backends, context.output),
  );
}

async function list(ladder: LadderOptions, { format }: LabOptions, context: CommandContext): Promise<void> {
  const backends = await probeLadder(ladder);
  context.signal.throwIfAborted();
  const listed = {
    backends,
    arms: LAB_ARMS.map(({ id, title, purpose, papers }) => ({ id, title, purpose, papers })),
    experiments: EXPERIMENTS.map(({ id, title, kind, papers }) => ({ id, title, kind, papers })),
  };
  await context.output.write(format === 'json' ? `${toJson(listed)}\n` : labListText(listed, context.output));
}

interface Asked {
  readonly experiment: Experiment;
  readonly seeds?: number;
  readonly budget?: number;
}

/** @param file an experiment file, or the name of a ready experiment. */
async function experimentOf(file: string | undefined, arms: readonly string[]): Promise<Asked> {
  const asked = file === undefined ? { experiment: STANDARD_EXPERIMENT } : await readAsked(file);
  const experiment = withOtherArms(asked.experiment, arms);
  if (!experiment.ok) {
    throw new CliError(`lab: ${experiment.error}`);
  }
  return { ...asked, experiment: experiment.value };
}

async function readAsked(file: string): Promise<Asked> {
  const ready = experimentNamed(file);
  if (ready !== undefined) {
    return { experiment: ready };
  }
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new CliError(`${file}: ${describeFileError(error)}; name a file, or an experiment of evenkeel lab --list`);
  }
  const asked = readExperiment(text);
  if (!asked.ok) {
    throw new CliError(`${file}: ${asked.error}`);
  }
  return asked.value;
}

/** The backend that was asked for, once it has shown that it computes rightly. */
async function backendOf(asked: BackendId | 'auto', ladder: LadderOptions): Promise<BackendId> {
  const state: BackendState = asked === 'auto' ? await chooseBackend(ladder) : await probeBackend(asked, ladder);
  if (!state.available && ladder.signal?.aborted !== true) {
    throw new CliError(`lab: the backend ${asked} cannot be used here: ${state.reason ?? 'no reason given'}`);
  }
  return state.id;
}

async function runKept(...[experiment, options]: Parameters<typeof runExperiment>): Promise<ExperimentResult> {
  try {
    return await runExperiment(experiment, options);
  } catch (error) {
    if (error instanceof StartError) {
      throw new CliError(`lab: ${error.message}`);
    }
    throw new CliError(
      `${options.folder}: ${describeFileError(error)}; runs that came to their end are kept: make room, or name another folder with --out`,
    );
  }
}

/** One line that is written over again. */
function progressOn({ output }: CommandContext): (progress: Progress) => void {
  return ({ done, planned, share, secondsLeft }) => {
    const left = secondsLeft === null ? '' : `, ${Math.ceil(secondsLeft)} s left`;
    void output.write(
      `\r\u001b[K${done} of ${planned} runs, ${Math.round(100 * share)} %${left}${done === planned ? '\n' : ''}`,
    );
  };
}
