import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { messageOf } from '../base/errorMessage.js';
import { failure, ok } from '../base/result.js';
import type { Result } from '../base/result.js';
import type { ControlSignal } from './target.js';

/** A process that can't be taken for another of the same number: numbers are used again, with another start time. */
export type ProcessIdentity = {
  readonly pid: number;
  /** As the system writes it, only to be compared; "" where it does not say. */
  readonly began: string;
};

/** What the system says of a process right now. */
export interface ProcessLook {
  readonly began: string;
  readonly isPaused: boolean;
}

const TOOL_TIMEOUT_MS = 5000;

/** Undefined where no process has the number (a zombie counts as none). */
export async function lookAt(pid: number): Promise<ProcessLook | undefined> {
  switch (process.platform) {
    case 'linux':
      return lookInProc(pid);
    case 'win32':
      return lookByPowershell(pid);
    default:
      return lookByPs(pid);
  }
}

async function lookInProc(pid: number): Promise<ProcessLook | undefined> {
  const [stat, boot] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined),
    readFile('/proc/sys/kernel/random/boot_id', 'latin1').catch(() => ''),
  ]);
  // The name in parentheses may hold anything; state is the third field of proc(5), the start time the 22nd.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields?.[0];
  if (!fields || state === undefined || 'ZXx'.includes(state)) {
    return undefined;
  }
  return { began: `${boot.trim()}/${fields[19] ?? ''}`, isPaused: state === 'T' };
}

async function lookByPs(pid: number): Promise<ProcessLook | undefined> {
  const line = (await outputOf('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]))?.trim();
  const [state = '', ...began] = line ? line.split(/\s+/) : [];
  return state === '' || state.startsWith('Z')
    ? undefined
    : { began: began.join(' '), isPaused: state.startsWith('T') };
}

async function lookByPowershell(pid: number): Promise<ProcessLook | undefined> {
  const script = `(Get-Process -Id ${pid} -ErrorAction SilentlyContinue).StartTime.ToUniversalTime().Ticks`;
  const ticks = (await outputOf('powershell.exe', ['-NoProfile', '-NonInteractive', '-Command', script]))?.trim();
  return ticks ? { began: ticks, isPaused: false } : undefined;
}

function outputOf(program: string, words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, words, { timeout: TOOL_TIMEOUT_MS, env: { ...process.env, LC_ALL: 'C' } }, (error, output) =>
      resolve(error ? undefined : output),
    );
  });
}

/** The process as it is now, to be found again; undefined where there is none. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const look = await lookAt(pid);
  return look && { pid, began: look.began };
}

/** What the system says of the very process; undefined where it is gone, whatever has its number now. */
export async function lookAgain({ pid, began }: ProcessIdentity): Promise<ProcessLook | undefined> {
  const look = await lookAt(pid);
  return look && (began === '' || look.began === began) ? look : undefined;
}

/** How a platform does what is asked of all processes of a job: a signal to the group, a program, or not at all. */
export type SignalMeans =
  | { readonly kind: 'group'; readonly signal: NodeJS.Signals }
  | { readonly kind: 'program'; readonly command: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };

const GROUP_SIGNALS: Readonly<Record<ControlSignal, NodeJS.Signals>> = {
  interrupt: 'SIGINT',
  terminate: 'SIGTERM',
  kill: 'SIGKILL',
  pause: 'SIGSTOP',
  resume: 'SIGCONT',
};

/** @param leader the process that leads the job's group: on Windows, the root of its tree. */
export function meansOf(asked: ControlSignal, leader: number, platform = process.platform): SignalMeans {
  if (platform !== 'win32') {
    return { kind: 'group', signal: GROUP_SIGNALS[asked] };
  }
  const tree = ['/PID', String(leader), '/T'];
  switch (asked) {
    case 'interrupt':
    case 'terminate':
      // Windows delivers Ctrl-C within a console only, and the job has none of its own: it is asked to close instead.
      return { kind: 'program', command: ['taskkill.exe', ...tree] };
    case 'kill':
      return { kind: 'program', command: ['taskkill.exe', ...tree, '/F'] };
    case 'pause':
    case 'resume':
      return { kind: 'refused', reason: 'Windows has no signal that holds a process: stop the job instead' };
  }
}

/** Tells all processes of the group that a process leads. */
export async function tellGroup(leader: number, asked: ControlSignal): Promise<Result<void>> {
  const means = meansOf(asked, leader);
  switch (means.kind) {
    case 'refused':
      return failure(means.reason);
    case 'program':
      await outputOf(means.command[0] as string, means.command.slice(1));
      return ok(undefined);
    case 'group':
      return signalGroup(leader, means.signal);
  }
}

function signalGroup(leader: number, signal: NodeJS.Signals): Result<void> {
  try {
    process.kill(-leader, signal);
    return ok(undefined);
  } catch (error) {
    return failure(`process group ${leader}: ${messageOf(error)}`);
  }
}

/** Whether any process is left in the group. */
export function hasGroup(leader: number): boolean {
  if (process.platform === 'win32') {
    return false; // A tree whose root is gone can't be found.
  }
  try {
    process.kill(-leader, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
