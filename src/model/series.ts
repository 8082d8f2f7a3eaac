import type { StepUnit } from './record.js';

/**
 * A stretch of a series in which steps do not go backwards. A step lower than the last one opens the next
 * segment: the run was resumed or restarted there.
 */
export interface Segment {
  /** Index of the segment's first point in the series. */
  readonly start: number;
  readonly firstStep: number;
}

/**
 * A logged series, lossless: steps, values and wall times as they came, NaN and ±Infinity included.
 * Points are addressed by index from 0 in the order of the log.
 */
export interface Series {
  readonly tag: string;
  readonly rank: number | undefined;
  readonly stepUnit: StepUnit;
  readonly length: number;
  readonly nonFinite: number;
  readonly segments: readonly Segment[];
  stepAt(index: number): number;
  valueAt(index: number): number;
  /** Seconds since the epoch; NaN where not logged. */
  wallTimeAt(index: number): number;
}
