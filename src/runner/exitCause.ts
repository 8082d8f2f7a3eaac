import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { JobExit } from './jobRecord.js';

/** What is known when a job's process has ended. */
export interface SeenEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it was asked to stop; undefined where nobody asked. */
  readonly stopRequest: string | undefined;
  /** The last that it printed, both streams. */
  readonly lastOutput: string;
  /** Processes that the kernel has killed for want of memory since the job began; undefined where it does not say. */
  readonly memoryKills: number | undefined;
}

/** Said by frameworks when a device has no memory left. */
const GPU_MEMORY =
  /(?:CUDA|HIP|XPU|MPS backend) out of memory|CUDA error: out of memory|OutOfMemoryError: (?:CUDA|HIP|XPU)|CUDNN_STATUS_ALLOC_FAILED|RESOURCE_EXHAUSTED: (?:Out of memory|OOM)|OOM when allocating tensor/;
/** Said where the machine's own memory could not be had. */
const HOST_MEMORY =
  /^MemoryError\b|DefaultCPUAllocator: (?:can't|not enough memory)|Unable to allocate [\d.]+ [KMGT]iB|JavaScript heap out of memory|Cannot allocate memory|std::bad_alloc|DataLoader worker \(pid[^)]*\) is killed by signal: Killed/m;

/** A shell, and most launchers, end with 128 and the signal's number for a process that a signal ended. */
const SIGKILL_STATUS = 137;

/** Says how a job ended and, as far as that can be told, why. */
export function exitOf(seen: SeenEnd): JobExit {
  const { code, signal, stopRequest } = seen;
  if (stopRequest !== undefined) {
    return { code, signal, cause: 'asked', message: stopRequest };
  }
  if (code === 0) {
    return { code, signal, cause: 'ok', message: '' };
  }
  return { code, signal, ...causeOf(seen) };
}

function causeOf({ code, signal, lastOutput, memoryKills = 0 }: SeenEnd): Pick<JobExit, 'cause' | 'message'> {
  const text = stripVTControlCharacters(lastOutput);
  const wasKilled = signal === 'SIGKILL' || code === SIGKILL_STATUS;
  const complaint = lastError(text);
  if (GPU_MEMORY.test(text)) {
    return { cause: 'gpu-out-of-memory', message: complaint };
  }
  if (HOST_MEMORY.test(text)) {
    return { cause: 'out-of-memory', message: complaint };
  }
  if (wasKilled && memoryKills > 0) {
    return {
      cause: 'out-of-memory',
      message: 'the kernel killed it: the memory of the machine, or what the job was given of it, was used up',
    };
  }
  if (wasKilled) {
    const how = signal ? `killed by ${signal}` : `ended with status ${code}, as after SIGKILL`;
    return {
      cause: 'killed',
      message: `${how}, which nobody asked for here: mostly it is out of memory, or over a limit of the cluster`,
    };
  }
  if (signal) {
    return { cause: 'killed', message: [`ended by ${signal}`, complaint].filter(Boolean).join('\n') };
  }
  return { cause: 'error', message: complaint };
}

/** Lines of a traceback that are shown: its last frames and the error. */
const SHOWN_LINES = 12;
/** Without a traceback nobody knows which line matters: the last ones. */
const SHOWN_LAST_LINES = 5;
const RANK_PREFIX = /^\[(?:rank)?\d+\]:? ?/;

/** The error that a program ended with, out of the last that it printed: the end of its last traceback. */
export function lastError(text: string): string {
  const lines = text.split(/\r?\n/).map((line) => (line.split('\r').at(-1) ?? '').replace(RANK_PREFIX, '').trimEnd());
  const python = pythonError(lines);
  const shown = python ?? nodeError(lines) ?? lines.filter((line) => line !== '').slice(-SHOWN_LAST_LINES);
  return shown.join('\n');
}

function pythonError(lines: readonly string[]): readonly string[] | undefined {
  const start = lines.findLastIndex((line) => line.startsWith('Traceback (most recent call last)'));
  if (start < 0) {
    return undefined;
  }
  const length = lines.slice(start + 1).findIndex((line) => line !== '' && !/^\s/.test(line));
  const error = length < 0 ? lines.length : start + 1 + length;
  const frames = lines.slice(start + 1, error);
  // What follows the error's own line up to a blank one still belongs to its message.
  const rest = lines.slice(error);
  const end = rest.indexOf('');
  const message = (end < 0 ? rest : rest.slice(0, end)).slice(0, SHOWN_LINES / 2);
  return [...frames.slice(message.length - SHOWN_LINES), ...message];
}

function nodeError(lines: readonly string[]): readonly string[] | undefined {
  const frame = lines.findLastIndex((line) => /^\s+at .+/.test(line));
  const first = lines
    .slice(0, frame + 1)
    .findLastIndex((line) => /^(?:Uncaught )?[\w$]*(?:Error|Exception)\b.*:/.test(line));
  return frame < 0 || first < 0 ? undefined : lines.slice(first, Math.min(frame + 1, first + SHOWN_LINES));
}

/** Processes that the kernel has killed for want of memory in the control group that we are in, or on the machine. */
export async function memoryKillsSoFar(): Promise<number | undefined> {
  const groups = await readFile('/proc/self/cgroup', 'utf8').catch(() => '');
  for (const line of groups.split('\n')) {
    const [, controllers, group] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (group !== undefined && controllers === '') {
      const count = await counterIn(path.join('/sys/fs/cgroup', group, 'memory.events'));
      if (count !== undefined) {
        return count;
      }
    } else if (group !== undefined && controllers?.split(',').includes('memory')) {
      const count = await counterIn(path.join('/sys/fs/cgroup/memory', group, 'memory.oom_control'));
      if (count !== undefined) {
        return count;
      }
    }
  }
  return counterIn('/proc/vmstat');
}

async function counterIn(file: string): Promise<number | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const digits = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
