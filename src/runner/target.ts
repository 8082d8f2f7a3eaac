import type { Result } from '../base/result.js';
import type { JsonValue } from '../model/json.js';
import type { JobExit, JobRecord, JobState, TargetName } from './jobRecord.js';

/** A job as it is asked for, before any target has had its say. */
export interface JobRequest {
  /** Program and arguments, never a line for a shell. */
  readonly command: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** The run's folder: absolute, there, and writable. */
  readonly folder: string;
  /** Variables to set besides those that the job inherits; the hook's are among them already. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the job inherits. */
  readonly inherited: Readonly<Record<string, string | undefined>>;
  /** The target's own options by their names on the command line; see `targetOptions.ts`. */
  readonly options: Readonly<Record<string, string>>;
}

/** What would be started. Nothing has happened yet: it can be shown, and confirmed or dropped. */
export interface PreparedJob {
  readonly request: JobRequest;
  /** The command that is really started. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** What a person should know before or with the start, a line each. */
  readonly notes: readonly string[];
}

/** A job that has been handed over: what its record says of it from then on. */
export interface LaunchedJob {
  readonly handle: JsonValue;
  readonly state: Extract<JobState, 'queued' | 'running'>;
  /** Settles once all that the job prints has been passed on; undefined where nothing is: then it is followed. */
  readonly passedOn?: Promise<void>;
}

/** A terminal, or another program, that stays with the job it starts. */
export interface Attachment {
  readonly stdin: 'inherit' | 'ignore';
  /** Aborted when nobody wants its output any more. */
  readonly released: AbortSignal;
  /** The job waits for what is returned, as it would for a slow terminal. */
  readonly onOutput: (chunk: Uint8Array, stream: 'stdout' | 'stderr') => Promise<void>;
}

/** A job as it is now. `exit` is there once it is over, `detail` is in the words of the target ("PENDING (Priority)"). */
export interface ObservedState {
  readonly state: JobState;
  readonly exit?: JobExit;
  readonly detail?: string;
}

/**
 * What can be asked of a running job. `interrupt` lets it end as by Ctrl-C (frameworks save then), `terminate` asks it
 * to end, `kill` ends it; `pause` and `resume` hold all its processes.
 */
export type ControlSignal = 'interrupt' | 'terminate' | 'kill' | 'pause' | 'resume';

/**
 * A place where jobs run: a thin adapter over the tools that the place has, no scheduler of its own.
 *
 * It keeps no state in memory: everything after {@link launch} starts from a {@link JobRecord} that may have been
 * written by another process, before a reload of the window or on another day. `launch` is what tells the job's
 * folder to the place; the job, or what the place runs around it, writes the files of `JOB_FILES` there. So a target
 * for Ray, Kubernetes or SkyPilot is: `prepare` composes a submission from the request, `launch` submits it and keeps
 * its number in `handle`, `state` and `signal` ask and tell the place by that number, and `follow` reads the log from
 * the shared folder, or from the place's own log command where no folder is shared.
 */
export interface Target {
  readonly name: TargetName;

  /** Why no job can be started here, and what to do about it; undefined where one can. */
  unavailable(): Promise<string | undefined>;

  /**
   * Says that a job is another machine of a run in a folder, for places where the same command is given on each machine.
   * @param folder of the run, absolute, as a person named it.
   */
  furtherMachine?(
    options: Readonly<Record<string, string>>,
    folder: string,
  ): Promise<{ readonly rank: number | undefined } | undefined>;

  /** Composes what would be started, or says why it can't be. Starts and writes nothing. */
  prepare(request: JobRequest): Promise<Result<PreparedJob>>;

  /**
   * Starts it, or hands it to the queue; the record lies in its folder already. Rejects with an error in words when
   * that fails.
   * @param attachment who stays with it; a target that can't pass streams on leaves it alone.
   */
  launch(job: PreparedJob, attachment?: Attachment): Promise<LaunchedJob>;

  /** What has become of it. Never rejects for a job that is gone: that is `lost`. */
  state(record: JobRecord, folder: string): Promise<ObservedState>;

  /** Tells all processes of the job. A refusal says why: a platform that can't pause, a job that is over. */
  signal(record: JobRecord, folder: string, signal: ControlSignal): Promise<Result<void>>;

  /** What the job prints, from the first byte (or from what is left of it) until it is over or `abort` is aborted. */
  follow(record: JobRecord, folder: string, abort: AbortSignal): AsyncIterable<Uint8Array>;
}
