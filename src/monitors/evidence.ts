import type { Evidence } from '../model/finding.js';
import type { Series } from '../model/series.js';
import type { Signal } from '../model/signal.js';

/** A number of a signal, held against a baseline where there is one. */
export function evidenceOf(
  { role, series }: Signal,
  step: number,
  value: number,
  baseline?: { readonly value: number; readonly meaning: string },
): Evidence {
  return {
    role,
    tag: series.tag,
    ...(series.rank === undefined ? {} : { rank: series.rank }),
    step,
    value,
    ...(baseline === undefined ? {} : { baseline: baseline.value, baselineMeaning: baseline.meaning }),
  };
}

/** Newest rows among which the one is sought that stands for a level. */
const ROWS_NEAR = 50;

/**
 * A level as evidence: the row, of those just before a step, that lies nearest to it. What is quoted as logged at a
 * step was logged there; the level itself is for the sentences.
 */
export function evidenceNear(
  signal: Signal,
  step: number,
  level: number,
  baseline?: { readonly value: number; readonly meaning: string },
): Evidence {
  const { series } = signal;
  const last = lastRowUpTo(series, step);
  let nearest = last;
  for (let row = last; row > Math.max(-1, last - ROWS_NEAR); row--) {
    if (!(Math.abs(series.valueAt(nearest) - level) <= Math.abs(series.valueAt(row) - level))) {
      nearest = Number.isFinite(series.valueAt(row)) ? row : nearest;
    }
  }
  return evidenceOf(signal, series.stepAt(nearest), series.valueAt(nearest), baseline);
}

/** Index of the last row of the newest segment whose step is not beyond the one given. */
function lastRowUpTo(series: Series, step: number): number {
  let low = series.segments.at(-1)?.start ?? 0;
  let high = series.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (series.stepAt(middle) <= step) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}
