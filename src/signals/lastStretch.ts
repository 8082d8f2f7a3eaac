import type { Level } from './levelHistory.js';
import { median } from './rise.js';

/** What holds of a series from some step on, up to its newest level. */
export interface LastStretch {
  readonly fromStep: number;
  readonly toStep: number;
  /** Share of the series' levels, 0 to 1. */
  readonly share: number;
  /** Median of its levels. */
  readonly level: number;
}

/** The stretch at the end of a history in which a condition holds throughout; undefined where it does not hold now. */
export function lastStretch(levels: readonly Level[], holds: (level: number) => boolean): LastStretch | undefined {
  const part = levels.slice(levels.findLastIndex(({ level }) => !holds(level)) + 1);
  const [first, last] = [part[0], part.at(-1)];
  return first === undefined || last === undefined
    ? undefined
    : {
        fromStep: first.fromStep,
        toStep: last.toStep,
        share: part.length / levels.length,
        level: median(part.map(({ level }) => level)),
      };
}
