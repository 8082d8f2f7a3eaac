import { LevelHistory } from './levelHistory.js';

/** Share of the steps over which a rate that rises now has risen. */
const RISING_SHARE = 0.1;

/** What is known of the learning-rate schedule so far, in bounded memory. */
export class LearningRate {
  private readonly history = new LevelHistory(512, 1);
  private highest = 0;
  private highestStep = 0;
  private first = Number.NaN;
  private firstLoggedStep = Number.NaN;
  private last = Number.NaN;
  private lastStep = Number.NaN;
  private count = 0;

  push(step: number, value: number): void {
    if (!Number.isFinite(value)) {
      return;
    }
    if (this.count === 0) {
      this.first = value;
      this.firstLoggedStep = step;
    }
    this.count++;
    this.last = value;
    this.lastStep = step;
    if (value > this.highest) {
      this.highest = value;
      this.highestStep = step;
    }
    this.history.push(step, value);
  }

  get points(): number {
    return this.count;
  }

  get peak(): number {
    return this.highest;
  }

  /** Step at which the highest rate so far was first reached. */
  get peakStep(): number {
    return this.highestStep;
  }

  get firstRate(): number {
    return this.first;
  }

  get firstStep(): number {
    return this.firstLoggedStep;
  }

  get newest(): number {
    return this.last;
  }

  /** Whether it went up over the newest tenth of the steps: a warmup that is not over. */
  get rises(): boolean {
    return this.last > this.at(this.lastStep - RISING_SHARE * (this.lastStep - this.firstLoggedStep));
  }

  /** The rate in force at a step; NaN before the first that was logged. */
  at(step: number): number {
    const levels = this.history.levels;
    let low = 0;
    let high = levels.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((levels[middle]?.fromStep ?? 0) <= step) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return levels[low - 1]?.level ?? Number.NaN;
  }
}
