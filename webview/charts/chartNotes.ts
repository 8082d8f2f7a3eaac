import * as l10n from '@vscode/l10n';
import { formatCount } from '../format/numbers.js';
import type { HorizontalPicture } from './axes.js';
import { placesOf } from './columns.js';
import type { CurveFeed } from './curveFeed.js';
import type { DrawnCurve } from './curveMaker.js';

/** A chart, as far as it has anything to say of what it does not show. */
export interface NotedChart {
  /** Those that are not hidden. */
  readonly curves: readonly DrawnCurve[];
  /** Curves of this kind that have no place. */
  readonly leftOut: number;
  readonly logarithmicWanted: boolean | undefined;
  readonly logarithmic: boolean;
  readonly horizontal: Pick<HorizontalPicture, 'axis' | 'zeroAtLeft'> | undefined;
}

/** What stands below a chart: of values and places that could not be drawn where they are, and of curves left out. */
export function chartNotes({ curves, leftOut, logarithmicWanted, logarithmic, horizontal }: NotedChart): string[] {
  const notes = curves.flatMap(({ feed }) => nonFiniteNote(feed));
  if (leftOut > 0) {
    notes.push(
      leftOut === 1
        ? l10n.t('1 more curve of this kind can be added above.')
        : l10n.t('{0} more curves of this kind can be added above.', formatCount(leftOut)),
    );
  }
  if (logarithmicWanted && !logarithmic) {
    notes.push(l10n.t('No positive values: a logarithmic axis has no place for them.'));
  } else if (logarithmic && holdNonPositive(curves)) {
    notes.push(l10n.t('Values of 0 and below stand at the bottom of the logarithmic axis.'));
  }
  return [...notes, ...horizontalNotes(curves, horizontal)];
}

function horizontalNotes(curves: readonly DrawnCurve[], horizontal: NotedChart['horizontal']): string[] {
  const { zeroAtLeft = false, axis } = horizontal ?? {};
  if (!zeroAtLeft || !curves.some(({ feed }) => feed.overview && placesOf(feed.overview)!.from <= 0)) {
    return [];
  }
  return axis === 'relative-time'
    ? [l10n.t('What was logged at the very start stands at the left edge of the logarithmic axis.')]
    : [l10n.t('Steps of 0 and below stand at the left edge of the logarithmic axis.')];
}

function holdNonPositive(curves: readonly DrawnCurve[]): boolean {
  return curves.some(({ stretches }) => stretches.some(({ columns }) => columns.some(({ minimum }) => minimum <= 0)));
}

function nonFiniteNote({ overview, signal, label }: CurveFeed): string[] {
  if (!overview || signal.nonFinite === 0) {
    return [];
  }
  const [count, listed] = [formatCount(signal.nonFinite), formatCount(overview.nonFiniteX.length)];
  if (overview.nonFiniteX.length < overview.nonFiniteTotal) {
    return [l10n.t('{0} values of {1} are NaN or infinite; {2} of them are marked.', count, label, listed)];
  }
  return signal.nonFinite === 1
    ? [l10n.t('1 value of {0} is NaN or infinite.', label)]
    : [l10n.t('{0} values of {1} are NaN or infinite.', count, label)];
}
