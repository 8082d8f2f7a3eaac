import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DiagnosisReport, RunReport } from '../../contract/report.js';
import type { DiscoveredRun } from '../../engine/discovery/discovery.js';
import { Engine } from '../../engine/engine.js';
import { GrammarFiles } from '../../engine/sources/grammarFiles.js';
import { discoverOnce, replayRun } from '../../engine/replay.js';
import type { Severity } from '../../model/finding.js';
import { isOver } from '../../runner/jobRecord.js';
import type { JobRecord, TargetName } from '../../runner/jobRecord.js';
import { refreshJob, startJob, StartError, stopJob } from '../../runner/jobs.js';
import type { JobWish, StartedJob } from '../../runner/jobs.js';
import type { Target } from '../../runner/target.js';
import { targetsWith } from '../../runner/targets.js';
import { CliError, EXIT } from '../cliError.js';
import type { CommandContext, Interruption } from '../console.js';
import { FindingNews } from '../findingNews.js';
import { patternsOf, recogniserOf } from '../pattern.js';
import { readRoles } from '../rolesFile.js';
import { reaches } from './diagnose.js';
import { OwnLogs } from './ownLogs.js';
import { JobPrinter } from './runOutput.js';

export interface RunOptions {
  readonly target: TargetName;
  readonly hook: 'auto' | 'off';
  readonly every?: number;
  readonly out?: string;
  readonly failOn: Severity | 'never';
  readonly format: 'text' | 'json';
  readonly roles?: string;
  /** How files are read that nothing else can read. */
  readonly pattern?: string;
  /** The target's own options. */
  readonly targetOptions: Readonly<Record<string, string>>;
  /** What is taken from the run that another is to save. */
  readonly rescue?: Pick<JobWish, 'cwd' | 'environment' | 'rescuedFrom'>;
}

/** How often the run's files and the job are looked at, in milliseconds. */
const POLL_MS = 250;
/** The folder of the job is looked through this seldom, and rests so many times as long as that took, in milliseconds. */
const OWN_LOGS_PAUSE_MS = 1500;
const OWN_LOGS_REST = 4;
/** What an ended job has printed is here by then; what it left behind may keep its streams open for ever. */
const LAST_OUTPUT_MS = 2000;
/** As shells have it: 128 and the signal's number. */
const SIGNAL_STATUS: Readonly<Record<string, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGQUIT: 131,
  SIGABRT: 134,
  SIGBUS: 135,
  SIGFPE: 136,
  SIGKILL: 137,
  SIGSEGV: 139,
  SIGTERM: 143,
};

/** `evenkeel run`: starts a job with the hook, passes its output on, and tells of findings while it runs. */
export async function run(command: readonly string[], options: RunOptions, context: CommandContext): Promise<number> {
  const roles = await readRoles(options.roles);
  const patterns = patternsOf(options.pattern);
  const target = targetsWith([path.join(__dirname, 'supervisor.js')])[options.target];
  const printer = new JobPrinter(options.format, context);
  const released = new AbortController();
  const job = await start(command, options, target, { printer, released: released.signal }, context);
  if (job instanceof StartError) {
    context.complain(job.message);
    return job.exitCode ?? EXIT.unusable;
  }
  const interruptions = context.takeInterruptions(interrupter(target, job.folder, printer));
  const engine = new Engine({ grammars: new GrammarFiles(__dirname), now: context.now });
  try {
    job.notes.forEach(context.complain);
    await printer.started(job);
    await engine.configure({ folders: [job.folder], roles, patterns, exclude: [], pollIntervalMs: POLL_MS });
    const news = new JobNews(engine, printer);
    const own = ownLogsOf(job, options, context);
    const opening = openOwnLogs(own, engine, released.signal);
    const record = await untilOver(target, job, printer, context);
    await news.close();
    released.abort();
    engine.dispose();
    await opening;
    const report = await finalReport(job.folder, own, { ...options, roles }, context);
    for (const last of report.runs) {
      await news.update(last, last);
    }
    await printer.ended(record, report);
    return exitCode(record, report.runs, options.failOn);
  } finally {
    released.abort();
    engine.dispose();
    interruptions.dispose();
  }
}

async function start(
  command: readonly string[],
  options: RunOptions,
  target: Target,
  { printer, released }: { readonly printer: JobPrinter; readonly released: AbortSignal },
  { now }: CommandContext,
): Promise<StartedJob | StartError> {
  try {
    return await startJob(
      {
        command,
        cwd: process.cwd(),
        inherited: process.env,
        options: options.targetOptions,
        hook: options.hook,
        every: options.every,
        out: options.out,
        ...options.rescue,
      },
      {
        target,
        hooks: path.join(__dirname, '..', 'hooks'),
        now,
        attachment: {
          // A terminal belongs to the group in front, which the job is not.
          stdin: process.stdin.isTTY ? 'ignore' : 'inherit',
          released,
          onOutput: (chunk, stream) => printer.jobOutput(chunk, stream),
        },
      },
    );
  } catch (error) {
    if (error instanceof StartError) {
      return error;
    }
    throw error;
  }
}

