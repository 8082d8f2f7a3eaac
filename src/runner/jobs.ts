import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../base/errorMessage.js';
import { failure, ok } from '../base/result.js';
import type { Result } from '../base/result.js';
import path from 'node:path';
import { hookEnvironment, keepHookInCommand, whyNoHook } from './hookEnvironment.js';
import { makeNodeFolder, makeRunFolder, noteStopRequest, readRecord, updateRecord, writeRecord } from './jobFolder.js';
import type { MadeFolder } from './jobFolder.js';
import { isOver } from './jobRecord.js';
import type { JobRecord, RescuedFrom } from './jobRecord.js';
import type { Attachment, ControlSignal, LaunchedJob, ObservedState, Target } from './target.js';

/** What a person asks for when they start a job. */
export interface JobWish {
  readonly command: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** Set besides what the job inherits, before the hook's. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly inherited: Readonly<Record<string, string | undefined>>;
  readonly options?: Readonly<Record<string, string>>;
  readonly hook: 'auto' | 'off';
  /** Steps from one sampled step to the next; undefined lets the hook's budget decide. */
  readonly every?: number | undefined;
  /** The run's own folder; undefined: a new one in `runs`. */
  readonly out?: string | undefined;
  /** The folder that new runs are made in, absolute or relative to `cwd`. */
  readonly runs?: string;
  readonly rescuedFrom?: RescuedFrom;
}

/** What a job is started with besides the wish. */
export interface JobPlace {
  /** The folder `hooks` as it ships, absolute. */
  readonly hooks: string;
  readonly target: Target;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly attachment?: Attachment;
}

export interface StartedJob extends Pick<LaunchedJob, 'passedOn'> {
  readonly folder: string;
  readonly record: JobRecord;
  /** What a person should know, a line each. */
  readonly notes: readonly string[];
}

/** A job that could not be started. Its folder, with the record that says why, stays where it got that far. */
export class StartError extends Error {
  /** As a shell would give it. */
  readonly exitCode: number | undefined;

