import type { Level } from './levelHistory.js';
import { median } from './rise.js';

/** Median of the levels between two shares (0 to 1) of a history; NaN where there are none. */
export function levelBetween(levels: readonly Level[], fromShare: number, toShare: number): number {
  const from = Math.floor(fromShare * levels.length);
  const part = levels.slice(from, Math.max(from + 1, Math.ceil(toShare * levels.length)));
  return part.length === 0 ? Number.NaN : median(part.map(({ level }) => level));
}

/** Median of the levels of the stretches that touch the steps from `fromStep` to `toStep`; NaN where there are none. */
export function levelAtSteps(levels: readonly Level[], fromStep: number, toStep: number): number {
  const part = levels.filter((level) => level.fromStep <= toStep && level.toStep >= fromStep);
  return part.length === 0 ? Number.NaN : median(part.map(({ level }) => level));
}
