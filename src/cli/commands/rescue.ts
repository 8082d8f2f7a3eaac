import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../base/errorMessage.js';
import type { SourceText } from '../../contract/engineProtocol.js';
import { describeFileError } from '../../engine/fileErrors.js';
import { GrammarFiles } from '../../engine/sources/grammarFiles.js';
import { discoverOnce, replayRun } from '../../engine/replay.js';
import { localPorts } from '../../engine/rescue/localPorts.js';
import { writeCopy } from '../../engine/rescue/momentumCopy.js';
import { composeRescue, planRescue, scriptOf } from '../../engine/rescue/rescue.js';
import type { Rescue, RescuePorts, RescueSubject } from '../../engine/rescue/rescue.js';
import { worstOf } from '../../engine/rescue/trouble.js';
import { readSourceFile } from '../../engine/sources/sourceFiles.js';
import type { Severity } from '../../model/finding.js';
import { withoutHook } from '../../runner/hookEnvironment.js';
import { readRecord } from '../../runner/jobFolder.js';
import { isOver, JOB_FILES } from '../../runner/jobRecord.js';
import type { JobRecord } from '../../runner/jobRecord.js';
import { refreshJob } from '../../runner/jobs.js';
import { targetsWith } from '../../runner/targets.js';
import { CliError, EXIT } from '../cliError.js';
import type { CommandContext } from '../console.js';
import { replayOptions } from '../replayOptions.js';
import { printRescue } from './rescueOutput.js';
import { run } from './run.js';
import { readSource } from './sources.js';

export interface RescueOptions {
  /** Ids; none: what the trouble suggests. "none" alone: no fix at all. */
  readonly fix: readonly string[];
  /** Makes the changes and starts the job; else they are shown only. */
  readonly apply: boolean;
  /** The checkpoint to go on from, in place of the one that is found. */
  readonly from?: string;
  /** The file with the training loop, where it is not the script that is run. */
  readonly source?: string;
  readonly out?: string;
  readonly format: 'text' | 'json';
  readonly failOn: Severity | 'never';
  readonly roles?: string;
  readonly pattern?: string;
}

const NO_FIX = 'none';

/** `evenkeel rescue`: shows how a run would be saved from its trouble, or saves it. */
export async function rescue(
  runFolder: string,
  command: readonly string[],
  options: RescueOptions,
  context: CommandContext,
): Promise<number> {
  const folder = path.resolve(runFolder);
  const record = await recordOf(folder, command, context);
  const ports = localPorts(new GrammarFiles(__dirname), context.signal);
  await checkIds(options.fix, ports);
  const plan = await planRescue(await subjectOf(folder, record, options, context), ports);
  const suggested = plan.measures.filter((one) => one.suggested).map(({ fix }) => fix);
  const asked = options.fix.length > 0 ? options.fix.filter((fix) => fix !== NO_FIX) : suggested;
  const composed = await composeRescue(plan, asked, ports);
  if (composed.refused.length > 0) {
    composed.refused.forEach(({ fix, reason }) => context.complain(`${fix}: ${reason}`));
    return EXIT.findings;
  }
  await printRescue(composed, asked, options, context);
  if (!options.apply) {
    return EXIT.done;
  }
  await refuseWhileItRuns(folder, record, context);
  await makeChanges(composed, ports);
  return relaunch(composed, options, context);
}

/** The record of a job; what a person says of a run that was not started by us makes one. */
async function recordOf(folder: string, command: readonly string[], { now }: CommandContext): Promise<JobRecord> {
  const known = await readRecord(folder);
  if (known) {
    return command.length > 0 ? { ...known, command } : known;
  }
  if (command.length === 0) {
    throw new CliError(
      `${folder}: holds no record of a job (${JOB_FILES.record}): name the folder of a run that evenkeel has started, or its command after --`,
    );
  }
  const times = await stat(folder).catch((error: unknown) => {
    throw new CliError(`${folder}: ${describeFileError(error)}`);
  });
  return {
    evenkeelJob: 1,
    name: path.basename(folder),
    target: 'local',
    command,
    launched: command,
    cwd: process.cwd(),
    environment: {},
    options: {},
    hook: 'auto',
    created: Math.min(times.birthtimeMs || now(), times.mtimeMs),
    started: null,
    ended: null,
    state: 'lost',
    exit: null,
    handle: null,
  };
}

