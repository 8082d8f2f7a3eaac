import { stripVTControlCharacters } from 'node:util';
import type { JobExit } from './jobRecord.js';
import type { MemoryReading } from './telemetry/lastReading.js';
import { outOfMemory } from './telemetry/outOfMemory.js';

/** What is known when a job's process has ended. */
export interface SeenEnd {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why it was asked to stop; undefined where nobody asked. */
  readonly stopRequest: string | undefined;
  /** The last that it printed, both streams. */
  readonly lastOutput: string;
  /** Processes that the kernel killed for want of memory while it ran; 0 where unknown. */
  readonly kills: number;
  /** How full memory was when it was looked at last; undefined where that is not known. */
  readonly memory?: MemoryReading | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: number;
}

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

function causeOf(seen: SeenEnd): Pick<JobExit, 'cause' | 'message'> {
  const { code, signal, lastOutput, kills } = seen;
  const text = stripVTControlCharacters(lastOutput);
  const complaint = lastError(text);
  const memory = outOfMemory({ code, signal, lastOutput: text, kills });
  if (memory) {
    return { cause: memory.cause, message: [complaint, memory.message].filter(Boolean).join('\n') };
  }
  if (signal === 'SIGKILL' || code === SIGKILL_STATUS) {
    const how = signal ? `killed by ${signal}` : `ended with status ${code}, as after SIGKILL`;
    return { cause: 'killed', message: `${how}, which nobody asked for here: ${guess(seen)}` };
  }
  if (signal) {
    return { cause: 'killed', message: [`ended by ${signal}`, complaint].filter(Boolean).join('\n') };
  }
  return { cause: 'error', message: complaint };
}

/** Memory that is as full as this may run out before the next look. */
const NEARLY_FULL = 0.9;

/** What nobody saw is not claimed: how full memory was says which of the usual reasons is the likely one. */
function guess({ memory, now = 0 }: SeenEnd): string {
  if (!memory) {
    return 'as a rule the machine was out of memory, or a limit was reached';
  }
  const where = memory.of === 'group' ? "its control group's memory" : "the machine's memory";
  const age = Math.max(0, Math.round((now - memory.time) / 1000));
  const seen = `${where} was at ${Math.round(100 * memory.share)} % ${age} s before`;
  return memory.share >= NEARLY_FULL
    ? `${seen}, so that it may well have run out`
    : `${seen}, so that a limit, or somebody else, is as likely as want of memory`;
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
