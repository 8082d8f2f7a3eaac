import { LevelHistory } from './levelHistory.js';

/** Digits beyond this are those of the arithmetic. */
const FINEST_DECIMAL = 1e-12;
/** Relative error of a rate that was kept in single precision. */
const SINGLE_PRECISION = 1e-6;

function isMultiple(ratio: number): boolean {
  return ratio >= 0.5 && Math.abs(ratio - Math.round(ratio)) <= SINGLE_PRECISION * ratio;
}

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
  private zeroFrom: number | undefined;
  private decimal = 1;

  push(step: number, value: number): void {
    if (!Number.isFinite(value)) {
      return;
    }
    if (this.count === 0) {
      this.first = value;
      this.firstLoggedStep = step;
    }
    this.count++;
    if (value === 0) {
      this.zeroFrom ??= step;
    } else {
      this.zeroFrom = undefined;
      this.refineDecimal(Math.abs(value));
    }
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

  /** Step since which the rate has been exactly 0; undefined where it is not. */
  get zeroSince(): number | undefined {
    return this.zeroFrom;
  }

  /** The finest power of ten that the rates were written to: what is logged as 0 is less than half of it. */
  get resolution(): number {
    return this.decimal;
  }

  get newestStep(): number {
    return this.lastStep;
  }

  get firstStep(): number {
    return this.firstLoggedStep;
  }

  get newest(): number {
    return this.last;
  }

  private refineDecimal(value: number): void {
    while (this.decimal > FINEST_DECIMAL && !isMultiple(value / this.decimal)) {
      this.decimal /= 10;
    }
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
