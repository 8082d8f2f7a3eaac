import type { JsonValue } from '../model/json.js';

/** Where a job can run. Each has a folder or a file of its own and stands in the list of `targets.ts`. */
export const TARGET_NAMES = ['local', 'torchrun', 'slurm', 'ray'] as const;
export type TargetName = (typeof TARGET_NAMES)[number];

/**
 * `queued`: a scheduler has it. `running`, `paused`: its processes are there. `finished`: it ended with 0. `failed`: it
 * ended with another status, by a signal that nobody here sent, or could not be started. `stopped`: it ended because it
 * was asked to. `lost`: its processes are gone and nobody saw how they ended.
 */
export const JOB_STATES = ['queued', 'running', 'paused', 'finished', 'failed', 'stopped', 'lost'] as const;
export type JobState = (typeof JOB_STATES)[number];

const OVER: readonly JobState[] = ['finished', 'failed', 'stopped', 'lost'];

/** Whether nothing more will come of a job in this state. */
export function isOver(state: JobState): boolean {
  return OVER.includes(state);
}

/** How a job ended. */
export interface JobExit {
  /** As its parent saw it; null where a signal ended it, or nobody saw it end. */
  readonly code: number | null;
  /** "SIGKILL"; null where it ended by itself. */
  readonly signal: string | null;
  readonly cause: ExitCause;
  /** What is known of the cause, in words, for people; the last lines of a traceback for a crash. */
  readonly message: string;
}

/**
 * `ok`: status 0. `error`: another status. `out-of-memory`: the kernel or a control group killed it for its memory.
 * `gpu-out-of-memory`: it said so itself. `killed`: by a signal that nobody here sent. `asked`: it was asked to stop.
 * `not-started`: the command could not be started. `unseen`: nobody saw it end.
 */
export type ExitCause =
  'ok' | 'error' | 'out-of-memory' | 'gpu-out-of-memory' | 'killed' | 'asked' | 'not-started' | 'unseen';

/** Which checkpoint of which job another was started from, to save it. */
export interface RescuedFrom {
  /** Folder of the run in trouble, absolute. */
  readonly folder: string;
  /** Absolute; null where it starts from the beginning. */
  readonly checkpoint: string | null;
  /** The step that the checkpoint was taken at, where known. */
  readonly step: number | null;
  /** Ids of the fixes that were made for it, in the script, in the command or in a copy of the checkpoint. */
  readonly fixes?: readonly string[];
}

/**
 * What `job.json` of a run's folder says: enough to find the job again from another process, on another day, and to
 * start it anew. It is written when the job is launched and when its state changes for good, always as a whole; the
 * engine reads it as the run's settings, so that each writing costs reading the run once more.
 */
export interface JobRecord {
  /** Of this layout, and the mark by which such a file is known from any other `job.json`. */
  readonly evenkeelJob: 1;
  /** The name of the run's folder. */
  readonly name: string;
  readonly target: TargetName;
  /** The command as it was asked for. */
  readonly command: readonly string[];
  /** The command as it was started: with the launcher in front of it, for instance. */
  readonly launched: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** Variables that were set besides those that the job inherits, the hook's among them. */
  readonly environment: Readonly<Record<string, string>>;
  /** The target's own options, by their names on the command line: `{ "nproc": "4" }`. */
  readonly options: Readonly<Record<string, string>>;
  readonly hook: 'auto' | 'off';
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** Milliseconds since the epoch; null while it is queued. */
  readonly started: number | null;
  /** Milliseconds since the epoch; null until it has ended. */
  readonly ended: number | null;
  /** As of the last writing: {@link Target.state} says what it is now. */
  readonly state: JobState;
  readonly exit: JobExit | null;
  /** What the target needs to find the job again: processes with their start times, the number of a queue. */
  readonly handle: JsonValue;
  readonly rescuedFrom?: RescuedFrom;
}

/** Files of a run's folder. All are plain, so that they can be read over a shared file system. */
export const JOB_FILES = {
  /** The {@link JobRecord}. */
  record: 'job.json',
  /** What the job printed, both streams as they came; see `outputLog.ts` for its bounds. */
  output: 'output.log',
  /** The newest of what the job printed once {@link JOB_FILES.output} is full, and what came before that. */
  outputTail: 'output.tail',
  outputTailBefore: 'output.tail.before',
  /** Rows of the hook; `rank_N.jsonl` of each of several processes instead. */
  metrics: 'metrics.jsonl',
  /** Rows of the machine that the job runs on; `machine_N.jsonl` of each of several machines instead. */
  machine: 'machine.jsonl',
  /** What the hook is asked to do; its answer is in a file of the same name with `.answer` behind it. */
  control: 'control',
  /** There once somebody asked the job to stop: what ends then did not fail. */
  stopRequest: 'stop-request',
} as const;
