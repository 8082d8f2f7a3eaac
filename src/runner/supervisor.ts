import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setImmediate as aTurn, setTimeout as delay } from 'node:timers/promises';
import { exitOf } from './exitCause.js';
import { codeOf, readRecord, stopRequestOf, updateRecord } from './jobFolder.js';
import type { JobExit, JobRecord, JobState } from './jobRecord.js';
import type { LocalHandle } from './local.js';
import { OutputLog } from './outputLog.js';
import type { OutputBounds } from './outputLog.js';
import { hasGroup, identify, tellGroup } from './processes.js';
import { KillWatch } from './telemetry/host/killWatch.js';
import { lastMemoryReading } from './telemetry/lastReading.js';

/** Bytes of the newest output that are looked at for the last error. */
const REMEMBERED_BYTES = 64 * 1024;
/** A job that has ended leaves nothing in its pipes once they have been silent for so long. */
const SILENT_MS = 1000;
/** Its end is told by then: a process that it left behind may keep the pipes open, and print, for ever. */
const DRAIN_MS = 20_000;
/** How a job ended is told by then, whatever its companion still waits for. */
const FAREWELL_MS = 3000;
/** Processes of a job that was asked to stop get this long after its first has ended, and again after being asked. */
const REMAINDER_MS = 5000;

/** Said on the command line after the run's folder when the job's streams are passed on. */
export const ECHO = '--echo';

/** What the supervisor tells whoever started it: the job runs, or why it does not. */
export type SupervisorMessage = { readonly handle: LocalHandle } | { readonly failed: string };

export interface SupervisorOptions {
  /** Where the job's streams are passed on to besides the log. */
  readonly echo?: { readonly stdout: Writable; readonly stderr: Writable };
  readonly bounds?: OutputBounds;
  /** Told once. */
  readonly report: (message: SupervisorMessage) => void;
  /** Stays for as long as the job runs, and sees its processes. @returns what ends it. */
  readonly accompany?: (folder: string, pid: number) => () => Promise<void>;
}

/**
 * Owns one job: starts it in a process group of its own, keeps what it prints, and records how it ended. It runs in a
 * process of its own, so that neither a reloaded window nor a closed terminal takes the job with it.
 */
export async function supervise(folder: string, options: SupervisorOptions): Promise<void> {
  const record = await readRecord(folder);
  if (!record) {
    options.report({ failed: `${folder}: has no record of a job` });
    return;
  }
  const kills = await KillWatch.start();
  const log = new OutputLog(folder, options.bounds);
  const child = start(record);
  const failure = await failureToStart(child);
  if (failure !== undefined || child.pid === undefined) {
    log.close();
    await finish(folder, 'failed', notStarted(record, failure));
    options.report({ failed: describeStart(record, failure) });
    return;
  }
  const memory = new LastOutput(REMEMBERED_BYTES);
  const output = keepOutput(child, log, memory, options);
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const handle = await handleOf(child.pid);
  await updateRecord(folder, (before) => ({ ...before, state: 'running', started: Date.now(), handle }));
  const farewell = options.accompany?.(folder, child.pid);
  options.report({ handle });
  const [code, signal] = await ended;
  await Promise.race([output.drained, silence(output), delay(DRAIN_MS, undefined, { ref: false })]);
  const exit = exitOf({
    code,
    signal,
    stopRequest: await stopRequestOf(folder),
    lastOutput: memory.text,
    kills: await kills.stop(),
    memory: await lastMemoryReading(folder),
    now: Date.now(),
  });
  await Promise.race([farewell?.(), delay(FAREWELL_MS, undefined, { ref: false })]);
  await finish(folder, exit.cause === 'ok' ? 'finished' : exit.cause === 'asked' ? 'stopped' : 'failed', exit);
  if (exit.cause === 'asked') {
    await endRemainder(child.pid);
  }
  await output.drained; // What the job left behind may still print: nobody must find its pipe broken.
  log.close();
}

function start({ launched, cwd, environment }: JobRecord): ChildProcess {
  const [program = '', ...words] = launched;
  return spawn(program, words, {
    cwd,
    env: { ...jobEnvironment(), ...environment },
    stdio: ['inherit', 'pipe', 'pipe'],
    detached: process.platform !== 'win32', // A group of its own, so that all of it can be told at once.
    windowsHide: true,
  });
}

/** What makes a program of the editor run as Node is not for the job. */
function jobEnvironment(): NodeJS.ProcessEnv {
  const { ELECTRON_RUN_AS_NODE: _, NODE_CHANNEL_FD: __, NODE_CHANNEL_SERIALIZATION_MODE: ___, ...rest } = process.env;
  return rest;
}

