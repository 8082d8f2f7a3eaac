import { formatCount, formatValue } from '../format/numbers.js';
import { plural } from '../format/words.js';
import type { Stretch } from './columns.js';

/** A curve in numbers, for people who do not see it. */
export interface CurveSummary {
  readonly name: string;
  readonly points: number;
  readonly first: string;
  readonly last: string;
  readonly lowest: string;
  readonly highest: string;
  readonly nonFinite: number;
}

export function summariseCurve(
  name: string,
  points: number,
  nonFinite: number,
  stretches: readonly Stretch[],
): CurveSummary {
  const columns = stretches
    .filter(({ overwritten }) => !overwritten)
    .flatMap((stretch) => stretch.columns)
    .filter(({ last }) => Number.isFinite(last));
  const lowest = columns.reduce((least, { minimum }) => Math.min(least, minimum), Infinity);
  const highest = columns.reduce((most, { maximum }) => Math.max(most, maximum), -Infinity);
  const value = (number: number | undefined) => (number === undefined ? 'none' : formatValue(number));
  return {
    name,
    points,
    nonFinite,
    first: value(columns[0]?.last),
    last: value(columns.at(-1)?.last),
    lowest: value(columns.length > 0 ? lowest : undefined),
    highest: value(columns.length > 0 ? highest : undefined),
  };
}

/** The picture in one or two sentences. */
export function describeChart(title: string, stretch: string, curves: readonly CurveSummary[]): string {
  const parts = curves.map(
    ({ name, points, last, lowest, highest, nonFinite }) =>
      `${name}: ${formatCount(points)} points, last ${last}, from ${lowest} to ${highest}` +
      (nonFinite > 0 ? `, ${plural(nonFinite, 'value')} not a number or infinite` : ''),
  );
  return `${title} over ${stretch}. ${parts.join('. ')}.`;
}

/** What a mark of a resumed run says. */
export function resumeLabel(place: string): string {
  return `resumed at ${place}`;
}
