import type { ReportedFinding } from '../../src/contract/report.js';
import type { Band, Plot } from '../charts/marks.js';
import type { RunClock } from '../charts/runClock.js';

/**
 * Where the findings lie on the axis that is shown: by step, or through the run's clock on an axis of time, where
 * steps beyond the clock's ends are moved to them. Empty without a clock that is needed.
 */
export function findingBands(
  findings: readonly ReportedFinding[],
  selected: string | undefined,
  clock: RunClock | 'steps' | undefined,
): Band[] {
  if (!clock) {
    return [];
  }
  return findings.flatMap(({ id, severity, fromStep, toStep }) => {
    const from = placeOf(fromStep, clock);
    const to = placeOf(toStep, clock);
    return from === undefined || to === undefined
      ? []
      : [{ finding: id, severity, from, to, selected: id === selected }];
  });
}

export function placeOf(step: number, clock: RunClock | 'steps'): number | undefined {
  return clock === 'steps' ? step : clock.at(Math.min(Math.max(step, clock.firstStep), clock.lastStep));
}

/** The narrowest finding at a place of a plot, with so many pixels of leeway on either side. */
export function bandAt(bands: readonly Band[], x: number, plot: Pick<Plot, 'x'>, leeway: number): Band | undefined {
  const pixel = plot.x(x);
  const width = (band: Band) => plot.x(band.to) - plot.x(band.from);
  return bands
    .filter(({ from, to }) => pixel >= plot.x(from) - leeway && pixel <= plot.x(to) + leeway)
    .toSorted((a, b) => width(a) - width(b))[0];
}
