import type { Column, Stretch } from './columns.js';
import type { Viewport } from './viewport.js';

/** How the vertical axis of a chart was chosen; charts that are not listed choose for themselves. */
export type VerticalScale = 'linear' | 'logarithmic';

/** Share of the height that stays free above and below the curves. */
const MARGIN = 0.06;
/** Where the largest value in view is so many times the smallest, a linear axis leaves the rest a pixel or two. */
const WIDE_RANGE = 200;

export interface VerticalRange {
  readonly from: number;
  readonly to: number;
}

/** Extremes of all finite values in view; `smallestPositive` is Infinity where there is none. */
export interface Extremes {
  readonly minimum: number;
  readonly maximum: number;
  readonly smallestPositive: number;
}

/** Extremes of what is in view, undefined when nothing finite is. */
export function extremesInView(curves: readonly (readonly Stretch[])[], view: Viewport): Extremes | undefined {
  let minimum = Infinity;
  let maximum = -Infinity;
  let smallestPositive = Infinity;
  for (const { columns } of curves.flat()) {
    for (const column of columns) {
      if (column.xEnd < view.from || column.x > view.to || !Number.isFinite(column.minimum)) {
        continue;
      }
      minimum = Math.min(minimum, column.minimum);
      maximum = Math.max(maximum, column.maximum);
      smallestPositive = Math.min(smallestPositive, leastPositive(column));
    }
  }
  return minimum <= maximum ? { minimum, maximum, smallestPositive } : undefined;
}

function leastPositive({ minimum, last, maximum }: Column): number {
  return minimum > 0 ? minimum : Math.min(last > 0 ? last : Infinity, maximum > 0 ? maximum : Infinity);
}

/** Whether values span so much that a linear axis would show the largest alone. */
export function isWide({ minimum, maximum }: Extremes): boolean {
  return minimum > 0 && maximum / minimum >= WIDE_RANGE;
}

export function linearRange({ minimum, maximum }: Extremes): VerticalRange {
  const span = maximum - minimum;
  if (!Number.isFinite(span)) {
    return { from: minimum, to: maximum };
  }
  const margin = span > 0 ? span * MARGIN : Math.abs(maximum) * 0.1 || 1;
  const from = minimum - margin;
  // Norms, losses and rates that are never negative should not seem to reach below zero.
  return { from: minimum >= 0 && from < 0 ? 0 : from, to: maximum + margin };
}

/** Undefined when no value is positive: there is no logarithmic axis for those. */
export function logarithmicRange({ maximum, smallestPositive }: Extremes): VerticalRange | undefined {
  if (!(maximum > 0)) {
    return undefined;
  }
  const decades = Math.max(Math.log10(maximum / smallestPositive), 0.1);
  const factor = 10 ** (decades * MARGIN);
  return {
    from: Math.max(smallestPositive / factor, Number.MIN_VALUE),
    to: Math.min(maximum * factor, Number.MAX_VALUE),
  };
}
