import type { Stretch } from './columns.js';
import type { HorizontalScale } from './horizontalScale.js';
import type { Viewport } from './viewport.js';

/** The strongest smoothing: an average over about a tenth of the axis. */
export const STRONGEST_SMOOTHING = 0.99;
/** As if the run had been logged this many times, evenly: what makes a weight mean the same for every run. */
const NOMINAL_POINTS = 1000;

/**
 * The smoothed values of a curve, one for each column of each stretch; NaN where there is none.
 *
 * An exponential moving average as TensorBoard's, corrected for its start (debiased), with two differences that keep
 * it honest. It forgets by distance along the whole axis, not by points, as W&B's time weighted average does
 * (`weight` to the power of the distance, the axis being 1,000 long), and counts each value by the distance that it
 * stands for: the curve is the same at every zoom, and however densely it was logged. And it ends at NaN, at an
 * infinity and where a run was resumed, and begins anew behind: nothing is averaged over them. What was overwritten
 * is not smoothed.
 *
 * It takes the newest value of each column, of which a narrow one holds a single point.
 *
 * @param weight 0 to {@link STRONGEST_SMOOTHING}: what is left of a value a thousandth of the axis on.
 * @param extent the whole axis, not what is in view.
 * @param nonFinite places of the values that are not finite, rising.
 */
export function smooth(
  stretches: readonly Stretch[],
  weight: number,
  scale: HorizontalScale,
  extent: Viewport,
  nonFinite: readonly number[],
): Float64Array[] {
  const length = scale.forward(extent.to) - scale.forward(extent.from);
  const distance = (from: number, to: number) =>
    length > 0 ? ((scale.forward(to) - scale.forward(from)) / length) * NOMINAL_POINTS : 0;
  return stretches.map(({ columns, overwritten }) => {
    const smoothed = new Float64Array(columns.length).fill(NaN);
    const average = new DebiasedAverage(weight);
    let before: number | undefined;
    let nextGap = 0;
    columns.forEach(({ x, xEnd, last }, index) => {
      while (nonFinite[nextGap]! < x) {
        nextGap++;
        before = undefined;
      }
      if (overwritten || nonFinite[nextGap]! <= xEnd || !Number.isFinite(last)) {
        before = undefined;
        return;
      }
      if (before === undefined) {
        average.restart();
      }
      smoothed[index] = average.next(last, before === undefined ? undefined : distance(before, xEnd));
      before = xEnd;
    });
    return smoothed;
  });
}

class DebiasedAverage {
  private readonly weight: number;
  private sum = 0;
  private total = 0;
  private first: number | undefined;

  constructor(weight: number) {
    this.weight = weight;
  }

  restart(): void {
    this.sum = 0;
    this.total = 0;
    this.first = undefined;
  }

  /** @param distance from the value before; undefined for the first one, which counts as much as the second. */
  next(value: number, distance: number | undefined): number {
    if (distance === undefined) {
      this.first = value;
      return value;
    }
    const kept = this.weight ** distance;
    if (this.first !== undefined) {
      this.sum = this.first * (1 - kept);
      this.total = 1 - kept;
      this.first = kept < 1 ? undefined : this.first;
    }
    this.sum = this.sum * kept + value * (1 - kept);
    this.total = this.total * kept + (1 - kept);
    return this.total > 0 ? this.sum / this.total : value;
  }
}
