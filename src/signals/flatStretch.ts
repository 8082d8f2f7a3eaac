import type { Level } from './levelHistory.js';
import { median } from './rise.js';

/** The longest stretch over which a series did not move. */
export interface FlatStretch {
  readonly fromStep: number;
  readonly toStep: number;
  readonly points: number;
  /** What it is made of. */
  readonly levels: readonly Level[];
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
  const smooth = smoothed(levels);
  let bestFrom = 0;
  let bestTo = -1;
  let from = 0;
  let low = Infinity;
  let high = -Infinity;
  for (let to = 0; to < smooth.length; to++) {
    low = Math.min(low, smooth[to]!);
    high = Math.max(high, smooth[to]!);
    while (from < to && !(high - low <= (tolerance * Math.abs(high + low)) / 2)) {
      from++;
      low = Infinity;
      high = -Infinity;
      for (let index = from; index <= to; index++) {
        low = Math.min(low, smooth[index]!);
        high = Math.max(high, smooth[index]!);
      }
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
    levels: stretch,
    pointsBefore: pointsOf(levels.slice(0, bestFrom)),
    level: median(stretch.map(({ level }) => level)),
    start: median(levels.slice(0, START_LEVELS).map(({ level }) => level)),
    roughness: median(stretch.map(({ roughness }) => roughness)),
    atEnd: bestTo === levels.length - 1,
  };
}

/** Each level as the median of those around it. */
function smoothed(levels: readonly Level[]): Float64Array {
  const smooth = new Float64Array(levels.length);
  for (let index = 0; index < smooth.length; index++) {
    const from = Math.max(0, index - SMOOTH_LEVELS);
    const to = Math.min(levels.length, index + SMOOTH_LEVELS + 1);
    smooth[index] = medianOfFew(levels, from, to);
  }
  return smooth;
}

/** Sorted by insertion: a median for each level with every row has no time for more. */
function medianOfFew(levels: readonly Level[], from: number, to: number): number {
  const count = to - from;
  for (let taken = 0; taken < count; taken++) {
    const { level } = levels[from + taken]!;
    let at = taken;
    for (; at > 0 && FEW[at - 1]! > level; at--) {
      FEW[at] = FEW[at - 1]!;
    }
    FEW[at] = level;
  }
  const half = count >> 1;
  return count % 2 === 1 ? FEW[half]! : (FEW[half - 1]! + FEW[half]!) / 2;
}

const FEW = new Float64Array(2 * SMOOTH_LEVELS + 1);

function pointsOf(levels: readonly Level[]): number {
  return levels.reduce((sum, { points }) => sum + points, 0);
}
