import * as l10n from '@vscode/l10n';
import { formatCount, formatValue } from '../format/numbers.js';
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
  const value = (number: number | undefined) => (number === undefined ? l10n.t('none') : formatValue(number));
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
      l10n.t('{0}: {1} points, last {2}, from {3} to {4}', name, formatCount(points), last, lowest, highest) +
      (nonFinite > 0 ? `, ${nonFiniteWords(nonFinite)}` : ''),
  );
  return `${l10n.t('{0} over {1}', title, stretch)}. ${parts.join('. ')}.`;
}

function nonFiniteWords(count: number): string {
  return count === 1
    ? l10n.t('1 value not a number or infinite')
    : l10n.t('{0} values not a number or infinite', formatCount(count));
}

/** What a mark of a resumed run says. */
export function resumeLabel(place: string): string {
  return l10n.t('resumed at {0}', place);
}
