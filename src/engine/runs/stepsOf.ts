import type { StepUnit } from '../../model/record.js';
import type { Series } from '../../model/series.js';

/** First and last step that a run logged, in its main unit; null when it logged nothing. */
export function stepsOf(series: readonly Series[]): { readonly first: number; readonly last: number } | null {
  const unit = mainUnit(series);
  let first = Infinity;
  let last = -Infinity;
  for (const one of series) {
    if (one.stepUnit === unit && one.length > 0) {
      one.segments.forEach(({ firstStep }, index) => {
        const end = one.segments[index + 1]?.start ?? one.length;
        first = Math.min(first, firstStep);
        last = Math.max(last, one.stepAt(end - 1));
      });
    }
  }
  return first <= last ? { first, last } : null;
}

/** The unit that most points are logged by. */
function mainUnit(series: readonly Series[]): StepUnit | undefined {
  const points = new Map<StepUnit, number>();
  for (const { stepUnit, length } of series) {
    points.set(stepUnit, (points.get(stepUnit) ?? 0) + length);
  }
  let main: StepUnit | undefined;
  for (const [unit, count] of points) {
    if (main === undefined || count > (points.get(main) ?? 0)) {
      main = unit;
    }
  }
  return main;
}
