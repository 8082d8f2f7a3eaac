import { counterpart } from '../../src/contract/counterpart.js';
import type { HorizontalAxis } from '../../src/model/envelope.js';
import { signalKey } from '../charts/chartPlan.js';
import type { ChartPlan } from '../charts/chartPlan.js';
import { columnUnder } from '../charts/columns.js';
import type { CurveFeed } from '../charts/curveFeed.js';
import { formatValue } from '../format/numbers.js';
import type { ComparedRun } from './comparedRun.js';
import type { CurveFeeds } from './curveFeeds.js';

/** What one signal reads in each run at one place. */
export interface ComparedReadings {
  readonly signal: string;
  /** In the order of the runs, the page's own first; undefined where there is none. */
  readonly values: readonly (number | undefined)[];
}

/** What the signals of charts read in the page's own run and in the compared ones, under `place`. */
export function comparedReadings(
  plans: readonly ChartPlan[],
  feeds: CurveFeeds,
  compared: readonly ComparedRun[],
  axis: HorizontalAxis,
  place: number,
): ComparedReadings[] {
  // Behind its end a run has no value to compare with.
  const isOver = compared.map(({ lastStep }) => axis === 'step' && place > (lastStep ?? Infinity));
  const valueOf = (feed: CurveFeed | undefined) => feed && columnUnder(feed.stretches, place)?.last;
  return plans.flatMap(({ signals }) =>
    signals.flatMap((signal) => {
      const others = compared.map(({ signals: theirs = [], ...run }) => {
        const match = counterpart(signal, theirs);
        return match && feeds.find(match, run);
      });
      const theirValues = others.map((feed, index) => (isOver[index] ? undefined : valueOf(feed)));
      const values = [valueOf(feeds.find(signal)), ...theirValues];
      return others.some(Boolean) ? [{ signal: signalKey(signal), values }] : [];
    }),
  );
}

/** How far a value is from the page's own, with its sign; empty where one of them is missing. */
export function differenceWords(own: number | undefined, other: number | undefined): string {
  if (own === undefined || other === undefined || !Number.isFinite(own) || !Number.isFinite(other)) {
    return '';
  }
  const difference = other - own;
  return difference === 0 ? '±0' : `${difference > 0 ? '+' : '−'}${formatValue(Math.abs(difference))}`;
}
