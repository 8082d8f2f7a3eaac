import type { Level } from './levelHistory.js';

/** How a series that should fall stands against the best it has been. Values in the series' own unit. */
export interface Rise {
  /** Lowest smoothed level. */
  readonly best: number;
  /** Last step of the stretch with the lowest level. */
  readonly bestStep: number;
  /** Points up to the best level. */
  readonly pointsToBest: number;
  readonly pointsSince: number;
  /** Newest smoothed level. */
  readonly now: number;
  readonly nowStep: number;
  /** Highest smoothed level since the best. */
  readonly peak: number;
  readonly peakStep: number;
  /** Step from which the series has stayed more than a quarter of the rise above its best. */
  readonly onsetStep: number;
  /** Points from the onset on. */
  readonly pointsSinceOnset: number;
  /** Level of the beginning. */
  readonly start: number;
  /** Standard deviation of a level. */
  readonly noise: number;
  /** How often before its best the series had risen by {@link SWING_SHARE} of this rise and come back. */
  readonly swingsBefore: number;
  /**
   * Share of the levels since the onset that lie above the middle between best and now. Middle and quarter are geometric
   * when the series ended above its start, because what diverges grows by factors.
   */
  readonly steadiness: number;
}

/** Levels at the beginning whose median is the start: a first value far from all others does not count. */
const START_LEVELS = 5;
/** Share of the levels at the end whose median is "now". */
const NOW_SHARE = 0.04;
const FEWEST_NOW_LEVELS = 3;

/**
 * Fewer than four levels say nothing.
 * @param medianOf length of the running median behind the levels.
 */
export function riseOf(levels: readonly Level[], medianOf: number): Rise | undefined {
  if (levels.length < 4) {
    return undefined;
  }
  const smooth = levels.map(({ level }, index) => smoothed(levels[index - 1], level, levels[index + 1]));
  const nowLevels = levels.length < 12 ? 2 : Math.max(FEWEST_NOW_LEVELS, Math.round(NOW_SHARE * levels.length));
  const now = median(smooth.slice(-nowLevels));
  const bestIndex = indexOfLowest(smooth);
  const best = smooth[bestIndex] ?? Number.NaN;
  const start = median(levels.slice(0, START_LEVELS).map(({ level }) => level));
  const byFactors = best > 0 && now > start;
  const between = (share: number): number => (byFactors ? best * (now / best) ** share : best + share * (now - best));
  const quarter = between(1 / 4);
  const middle = between(1 / 2);
  let onset = levels.length - 1;
  while (onset > bestIndex && (smooth[onset - 1] ?? 0) > quarter) {
    onset--;
  }
  let peakIndex = bestIndex;
  for (let index = bestIndex; index < smooth.length; index++) {
    if ((smooth[index] ?? 0) > (smooth[peakIndex] ?? 0)) {
      peakIndex = index;
    }
  }
  const since = smooth.slice(onset);
  return {
    best,
    bestStep: levels[bestIndex]?.toStep ?? Number.NaN,
    pointsToBest: pointsOf(levels.slice(0, bestIndex + 1)),
    pointsSince: pointsOf(levels.slice(bestIndex + 1)),
    now,
    nowStep: levels.at(-1)?.toStep ?? Number.NaN,
    peak: smooth[peakIndex] ?? Number.NaN,
    peakStep: levels[peakIndex]?.toStep ?? Number.NaN,
    onsetStep: levels[onset]?.fromStep ?? Number.NaN,
    pointsSinceOnset: pointsOf(levels.slice(onset)),
    start,
    noise: noiseOf(levels, medianOf),
    swingsBefore: swings(smooth.slice(0, bestIndex + 1), SWING_SHARE * (now - best)),
    steadiness: since.filter((level) => level > middle).length / since.length,
  };
}

/** A rise is nothing new when others of this share of its size came and went. */
const SWING_SHARE = 0.6;

/** How often a series rises by `size` above its lowest so far and falls back below that lowest. */
function swings(values: readonly number[], size: number): number {
  let count = 0;
  let lowest = Infinity;
  let risen = false;
  for (const value of values) {
    if (value <= lowest) {
      count += risen ? 1 : 0;
      risen = false;
      lowest = value;
    } else if (value - lowest >= size) {
      risen = true;
    }
  }
  return count;
}

/** Mean distance between two independent normal values, in standard deviations: 2 / √π. */
export const MEAN_CHANGE = 1.128;
/** Median of the same: √2 Φ⁻¹(3/4). */
const MEDIAN_CHANGE = 0.954;
/** Median of the second differences of independent normal values, in standard deviations: √6 Φ⁻¹(3/4). */
const MEDIAN_BEND = 1.652;
/** Standard error of a median in units of that of a mean: √(π / 2). */
const MEDIAN_ERROR = 1.253;

/**
 * Standard deviation of a level, from how rough the points are and how many of them it rests on. Where levels are
 * single points, their second differences tell noise from a steep but smooth course.
 * @param medianOf length of the running median behind the levels.
 */
export function noiseOf(levels: readonly Level[], medianOf: number): number {
  const rough = median(levels.slice(1).map(({ roughness }) => roughness));
  const perLevel = median(levels.map(({ points }) => points));
  if (perLevel > 1) {
    return (MEDIAN_ERROR * rough) / MEAN_CHANGE / Math.sqrt(Math.max(medianOf, perLevel));
  }
  if (medianOf > 1) {
    return (MEDIAN_ERROR * rough) / MEDIAN_CHANGE / Math.sqrt(medianOf);
  }
  return Math.min(rough / MEDIAN_CHANGE, median(bends(levels)) / MEDIAN_BEND);
}

function bends(levels: readonly Level[]): number[] {
  return levels
    .slice(2)
    .map(({ level }, index) => Math.abs(level - 2 * (levels[index + 1]?.level ?? 0) + (levels[index]?.level ?? 0)));
}

export function median(values: readonly number[]): number {
  const sorted = new Float64Array(values).sort(); // Several times as fast as comparing by a function.
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[half] ?? Number.NaN)
    : ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2;
}

/** Median of three; the ends stand as they are, so that a run that only ever rose keeps its true beginning. */
function smoothed(before: Level | undefined, level: number, after: Level | undefined): number {
  return before === undefined || after === undefined ? level : medianOfThree(before.level, level, after.level);
}

function medianOfThree(first: number, second: number, third: number): number {
  return Math.max(Math.min(first, second), Math.min(Math.max(first, second), third));
}

function pointsOf(levels: readonly Level[]): number {
  return levels.reduce((sum, { points }) => sum + points, 0);
}

function indexOfLowest(values: readonly number[]): number {
  let lowest = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] ?? Infinity) < (values[lowest] ?? Infinity)) {
      lowest = index;
    }
  }
  return lowest;
}
