import { formatValue } from '../format/numbers.js';

/** What one signal reads in each run at one place. */
export interface ComparedReadings {
  readonly signal: string;
  /** In the order of the runs, the page's own first; undefined where there is none. */
  readonly values: readonly (number | undefined)[];
}

/** How far a value is from the page's own, with its sign; empty where one of them is missing. */
export function differenceWords(own: number | undefined, other: number | undefined): string {
  if (own === undefined || other === undefined || !Number.isFinite(own) || !Number.isFinite(other)) {
    return '';
  }
  const difference = other - own;
  return difference === 0 ? '±0' : `${difference > 0 ? '+' : '−'}${formatValue(Math.abs(difference))}`;
}