async function checkIds(ids: readonly string[], { sources }: RescuePorts): Promise<void> {
  const known = await sources.fixes();
  const unknown = ids.find((id) => id !== NO_FIX && !known.some((fix) => fix.id === id));
  if (unknown !== undefined) {
    throw new CliError(`rescue: there is no fix "${unknown}": evenkeel fix --list names them`);
  }
}

async function subjectOf(
  folder: string,
  record: JobRecord,
  options: RescueOptions,
  context: CommandContext,
): Promise<RescueSubject> {
  const replay = await replayOptions(options, context);
  const { runs } = await discoverOnce([folder], [], replay);
  const findings = [];
  for (const one of runs) {
    const { report } = await replayRun(one, replay);
    findings.push(...report.findings.map((finding) => ({ ...finding, fixes: finding.fixes.map(({ id }) => id) })));
  }
  return {
    record,
    folder,
    trouble: worstOf(findings),
    ...(options.from === undefined ? {} : { checkpoint: await namedCheckpoint(options.from) }),
    source: await sourceOf(record, options.source),
  };
}

async function namedCheckpoint(named: string): Promise<string> {
  const file = path.resolve(named);
  await stat(file).catch((error: unknown) => {
    throw new CliError(`${file}: ${describeFileError(error)}`);
  });
  return file;
}

/** A named file has to be there; the script of the command is read where it can be. */
async function sourceOf(record: JobRecord, named: string | undefined): Promise<SourceText | undefined> {
  if (named !== undefined) {
    return readSource(path.resolve(named));
  }
  const script = scriptOf(record);
  return script === undefined ? undefined : readSourceFile(script).catch(() => undefined);
}

async function refuseWhileItRuns(folder: string, { target }: JobRecord, { now }: CommandContext): Promise<void> {
  const job = await refreshJob(targetsWith([])[target], folder, now);
  if (job && !isOver(job.seen.state)) {
    throw new CliError(`${folder}: the job still runs: stop it first, then rescue it`);
  }
}

/** The copy first: it is the one that may fail, and nothing is changed then. */
async function makeChanges({ plan: { subject }, copy, edited }: Rescue, { checkpoints }: RescuePorts): Promise<void> {
  const { source } = subject;
  if (source && edited !== undefined && (await readFile(source.path, 'utf8')) !== source.text) {
    throw new CliError(`${source.path}: was changed meanwhile: rescue the run again`);
  }
  try {
    await (copy && writeCopy(copy, checkpoints));
  } catch (error) {
    throw new CliError(`${copy?.checkpoint ?? ''}: ${messageOf(error)}`);
  }
  if (source && edited !== undefined) {
    await writeFile(source.path, edited).catch((error: unknown) => {
      throw new CliError(`${source.path}: ${describeFileError(error)}`);
    });
  }
}

function relaunch(composed: Rescue, options: RescueOptions, context: CommandContext): Promise<number> {
  const { record } = composed.plan.subject;
  const every = Number(record.environment['EVENKEEL_EVERY']);
  const { out, roles, pattern, format, failOn } = options;
  return run(
    composed.command,
    {
      target: record.target,
      hook: record.hook,
      ...(every > 0 ? { every } : {}),
      ...(out === undefined ? {} : { out: path.resolve(out) }),
      failOn,
      format,
      ...(roles === undefined ? {} : { roles }),
      ...(pattern === undefined ? {} : { pattern }),
      targetOptions: record.options,
      rescue: { cwd: record.cwd, environment: withoutHook(record.environment), rescuedFrom: composed.from },
    },
    context,
  );
}
