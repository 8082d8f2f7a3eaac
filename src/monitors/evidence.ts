import type { Evidence } from '../model/finding.js';
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