  constructor(message: string, exitCode?: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Starts a job, watched by the hook unless that is off. Rejects with a {@link StartError} in words. */
export async function startJob(wish: JobWish, place: JobPlace): Promise<StartedJob> {
  const { target, hooks, now } = place;
  const unavailable = await target.unavailable();
  if (unavailable !== undefined) {
    throw new StartError(unavailable);
  }
  const made = await placeOf(wish, target, now()).catch((error: unknown) => {
    throw new StartError(messageOf(error));
  });
  const { folder, shared = folder } = made;
  const inherited = { ...wish.inherited, ...wish.environment };
  const environment = {
    ...wish.environment,
    ...hookEnvironment({ hooks, mode: wish.hook, every: wish.every, folder: shared, inherited }),
  };
  const prepared = await target.prepare({
    command: wish.hook === 'auto' ? keepHookInCommand(wish.command, hooks) : wish.command,
    cwd: wish.cwd,
    folder,
    environment,
    inherited: wish.inherited,
    options: wish.options ?? {},
  });
  if (!prepared.ok) {
    throw new StartError(prepared.error);
  }
  const job = prepared.value;
  await writeRecord(folder, {
    evenkeelJob: 1,
    name: path.basename(folder),
    target: target.name,
    command: wish.command,
    launched: job.command,
    cwd: wish.cwd,
    environment: job.environment,
    options: wish.options ?? {},
    hook: wish.hook,
    created: now(),
    started: null,
    ended: null,
    state: 'queued',
    exit: null,
    handle: null,
    ...(wish.rescuedFrom ? { rescuedFrom: wish.rescuedFrom } : {}),
  });
  const launched = await launch(job, folder, place);
  const record = await updateRecord(folder, (before) => withHandle(before, launched, now()));
  const noHook = wish.hook === 'auto' ? whyNoHook(wish.command) : undefined;
  return {
    folder,
    record: record ?? fail(`${folder}: its record has gone`),
    notes: [...(made.note ? [made.note] : []), ...job.notes, ...(noHook ? [noHook] : [])],
    ...(launched.passedOn ? { passedOn: launched.passedOn } : {}),
  };
}

interface Place extends MadeFolder {
  /** The folder of the run where that is not the job's own: what the hook writes goes there. */
  readonly shared?: string;
}

/** A folder of its own; for a further machine of a run, one within the folder of the run. */
async function placeOf(wish: JobWish, target: Target, now: number): Promise<Place> {
  const shared = wish.out === undefined ? undefined : path.resolve(wish.cwd, wish.out);
  const machine = shared === undefined ? undefined : await target.furtherMachine?.(wish.options ?? {}, shared);
  return shared === undefined || machine === undefined
    ? makeRunFolder({ ...wish, now })
    : { folder: await makeNodeFolder(shared, machine.rank), shared };
}

async function launch(
  job: Parameters<Target['launch']>[0],
  folder: string,
  { target, now, attachment }: JobPlace,
): Promise<LaunchedJob> {
  try {
    return await target.launch(job, attachment);
  } catch (error) {
    const message = messageOf(error);
    const record = await updateRecord(folder, (before) =>
      isOver(before.state)
        ? before
        : {
            ...before,
            state: 'failed',
            ended: now(),
            exit: { code: null, signal: null, cause: 'not-started', message },
          },
    );
    throw new StartError(message, record?.exit?.code ?? undefined);
  }
}

/** A target whose jobs have somebody that writes their record has written it before we come. */
function withHandle(record: JobRecord, { handle, state }: LaunchedJob, now: number): JobRecord {
  return record.handle === null && !isOver(record.state)
    ? { ...record, handle, state, started: state === 'running' ? now : null }
    : record;
}

/** What has become of a job. Where nobody watches over it to its end, what is seen now is written down. */
export async function refreshJob(
  target: Target,
  folder: string,
  now: () => number,
): Promise<{ readonly record: JobRecord; readonly seen: ObservedState } | undefined> {
  const record = await readRecord(folder);
  if (!record) {
    return undefined;
  }
  const seen = await target.state(record, folder);
  if (isOver(record.state) || seen.state === record.state || seen.state === 'paused') {
    return { record, seen };
  }
  const after = await updateRecord(folder, (before) => (isOver(before.state) ? before : withSeen(before, seen, now())));
  return { record: after ?? record, seen };
}

function withSeen(record: JobRecord, { state, exit }: ObservedState, now: number): JobRecord {
  return isOver(state)
    ? { ...record, state, exit: exit ?? null, ended: now }
    : { ...record, state, started: record.started ?? (state === 'running' ? now : null) };
}

/** How long a job gets to end after each thing that it is told, in milliseconds. */
export interface StopWaits {
  readonly interrupt: number;
  readonly terminate: number;
}

/** Frameworks write a last checkpoint when they are interrupted, which takes its time. */
export const STOP_WAITS: StopWaits = { interrupt: 15_000, terminate: 10_000 };
const STATE_POLL_MS = 100;

export interface StopOptions {
  /** Why, in words: what the record says of its end. */
  readonly reason: string;
  readonly waits?: StopWaits;
  /** What it is told first. */
  readonly first?: Extract<ControlSignal, 'interrupt' | 'terminate' | 'kill'>;
  /** Told before each signal. */
  readonly onSignal?: (signal: ControlSignal) => void;
  /** Aborted when the job shall be told the next thing at once. */
  readonly hurry?: () => Promise<void>;
}

const STOP_SIGNALS = ['interrupt', 'terminate', 'kill'] as const;

/** Stops a job: it is interrupted as by Ctrl-C, then asked to end, then ended, with waits between. */
export async function stopJob(target: Target, folder: string, options: StopOptions): Promise<Result<void>> {
  const { reason, waits = STOP_WAITS, first = 'interrupt', onSignal, hurry } = options;
  await noteStopRequest(folder, reason);
  for (const signal of STOP_SIGNALS.slice(STOP_SIGNALS.indexOf(first))) {
    const record = await readRecord(folder);
    if (!record) {
      return failure(`${folder}: has no record of a job`);
    }
    const { state } = await target.state(record, folder);
    if (isOver(state)) {
      return ok(undefined);
    }
    onSignal?.(signal);
    const told = await target.signal(record, folder, signal);
    if (!told.ok && signal === 'kill') {
      return told;
    }
    if (state === 'paused') {
      await target.signal(record, folder, 'resume'); // It hears nothing else while it is held.
    }
    const patience = signal === 'interrupt' ? waits.interrupt : waits.terminate;
    const isDone = await Promise.race([
      endsWithin(target, folder, patience),
      ...(hurry ? [hurry().then(() => false)] : []),
    ]);
    if (isDone) {
      return ok(undefined);
    }
  }
  return failure(`${path.basename(folder)}: could not be ended`);
}

async function endsWithin(target: Target, folder: string, milliseconds: number): Promise<boolean> {
  for (const began = performance.now(); performance.now() - began < milliseconds;) {
    const record = await readRecord(folder);
    if (!record || isOver((await target.state(record, folder)).state)) {
      return true;
    }
    await delay(STATE_POLL_MS);
  }
  return false;
}

function fail(message: string): never {
  throw new StartError(message);
}
