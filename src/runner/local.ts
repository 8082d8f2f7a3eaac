import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { failure, ok } from '../base/result.js';
import type { Result } from '../base/result.js';
import { readRecord } from './jobFolder.js';
import { isOver } from './jobRecord.js';
import type { JobExit, JobRecord, TargetName } from './jobRecord.js';
import { followOutput } from './outputLog.js';
import { lookAgain, tellGroup } from './processes.js';
import type { ProcessIdentity } from './processes.js';
import { ECHO } from './supervisor.js';
import type { SupervisorMessage } from './supervisor.js';
import type {
  Attachment,
  ControlSignal,
  LaunchedJob,
  ObservedState,
  PreparedJob,
  Target,
  JobRequest,
} from './target.js';

/** How a local job is found again. */
export type LocalHandle = {
  readonly supervisor: ProcessIdentity;
  /** Leads the group of all processes of the job. */
  readonly job: ProcessIdentity;
};

/** A supervisor that is gone may have been about to write how its job ended. */
const LAST_WORD_MS = 300;
/** Longest wait for a job to be seen held or let go, and the pause between two looks at it. */
const TAKEN_MS = 2000;
const TAKEN_LOOK_MS = 10;

/** Jobs on this machine, each owned by a small process of ours that outlives whoever started it. */
export class LocalTarget implements Target {
  readonly name: TargetName = 'local';
  private readonly supervisor: readonly string[];

  /** @param supervisor what Node is given to run `supervisorMain`: the path of its bundle. */
  constructor(supervisor: readonly string[]) {
    this.supervisor = supervisor;
  }

  unavailable(): Promise<string | undefined> {
    return Promise.resolve(undefined);
  }

  prepare(request: JobRequest): Promise<Result<PreparedJob>> {
    const { command, environment } = request;
    return Promise.resolve(
      command.length === 0 ? failure('name a command to run') : ok({ request, command, environment, notes: [] }),
    );
  }

  async launch({ request }: PreparedJob, attachment?: Attachment): Promise<LaunchedJob> {
    const echo = attachment ? 'pipe' : 'ignore';
    const child = spawn(process.execPath, [...this.supervisor, request.folder, ...(attachment ? [ECHO] : [])], {
      cwd: request.cwd,
      env: { ...request.inherited, ...AS_NODE },
      stdio: [attachment?.stdin ?? 'ignore', echo, echo, 'ipc'],
      detached: true,
      windowsHide: true,
    });
    const handle = await handleFrom(child, request.folder);
    child.unref();
    return {
      handle,
      state: 'running',
      ...(attachment ? { passedOn: passOn(child, attachment) } : {}),
    };
  }

  async state(record: JobRecord, folder: string): Promise<ObservedState> {
    const handle = handleOf(record);
    if (isOver(record.state) || !handle) {
      return asRecorded(record);
    }
    const [supervisor, job] = await Promise.all([lookAgain(handle.supervisor), lookAgain(handle.job)]);
    if (job) {
      return { state: job.isPaused ? 'paused' : 'running' };
    }
    // The supervisor writes how it ended before it goes.
    await delay(supervisor ? 0 : LAST_WORD_MS);
    const now = (await readRecord(folder)) ?? record;
    return supervisor || isOver(now.state) ? asRecorded(now) : { state: 'lost', exit: UNSEEN };
  }

  async signal(record: JobRecord, folder: string, signal: ControlSignal): Promise<Result<void>> {
    const handle = handleOf(record);
    const { state } = await this.state(record, folder);
    if (!handle || isOver(state)) {
      return failure(`${record.name}: is over (${state})`);
    }
    const told = await tellGroup(handle.job.pid, signal);
    if (told.ok && (signal === 'pause' || signal === 'resume')) {
      await heldOrLetGo(handle.job, signal === 'pause');
    }
    return told;
  }

  follow(record: JobRecord, folder: string, abort: AbortSignal): AsyncIterable<Uint8Array> {
    const hasEnded = async (): Promise<boolean> => {
      const now = (await readRecord(folder)) ?? record;
      return isOver((await this.state(now, folder)).state);
    };
    return followOutput(folder, hasEnded, abort);
  }
}

/** Makes the editor's own program run as Node; nothing to Node itself. */
const AS_NODE = { ELECTRON_RUN_AS_NODE: '1' };

const UNSEEN: JobExit = {
  code: null,
  signal: null,
  cause: 'unseen',
  message: 'its processes are gone, and so is the one that watched over them: nobody saw how it ended',
};

function asRecorded({ state, exit }: JobRecord): ObservedState {
  return { state, ...(exit ? { exit } : {}) };
}

function handleOf({ handle }: JobRecord): LocalHandle | undefined {
  const value = handle as Partial<LocalHandle> | null;
  return value?.supervisor && value.job ? { supervisor: value.supervisor, job: value.job } : undefined;
}

/** A process takes a signal when it next gets the processor: who asks for its state right away is told the old one. */
async function heldOrLetGo(job: ProcessIdentity, isPaused: boolean): Promise<void> {
  const deadline = performance.now() + TAKEN_MS;
  while ((await lookAgain(job))?.isPaused === !isPaused && performance.now() < deadline) {
    await delay(TAKEN_LOOK_MS);
  }
}

async function handleFrom(child: ChildProcess, folder: string): Promise<LocalHandle> {
  const gone = once(child, 'exit').then(() => ({
    failed: `${folder}: the process that was to watch over the job ended`,
  }));
  const told = once(child, 'message').then(([message]) => message as SupervisorMessage);
  const message = await Promise.race([told, gone]);
  if ('failed' in message) {
    throw new Error(message.failed);
  }
  return message.handle;
}

async function passOn({ stdout, stderr }: ChildProcess, { onOutput, released }: Attachment): Promise<void> {
  released.addEventListener('abort', () => [stdout, stderr].forEach((stream) => stream?.destroy()), { once: true });
  const pass = async (stream: Readable | null, name: 'stdout' | 'stderr'): Promise<void> => {
    for await (const chunk of (stream ?? []) as AsyncIterable<Uint8Array>) {
      await onOutput(chunk, name);
    }
  };
  // Streams that are given up end with an error.
  await Promise.allSettled([pass(stdout, 'stdout'), pass(stderr, 'stderr')]);
}
