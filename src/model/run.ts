import type { JsonValue } from './json.js';

/**
 * `live`: the log grew lately or its writer is known to run. `stalled`: it should grow and has not.
 * `failed`: the log or its writer says so. `stopped`: somebody asked its job to stop. `finished`: everything else.
 */
export type RunStatus = RunEnding | 'live' | 'stalled';

const RUN_ENDINGS = ['finished', 'stopped', 'failed'] as const;
/** How a run that is over came to its end. */
export type RunEnding = (typeof RUN_ENDINGS)[number];

export function isEnding(status: RunStatus): status is RunEnding {
  return RUN_ENDINGS.some((ending) => ending === status);
}

export interface RunFile {
  readonly path: string;
  /** Which process of a distributed run wrote it. */
  readonly rank: number | undefined;
  /** Said before its tags ("validation/") where several writers of a run give their numbers the same names. */
  readonly tagPrefix?: string;
}

/** A file beside or around a run's logs that says what the run was started with. */
export interface SettingsFile {
  readonly path: string;
  /** Differs when the file has changed. */
  readonly version: string;
}

/** A training run before anything of it has been read: which files make it, and what to call it. */
export interface RunDescription {
  /** Stable across calls for the same files. */
  readonly id: string;
  readonly name: string;
  /** The folder or file that a person would point at. */
  readonly location: string;
  /**
   * Files in lanes: within a lane one file continues the one before it (a resumed job's next event file), lanes
   * run side by side (ranks, train and validation writers).
   */
  readonly lanes: readonly (readonly RunFile[])[];
  /** Files to which another logger of the run wrote the same rows. They are not read: no point counts twice. */
  readonly copies?: readonly string[];
  /** What is said later wins: the nearest to the logs come last. */
  readonly settings?: readonly SettingsFile[];
}

export type RunConfiguration = Readonly<Record<string, JsonValue>>;
