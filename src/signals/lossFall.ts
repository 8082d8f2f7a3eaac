import type { DerivedQuantities } from './derivedQuantities.js';
import { isTrainingLoss } from './derivedQuantities.js';
import { levelAtSteps, levelBetween } from './levelShares.js';

/** How far the training loss has come: shares of its size, 0.1 for a tenth less, negative where it rose. */
export interface LossFall {
  readonly sinceStart: number;
  /** Since the step asked about. */
  readonly since: number;
}

/** Share of the levels at either end that make the start and the present. */
const END_SHARE = 0.05;

/** Undefined without a positive training loss of a few levels: what is 0 or below has no size to compare with. */
export function lossFall(derived: DerivedQuantities, sinceStep: number): LossFall | undefined {
  const loss = derived.losses(isTrainingLoss)[0];
  if (loss === undefined || loss.levels.length < FEWEST_LEVELS || !loss.positive) {
    return undefined;
  }
  const now = levelBetween(loss.levels, 1 - END_SHARE, 1);
  const start = levelBetween(loss.levels, 0, END_SHARE);
  const then = levelAtSteps(loss.levels, sinceStep, sinceStep);
  return { sinceStart: 1 - now / start, since: 1 - now / (Number.isNaN(then) ? start : then) };
}

const FEWEST_LEVELS = 8;

/** A loss that has not come down by a tenth since then, nor by half since the run began. */
export function standsStill({ sinceStart, since }: LossFall): boolean {
  return since < STILL && sinceStart < LITTLE_LEARNED;
}

const STILL = 0.1;
const LITTLE_LEARNED = 0.5;
