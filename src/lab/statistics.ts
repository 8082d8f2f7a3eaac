/** 97.5 % points of Student's t by degrees of freedom, from 1; beyond the table the normal one is close. */
const T_QUANTILES = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11,
  2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];
const NORMAL_QUANTILE = 1.96;

/** A mean difference with its 95 % interval. */
export interface Effect {
  readonly mean: number;
  /** Null for fewer than two pairs. */
  readonly interval: readonly [number, number] | null;
  readonly pairs: number;
}

/** The mean of paired differences and its 95 % interval by Student's t. */
export function pairedEffect(differences: readonly number[]): Effect {
  const pairs = differences.length;
  const mean = differences.reduce((sum, value) => sum + value, 0) / pairs;
  if (pairs < 2) {
    return { mean, interval: null, pairs };
  }
  const variance = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (pairs - 1);
  const half = (T_QUANTILES[pairs - 2] ?? NORMAL_QUANTILE) * Math.sqrt(variance / pairs);
  return { mean, interval: [mean - half, mean + half], pairs };
}

/** What an effect says about a metric. */
export type Direction = 'lower' | 'higher' | 'no-effect' | 'unclear';

/** Pairs below which nothing is claimed. */
export const FEWEST_PAIRS = 3;

/**
 * Which way a metric went: only where the whole interval lies on one side and the effect is large enough to matter;
 * no effect only where the whole interval is too small to matter.
 * @param smallest effect that matters, in the metric's unit.
 */
export function directionOf({ mean, interval, pairs }: Effect, smallest: number): Direction {
  if (interval === null || pairs < FEWEST_PAIRS || !interval.every(Number.isFinite)) {
    return 'unclear';
  }
  const [low, high] = interval;
  if (Math.max(Math.abs(low), Math.abs(high)) <= smallest) {
    return 'no-effect';
  }
  if (low > 0 || high < 0) {
    return Math.abs(mean) < smallest ? 'no-effect' : mean < 0 ? 'lower' : 'higher';
  }
  return 'unclear';
}
