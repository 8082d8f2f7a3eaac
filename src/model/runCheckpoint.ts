import type { Finding } from './finding.js';
import type { Symptom } from './symptom.js';

/** A checkpoint that a run has left on the disk. */
export interface RunCheckpoint {
  /** Absolute: the file that opens. Of a checkpoint of many files, the one that stands for it. */
  readonly path: string;
  /** Where it lies below the folder of the run, with forward slashes: "checkpoint-500", "checkpoints/last.ckpt". */
  readonly name: string;
  /** The step that it was saved at; null where neither its name nor what is in it tells. */
  readonly step: number | null;
  /** When it was written, in seconds since the epoch. */
  readonly modified: number;
}

/** The two checkpoints between which something happened. */
export interface CheckpointPair {
  readonly before: RunCheckpoint;
  readonly after: RunCheckpoint;
}

/** What goes through the weights, so that a checkpoint after it differs from one before. */
const LEAVES_TRACES: readonly Symptom[] = [
  'loss-spike',
  'divergence',
  'early-rise',
  'gradient-spike',
  'gradient-exploding',
  'non-finite',
];

/**
 * The last checkpoint from before a finding and the first one after it began, as far as they say their steps. What a
 * step logs is of the weights that the step before has left: those of a checkpoint in between may be either.
 */
export function checkpointsAround(
  { symptom, fromStep, chain = [] }: Pick<Finding, 'symptom' | 'fromStep' | 'chain'>,
  checkpoints: readonly RunCheckpoint[],
): CheckpointPair | undefined {
  if (![symptom, ...chain.map((link) => link.symptom)].some((one) => LEAVES_TRACES.includes(one))) {
    return undefined;
  }
  let before: RunCheckpoint | undefined;
  let after: RunCheckpoint | undefined;
  for (const one of checkpoints) {
    if (one.step === null) {
      continue;
    }
    if (one.step < fromStep - 1 && (before?.step ?? -Infinity) < one.step) {
      before = one;
    }
    if (one.step >= fromStep && (after?.step ?? Infinity) > one.step) {
      after = one;
    }
  }
  return before && after && { before, after };
}
