import type { EpochClock } from './epochClock.js';
import { median } from './rise.js';
import type { RowStretch } from './rowCourse.js';

/** One epoch of a series, cut into parts of the same length. */
export interface EpochProfile {
  /** Counted as the log counts. */
  readonly epoch: number;
  readonly fromStep: number;
  readonly toStep: number;
  /** Means of the parts, first part first. */
  readonly parts: readonly number[];
}

/** The whole epochs of a course that hold rows in each of so many parts. */
export function epochProfiles(
  stretches: readonly RowStretch[],
  clock: EpochClock,
  parts: number,
): readonly EpochProfile[] {
  const sums = new Map<number, { fromStep: number; toStep: number; sum: number[]; rows: number[] }>();
  for (const { fromStep, toStep, mean, rows } of stretches) {
    const position = clock.epochAt((fromStep + toStep) / 2);
    const epoch = Math.floor(position);
    if (Number.isNaN(epoch)) {
      return [];
    }
    let own = sums.get(epoch);
    if (own === undefined) {
      own = { fromStep, toStep, sum: new Array<number>(parts).fill(0), rows: new Array<number>(parts).fill(0) };
      sums.set(epoch, own);
    }
    const part = Math.min(parts - 1, Math.floor((position - epoch) * parts));
    own.sum[part] = (own.sum[part] ?? 0) + mean * rows;
    own.rows[part] = (own.rows[part] ?? 0) + rows;
    own.toStep = toStep;
  }
  return [...sums.entries()]
    .filter(([, { rows }]) => rows.every((count) => count > 0))
    .map(([epoch, { fromStep, rows, sum, toStep }]) => ({
      epoch,
      fromStep,
      toStep,
      parts: sum.map((value, part) => value / (rows[part] ?? 1)),
    }));
}

/** What is left of values at even distances when the parabola that fits them best is taken away. */
function withoutParabola(values: readonly number[]): readonly number[] {
  const half = (values.length - 1) / 2;
  const xs = values.map((_, index) => (index - half) / half);
  const mean = (of: (x: number, index: number) => number): number =>
    xs.reduce((sum, x, index) => sum + of(x, index), 0) / xs.length;
  const second = mean((x) => x * x);
  // Legendre-like basis, orthogonal on the grid: 1, x, x² - mean(x²).
  const level = mean((_, index) => values[index] ?? 0);
  const slope = mean((x, index) => x * (values[index] ?? 0)) / second;
  const bend = mean((x, index) => (x * x - second) * (values[index] ?? 0)) / mean((x) => (x * x - second) ** 2);
  return values.map((value, index) => {
    const x = xs[index] ?? 0;
    return value - level - slope * x - bend * (x * x - second);
  });
}

/** Pearson's correlation; NaN where one of the two does not vary. Both have a mean of zero. */
function correlationOfCentred(left: readonly number[], right: readonly number[]): number {
  const product = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);
  return product(left, right) / Math.sqrt(product(left, left) * product(right, right));
}

/** What epochs have in common beyond their trend and bend. */
export interface CommonShape {
  /** Median correlation of an epoch with the one before. */
  readonly correlation: number;
  /** Median of the parts over the epochs, in the unit of the series, level taken off. */
  readonly parts: readonly number[];
}

export function commonShape(profiles: readonly EpochProfile[]): CommonShape {
  const shapes = profiles.map(({ parts }) => withoutParabola(parts));
  return {
    correlation: median(shapes.slice(1).map((shape, index) => correlationOfCentred(shape, shapes[index] ?? []))),
    parts: (shapes[0] ?? []).map((_, part) => median(shapes.map((shape) => shape[part] ?? 0))),
  };
}