/** Ctrl-C is for the job: it is interrupted, asked to end and ended, at once where Ctrl-C is pressed again. */
function interrupter(target: Target, folder: string, printer: JobPrinter): (interruption: Interruption) => void {
  let hurry = (): void => undefined;
  let isStopping = false;
  return (interruption) => {
    if (isStopping) {
      hurry();
      return;
    }
    isStopping = true;
    void stopJob(target, folder, {
      reason: interruption === 'SIGINT' ? 'interrupted by Ctrl-C' : `asked to end by ${interruption}`,
      first: interruption === 'SIGINT' ? 'interrupt' : 'terminate',
      onSignal: (signal) => printer.stopping(signal),
      hurry: () =>
        new Promise((resolve) => {
          hurry = resolve;
        }),
    });
  };
}

/** Waits for the end of the job, and for what it has printed. */
async function untilOver(
  target: Target,
  { folder, record, passedOn }: StartedJob,
  printer: JobPrinter,
  { now }: CommandContext,
): Promise<JobRecord> {
  const following = new AbortController();
  const printed = passedOn ?? printAll(target.follow(record, folder, following.signal), printer);
  let detail: string | undefined;
  for (;;) {
    const job = await refreshJob(target, folder, now);
    if (!job) {
      throw new CliError(`${folder}: the record of the job has gone`);
    }
    if (job.seen.detail !== undefined && job.seen.detail !== detail) {
      detail = job.seen.detail;
      await printer.detail(detail);
    }
    if (isOver(job.record.state)) {
      await Promise.race([printed, delay(LAST_OUTPUT_MS, undefined, { ref: false })]);
      following.abort();
      return job.record;
    }
    await Promise.race([passedOn ?? delay(POLL_MS), delay(POLL_MS, undefined, { ref: passedOn === undefined })]);
  }
}

async function printAll(output: AsyncIterable<Uint8Array>, printer: JobPrinter): Promise<void> {
  for await (const chunk of output) {
    await printer.jobOutput(chunk, 'stdout');
  }
}

/** Tells of the findings of the job's runs while they are read. */
class JobNews {
  private readonly printer: JobPrinter;
  private readonly told = new Map<string, FindingNews>();
  private readonly listener;
  private queue: Promise<void> = Promise.resolve();

  constructor(engine: Engine, printer: JobPrinter) {
    this.printer = printer;
    const closed = new AbortController();
    this.listener = engine.onEvent((event) => {
      if (event.type !== 'runs-changed') {
        return;
      }
      for (const summary of event.changed.filter(({ format }) => format !== '')) {
        this.queue = this.queue.then(async () => {
          const report = await engine.report({ run: summary.id }, closed.signal).catch(() => undefined);
          await (report && this.update(summary, report));
        });
      }
    });
  }

  async update(run: { readonly id: string; readonly name: string }, report: RunReport): Promise<void> {
    const findings = this.told.get(run.id) ?? new FindingNews();
    this.told.set(run.id, findings);
    for (const change of findings.update(report.findings)) {
      await this.printer.news(run.name, report.steps?.last ?? null, change);
    }
  }

  /** Hears no more, and has told all that it heard. */
  async close(): Promise<void> {
    this.listener.dispose();
    await this.queue;
  }
}

function ownLogsOf({ folder, record }: StartedJob, { pattern }: RunOptions, { now }: CommandContext): OwnLogs {
  const since = record.started ?? record.created;
  return new OwnLogs({ cwd: record.cwd, folder, since, now, ...recogniserOf(pattern) });
}

/** Has the engine read what the job itself logs, until the signal is aborted. Never rejects: the final report tells all. */
async function openOwnLogs(own: OwnLogs, engine: Engine, signal: AbortSignal): Promise<void> {
  const opened = new Set<string>();
  while (!signal.aborted) {
    const began = performance.now();
    const found = await own.find(signal).catch(() => []);
    const files = found.flatMap(filesOf).filter((file) => !opened.has(file));
    files.forEach((file) => opened.add(file));
    if (files.length > 0) {
      await engine.open({ paths: files }, signal).catch(() => undefined);
    }
    const pause = Math.max(OWN_LOGS_PAUSE_MS, (performance.now() - began) * OWN_LOGS_REST);
    await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

function filesOf({ description }: DiscoveredRun): string[] {
  return description.lanes.flat().map((file) => file.path);
}

async function finalReport(
  folder: string,
  own: OwnLogs,
  { roles, pattern }: Omit<RunOptions, 'roles'> & { readonly roles: Awaited<ReturnType<typeof readRoles>> },
  { now }: CommandContext,
): Promise<DiagnosisReport> {
  const replay = { roles, ...recogniserOf(pattern), now, signal: new AbortController().signal };
  const discovered = await discoverOnce([folder], [], replay);
  const runs: RunReport[] = [];
  for (const one of [...discovered.runs, ...(await own.find(replay.signal))]) {
    runs.push((await replayRun(one, replay)).report);
  }
  return { version: 1, runs, unreadable: discovered.unreadable };
}

function exitCode({ exit, state }: JobRecord, runs: readonly RunReport[], failOn: Severity | 'never'): number {
  const own = exit?.code ?? (exit?.signal ? (SIGNAL_STATUS[exit.signal] ?? EXIT.findings) : undefined);
  const status = own ?? (state === 'finished' ? EXIT.done : EXIT.findings);
  const fails = runs.some(({ findings }) => findings.some(({ severity }) => reaches(severity, failOn)));
  return status === EXIT.done && fails ? EXIT.findings : status;
}
