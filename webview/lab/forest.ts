import type { TrialVerdict } from '../../src/contract/labProtocol.js';

/** The axis of effects that all fixes of a trial share. */
export interface ForestScale {
  /** From 0 at the left end of the axis to 1 at its right one; what lies beyond stands at the end. */
  readonly place: (effect: number) => number;
}

/** Space on both sides, as a share of the axis. */
const MARGIN = 0.06;
/** An interval is drawn up to so many times the largest effect: one wide guess must not flatten all others. */
const LONGEST_INTERVAL = 2.5;

/** An axis with zero on it that holds all effects and, where they are not far wider, their intervals. */
export function forestScale(verdicts: readonly TrialVerdict[]): ForestScale | undefined {
  const known = verdicts.flatMap(({ effect, interval }) => (effect === null ? [] : [{ effect, interval }]));
  if (known.length === 0) {
    return undefined;
  }
  const largest = Math.max(...known.map(({ effect }) => Math.abs(effect)));
  const bound = LONGEST_INTERVAL * largest;
  const ends = known.flatMap(({ effect, interval }) => [
    effect,
    ...(interval ?? []).map((end) => Math.min(bound, Math.max(-bound, end))),
  ]);
  const least = Math.min(0, ...ends);
  const span = Math.max(0, ...ends) - least || 1;
  return {
    place: (effect) => Math.min(1, Math.max(0, MARGIN + ((effect - least) / span) * (1 - 2 * MARGIN))),
  };
}
