import { DEVIATION_TO_SIGMA, RollingWindow } from './rollingWindow.js';

/** A stretch of a series that ran high above what came right before it. Values in the unit that was pushed. */
export interface Excursion {
  readonly fromStep: number;
  /** Last step above the level from which the excursion started, so far. */
  readonly toStep: number;
  readonly peakStep: number;
  readonly peak: number;
  /** Median of the points before. */
  readonly baseline: number;
  /** Robust standard deviation of the points before. */
  readonly sigma: number;
  /** Highest of the points before. */
  readonly highestBefore: number;
  /** How many points the baseline rests on. */
  readonly baselinePoints: number;
  /** Points from the first to the last high one. */
  readonly points: number;
  /** Points above {@link ENTER_SIGMAS}. */
  readonly highPoints: number;
  /** The furthest any point before went above its baseline without starting an excursion, slowly forgotten. */
  readonly usualExcess: number;
  /** Points of the segment before the excursion. */
  readonly pointsBefore: number;
  /** Mean step between points before. */
  readonly stride: number;
  readonly state: 'open' | 'recovered' | 'stayed';
}

interface OpenExcursion {
  fromStep: number;
  toStep: number;
  peakStep: number;
  peak: number;
  baseline: number;
  sigma: number;
  highestBefore: number;
  baselinePoints: number;
  points: number;
  highPoints: number;
  usualExcess: number;
  pointsBefore: number;
  stride: number;
  /** Points since the last high one. */
  quiet: number;
  seen: number;
}

/** Points that make a baseline: long enough for a steady median, short enough to follow a falling loss. */
export const BASELINE_POINTS = 50;
/** Points before the first judgement. */
export const FEWEST_BASELINE_POINTS = 8;
/** An excursion opens above this many robust standard deviations. */
export const ENTER_SIGMAS = 4;
/** ... and goes on above this many. */
export const LEAVE_SIGMAS = 3;
/** Points in a row back at the baseline that end an excursion: its confirmation delay. */
export const QUIET_POINTS = 2;
/** An excursion that lasts this many points has become the new level. */
export const STAYED_POINTS = 100;
/** How quickly the record of the usual excess fades, per point: half in about 3,500 points. */
const USUAL_EXCESS_MEMORY = 0.9998;
/** A rise below this share of the baseline is never an excursion, however quiet the series. */
export const SMALLEST_RELATIVE_EXCESS = 0.05;
/** 90 % of a normal distribution lie below 1.2816 standard deviations. */
export const SIGMAS_AT_90_PERCENT = 1.2816;

export interface ExcursionOptions {
  /** Smallest rise above the baseline, given the baseline. */
  readonly smallestExcess?: (baseline: number) => number;
  /**
   * Up to so many points, only the {@link FEWEST_BASELINE_POINTS} newest ones make the baseline: in the first rows a loss
   * falls so steeply that those before would hide whatever happens. By default always all of them.
   */
  readonly settledAfter?: number;
}

/**
 * Finds excursions in one segment of a series, point by point, in bounded memory. The baseline is the median of the
 * last {@link BASELINE_POINTS} points outside excursions. Its spread is the larger of the median absolute deviation and
 * the upper tail, so that a series with heavy tails is not judged by its quiet middle.
 */
export class ExcursionTracker {
  private readonly window = new RollingWindow(BASELINE_POINTS);
  private readonly recent = new RollingWindow(BASELINE_POINTS);
  private readonly newest = new RollingWindow(FEWEST_BASELINE_POINTS);
  private readonly smallestExcess: (baseline: number) => number;
  private readonly settledAfter: number;
  private current: OpenExcursion | undefined;
  private usualExcess = 0;
  private pointsSeen = 0;
  private firstStep = 0;
  private lastStep = 0;

  constructor(options: ExcursionOptions = {}) {
    this.smallestExcess = options.smallestExcess ?? ((baseline) => SMALLEST_RELATIVE_EXCESS * Math.abs(baseline));
    this.settledAfter = options.settledAfter ?? 0;
  }

  /** The excursion that is going on. */
  get open(): Excursion | undefined {
    return this.current === undefined ? undefined : excursionOf(this.current, 'open');
  }

  /** Median of the points that count as normal; NaN before the first. */
  get baseline(): number {
    return this.window.median();
  }