async function failureToStart(child: ChildProcess): Promise<string | undefined> {
  try {
    await once(child, 'spawn');
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

function notStarted(record: JobRecord, failure: string | undefined): JobExit {
  // As shells have it: 127 for a command that is not there, 126 for one that can't be run.
  const code = failure === 'ENOENT' ? 127 : 126;
  return { code, signal: null, cause: 'not-started', message: describeStart(record, failure) };
}

function describeStart({ launched, cwd }: JobRecord, failure = ''): string {
  const program = launched[0] ?? '';
  switch (failure) {
    case 'ENOENT':
      return `${program}: no such program (or no folder ${cwd}): check the command and PATH`;
    case 'EACCES':
      return `${program}: not allowed to run it: make it executable, or put its interpreter in front`;
    case 'E2BIG':
      return `${program}: arguments and environment are longer than the system allows`;
    default:
      return `${program}: could not be started (${failure})`;
  }
}

async function handleOf(pid: number): Promise<LocalHandle> {
  const [supervisor, job] = await Promise.all([identify(process.pid), identify(pid)]);
  return { supervisor: supervisor ?? { pid: process.pid, began: '' }, job: job ?? { pid, began: '' } };
}

async function finish(folder: string, state: JobState, exit: JobExit): Promise<void> {
  await updateRecord(folder, (before) => ({ ...before, state, ended: Date.now(), exit }));
}

/** Those that a stopped job left behind are asked to end, then ended. */
async function endRemainder(leader: number): Promise<void> {
  for (const asked of ['terminate', 'kill'] as const) {
    for (let waited = 0; waited < REMAINDER_MS && hasGroup(leader); waited += 100) {
      await delay(100);
    }
    if (!hasGroup(leader)) {
      return;
    }
    await tellGroup(leader, asked);
  }
}

interface KeptOutput {
  /** Settles when both streams have come to their end. */
  readonly drained: Promise<unknown>;
  /** How many pieces have been taken in. */
  readonly pieces: () => number;
  /** Whether whoever listens has yet to take a piece: more may wait behind it. */
  readonly isPassingOn: () => boolean;
}

function keepOutput(child: ChildProcess, log: OutputLog, memory: LastOutput, { echo }: SupervisorOptions): KeptOutput {
  let [pieces, passingOn] = [0, 0];
  const streams = [
    { stream: child.stdout, echoed: echo && new Echo(echo.stdout) },
    { stream: child.stderr, echoed: echo && new Echo(echo.stderr) },
  ];
  const drained = Promise.all(
    streams.map(async ({ stream, echoed }) => {
      for await (const chunk of (stream ?? []) as AsyncIterable<Buffer>) {
        log.write(chunk);
        memory.add(chunk);
        pieces++;
        passingOn++;
        await echoed?.write(chunk);
        passingOn--;
      }
    }),
  );
  return { drained, pieces: () => pieces, isPassingOn: () => passingOn > 0 };
}

/** When nothing has come for a while: on a busy machine, or where its reader is slow, much is still on its way. */
async function silence({ pieces, isPassingOn }: KeptOutput): Promise<void> {
  for (let seen = -1; seen !== pieces() || isPassingOn();) {
    seen = pieces();
    await delay(SILENT_MS, undefined, { ref: false });
    await aTurn(); // Who was not let run for that long looks at the pipes once before it believes them empty.
  }
}

/** A stream that may go away, as a terminal does that is closed: the job goes on without it. */
class Echo {
  private readonly stream: Writable;
  private isGone = false;

  constructor(stream: Writable) {
    this.stream = stream;
    stream.on('error', () => {
      this.isGone = true;
    });
  }

  async write(chunk: Buffer): Promise<void> {
    if (!this.isGone && !this.stream.write(chunk)) {
      const over = new AbortController();
      const events = ['drain', 'close'].map((event) => once(this.stream, event, { signal: over.signal }));
      await Promise.race(events).catch(() => undefined);
      over.abort(); // Takes the listener for the other event away.
    }
  }
}

/** The newest of what was added. */
class LastOutput {
  private readonly limit: number;
  private chunks: Buffer[] = [];
  private bytes = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  get text(): string {
    return Buffer.concat(this.chunks).subarray(-this.limit).toString('utf8');
  }

  add(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    while (this.bytes - (this.chunks[0]?.length ?? 0) >= this.limit) {
      this.bytes -= this.chunks.shift()?.length ?? 0;
    }
  }
}
