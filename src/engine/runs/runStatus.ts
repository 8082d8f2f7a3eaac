import type { RunEnding, RunStatus } from '../../model/run.js';
import type { RunSession } from './runSession.js';
import { stepsOf } from './stepsOf.js';

/** A run counts as live for this long after its newest change on disk, in milliseconds. */
export const LIVE_MS = 60_000;

/** A run that should go on and has not is called stalled for this long; after that it was given up. */
const STALLED_FOR_MS = 24 * 3_600_000;

/** What is known of a run's life. Times in milliseconds since the epoch. */
export interface RunLife {
  /** What the log itself says, or whoever ran the job. */
  readonly outcome: RunEnding | undefined;
  /** The newest change of any file on disk. */
  readonly changed: number;
  readonly now: number;
  /** A run is live for this long after its newest change. */
  readonly liveMs: number;
  readonly lastStep: number | null;
  /** Steps the run is going to take, where known. */
  readonly totalSteps: number | undefined;
}

export function statusOf({ outcome, changed, now, liveMs, lastStep, totalSteps }: RunLife): RunStatus {
  if (outcome) {
    return outcome;
  }
  const quiet = now - changed;
  if (quiet <= liveMs) {
    return 'live';
  }
  // The last logged step may be one logging interval short of the total.
  const isShort = totalSteps !== undefined && lastStep !== null && lastStep < totalSteps * 0.98 - 1;
  return isShort && quiet <= STALLED_FOR_MS ? 'stalled' : 'finished';
}

/** @param changed, now, liveMs milliseconds; see {@link statusOf}. */
export function sessionStatus({ analysis }: RunSession, changed: number, now: number, liveMs: number): RunStatus {
  const { outcome, store, totalSteps } = analysis;
  const lastStep = stepsOf(store.series)?.last ?? null;
  return statusOf({ outcome: outcome?.outcome, changed, now, liveMs, lastStep, totalSteps });
}