  get points(): number {
    return this.pointsSeen;
  }

  /** Takes a finite value in; returns an excursion when one has just ended. */
  push(step: number, value: number): Excursion | undefined {
    if (this.pointsSeen === 0) {
      this.firstStep = step;
    }
    this.lastStep = step;
    this.pointsSeen++;
    if (this.current !== undefined) {
      return this.follow(this.current, step, value);
    }
    if (this.window.length < FEWEST_BASELINE_POINTS) {
      this.take(value);
      return undefined;
    }
    const before = this.pointsSeen <= this.settledAfter ? this.newest : this.window;
    const baseline = before.median();
    const excess = value - baseline;
    if (excess > this.smallestExcess(baseline)) {
      const sigma = spreadOf(before, baseline);
      if (excess > ENTER_SIGMAS * sigma) {
        this.current = this.begin(step, value, {
          baseline,
          sigma,
          highestBefore: before.quantile(1),
          baselinePoints: before.length,
        });
        return undefined;
      }
    }
    this.usualExcess = Math.max(this.usualExcess * USUAL_EXCESS_MEMORY, excess);
    this.take(value);
    return undefined;
  }

  /** An excursion that turned out to mean nothing: what stays below it is not worth a second look. */
  dismiss(excursion: Excursion): void {
    this.usualExcess = Math.max(this.usualExcess, excursion.peak - excursion.baseline);
  }

  /** A new segment: nothing before it counts. */
  reset(): void {
    this.window.clear();
    this.newest.clear();
    this.recent.clear();
    this.current = undefined;
    this.usualExcess = 0;
    this.pointsSeen = 0;
  }

  private take(value: number): void {
    this.window.push(value);
    this.newest.push(value);
  }

  private begin(
    step: number,
    value: number,
    before: Pick<OpenExcursion, 'baseline' | 'sigma' | 'highestBefore' | 'baselinePoints'>,
  ): OpenExcursion {
    this.recent.clear();
    this.recent.push(value);
    const pointsBefore = this.pointsSeen - 1;
    return {
      fromStep: step,
      toStep: step,
      peakStep: step,
      peak: value,
      ...before,
      points: 1,
      highPoints: 1,
      usualExcess: this.usualExcess,
      pointsBefore,
      stride: (this.lastStep - this.firstStep) / Math.max(1, pointsBefore),
      quiet: 0,
      seen: 1,
    };
  }

  private follow(excursion: OpenExcursion, step: number, value: number): Excursion | undefined {
    const excess = value - excursion.baseline;
    excursion.seen++;
    this.recent.push(value);
    if (value > excursion.peak) {
      excursion.peak = value;
      excursion.peakStep = step;
    }
    if (excess > ENTER_SIGMAS * excursion.sigma) {
      excursion.highPoints++;
    }
    if (excess > LEAVE_SIGMAS * excursion.sigma && excess > this.smallestExcess(excursion.baseline)) {
      excursion.quiet = 0;
      excursion.toStep = step;
      excursion.points = excursion.seen;
    } else {
      excursion.quiet++;
    }
    if (excursion.quiet >= QUIET_POINTS) {
      this.current = undefined;
      return excursionOf(excursion, 'recovered');
    }
    if (excursion.seen >= STAYED_POINTS) {
      this.startAgainHigher();
      return excursionOf(excursion, 'stayed');
    }
    return undefined;
  }

  private startAgainHigher(): void {
    this.current = undefined;
    this.window.clear();
    for (let rank = 0; rank < this.recent.length; rank++) {
      this.window.push(this.recent.quantile(rank / Math.max(1, this.recent.length - 1)));
    }
    this.usualExcess = 0;
  }
}

function spreadOf(before: RollingWindow, baseline: number): number {
  return Math.max(
    DEVIATION_TO_SIGMA * before.medianDeviation(baseline),
    (before.quantile(0.9) - baseline) / SIGMAS_AT_90_PERCENT,
    1e-3 * Math.abs(baseline),
    Number.MIN_VALUE,
  );
}

function excursionOf(open: OpenExcursion, state: Excursion['state']): Excursion {
  const { quiet: _quiet, seen: _seen, ...excursion } = open;
  return { ...excursion, state };
}
