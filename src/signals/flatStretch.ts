import type { Level } from './levelHistory.js';
import { median } from './rise.js';

/** The longest stretch over which a series did not move. */
export interface FlatStretch {
  readonly fromStep: number;
  readonly toStep: number;
  readonly points: number;
  /** Points before it. */
  readonly pointsBefore: number;
  readonly level: number;
  /** Level of the beginning of the series. */
  readonly start: number;
  /** Typical distance from one point to the next within the stretch. */
  readonly roughness: number;
  readonly atEnd: boolean;
}

const START_LEVELS = 3;
const SMOOTH_LEVELS = 2;

/**
 * The longest stretch of levels whose smoothed values stay within `tolerance` (relative to their own size) of each
 * other; undefined for a series of fewer than four levels.
 */
export function longestFlatStretch(levels: readonly Level[], tolerance: number): FlatStretch | undefined {
  if (levels.length < 4) {
    return undefined;
  }
  const smooth = levels.map((_, index) =>
    median(levels.slice(Math.max(0, index - SMOOTH_LEVELS), index + SMOOTH_LEVELS + 1).map(({ level }) => level)),
  );
  let bestFrom = 0;
  let bestTo = -1;
  let from = 0;
  for (let to = 0; to < smooth.length; to++) {
    while (from < to && !within(smooth, from, to, tolerance)) {
      from++;
    }
    if (to - from > bestTo - bestFrom) {
      bestFrom = from;
      bestTo = to;
    }
  }
  const stretch = levels.slice(bestFrom, bestTo + 1);
  return {
    fromStep: stretch[0]?.fromStep ?? Number.NaN,
    toStep: stretch.at(-1)?.toStep ?? Number.NaN,
    points: pointsOf(stretch),
    pointsBefore: pointsOf(levels.slice(0, bestFrom)),
    level: median(stretch.map(({ level }) => level)),
    start: median(levels.slice(0, START_LEVELS).map(({ level }) => level)),
    roughness: median(stretch.map(({ roughness }) => roughness)),
    atEnd: bestTo === levels.length - 1,
  };
}

function within(values: readonly number[], from: number, to: number, tolerance: number): boolean {
  let low = Infinity;
  let high = -Infinity;
  for (let index = from; index <= to; index++) {
    const value = values[index] ?? Number.NaN;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return high - low <= (tolerance * Math.abs(high + low)) / 2;
}

function pointsOf(levels: readonly Level[]): number {
  return levels.reduce((sum, { points }) => sum + points, 0);
}
