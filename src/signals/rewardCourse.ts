import { LevelHistory } from './levelHistory.js';
import { levelAtSteps, levelBetween } from './levelShares.js';

/** Rewards of a run so far, in bounded memory. */
export class RewardCourse {
  private readonly history = new LevelHistory(128);
  private count = 0;

  push(step: number, value: number): void {
    if (Number.isFinite(value)) {
      this.count++;
      this.history.push(step, value);
    }
  }

  /**
   * How far the reward at these steps is on the way from its start (0) to its best so far (1); below 0 when it is worse
   * than at the start, 0 when it never was better. NaN for few rewards.
   */
  standing(fromStep: number, toStep: number): number {
    const levels = this.history.levels.filter((level) => level.fromStep <= toStep);
    if (this.count < FEWEST_REWARDS) {
      return Number.NaN;
    }
    const start = levelBetween(levels, 0, START_SHARE);
    const best = Math.max(...levels.map(({ level }) => level));
    const now = levelAtSteps(levels, fromStep, toStep);
    return best - start <= NO_GAIN * Math.abs(start) ? Math.min(0, now - start) : (now - start) / (best - start);
  }
}

const FEWEST_REWARDS = 20;
/** Share of the rewards that are its start. */
const START_SHARE = 0.05;
/** A best that is above the start by no more than this share of it is noise. */
const NO_GAIN = 0.05;
