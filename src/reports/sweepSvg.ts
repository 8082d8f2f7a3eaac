import type { SweepOutcome } from '../contract/labExperiment.js';
import { SERIES_CLASSES } from './htmlStyle.js';
import { markup } from './markup.js';
import type { Markup } from './markup.js';
import { formatNumber } from './numbers.js';
import { linear, point, rounded, scaleOf } from './svgScale.js';
import type { Translator } from './translator.js';

const WIDTH = 720;
const HEIGHT = 340;
const PLOT = { left: 64, right: 708, top: 18, bottom: 290 } as const;
/** Arms are told apart by dashes and marks as well as by colour. */
const DASHES = ['none', '7 4', '2 3', '9 3 2 3'] as const;

/**
 * Final loss over the learning rate, which is drawn logarithmically: a line through the means of each arm, a dot for
 * each seed, a cross at the upper edge for each run that diverged. Colours are classes of the page's style.
 */
export function sweepSvg(sweeps: readonly SweepOutcome[], l10n: Translator): Markup {
  const points = sweeps.flatMap((sweep) => sweep.points);
  const rates = points.map(({ learningRate }) => learningRate).filter((rate) => rate > 0);
  const losses = points.flatMap((one) => one.losses).filter(Number.isFinite);
  const least = (values: readonly number[]): number => values.reduce((low, value) => Math.min(low, value), Infinity);
  const most = (values: readonly number[]): number => values.reduce((high, value) => Math.max(high, value), -Infinity);
  const place = linear(Math.log10(least(rates)), Math.log10(most(rates)), PLOT.left + 12, PLOT.right - 12);
  const x = (rate: number): number => rounded(place(Math.log10(rate)));
  const vertical = scaleOf(least(losses), most(losses), PLOT.bottom, PLOT.top + 12);
  const unit = sweeps[0]?.unit ?? '';
  const name = l10n.t(
    'Final loss over the learning rate, {0}: {1}',
    unit,
    sweeps
      .map(({ arm, sensitivity }) => l10n.t('{0}, sensitivity {1}', arm, sensitivityWords(sensitivity, l10n)))
      .join('; '),
  );
  const axes = vertical.isLogarithmic
    ? l10n.t('Both axes are logarithmic.')
    : l10n.t('The learning rate is drawn logarithmically.');
  const ratesShown = [...new Set(rates)].sort((one, other) => one - other);
  return markup`<figure>
<ul class="legend">${sweeps.map(
    ({ arm }, index) =>
      markup`<li><svg viewBox="0 0 36 12" aria-hidden="true"><path class="sweep series-${index % SERIES_CLASSES}" stroke-dasharray="${dash(index)}" d="M0 6h36"/></svg>${arm}</li>
`,
  )}</ul>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${name}">
${vertical.ticks.map((tick) => {
  const y = rounded(vertical.at(tick));
  return markup`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y}" y2="${y}"/>
<text class="tick" x="${PLOT.left - 8}" y="${y + 4}" text-anchor="end">${formatNumber(tick)}</text>
`;
})}${ratesShown.map(
    (
      rate,
    ) => markup`<text class="tick" x="${x(rate)}" y="${PLOT.bottom + 20}" text-anchor="middle">${formatNumber(rate)}</text>
`,
  )}<text class="tick" x="${(PLOT.left + PLOT.right) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${l10n.t('learning rate')}</text>
${sweeps.map((sweep, index) => seriesOf(sweep, index, { x, y: vertical.at, l10n }))}</svg>
<figcaption>${name}. ${axes} ${l10n.t('Dots: seeds; lines: their means; crosses: runs that diverged.')}</figcaption>
</figure>
`;
}

/** Mean over the seeds; not finite where one of them diverged, NaN where there is none. */
export function meanLoss(losses: readonly number[]): number {
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

/** "unknown" where runs are missing. */
export function sensitivityWords(sensitivity: number | null, l10n: Translator): string {
  return sensitivity === null ? l10n.t('unknown') : formatNumber(sensitivity);
}

interface Drawing {
  readonly x: (rate: number) => number;
  readonly y: (loss: number) => number;
  readonly l10n: Translator;
}

function seriesOf({ points, arm }: SweepOutcome, index: number, { x, y, l10n }: Drawing): Markup {
  const series = `series-${index % SERIES_CLASSES}`;
  const means = points
    .map(({ learningRate, losses }) => ({
      learningRate,
      mean: meanLoss(losses),
    }))
    .filter(({ learningRate, mean }) => learningRate > 0 && Number.isFinite(mean));
  const marks = points
    .filter(({ learningRate }) => learningRate > 0)
    .flatMap(({ learningRate, losses }) =>
      losses.map((loss) => {
        const at = x(learningRate);
        const told = markup`<title>${l10n.t('{0}: {1} at {2}', arm, formatNumber(loss), formatNumber(learningRate))}</title>`;
        return Number.isFinite(loss)
          ? markup`<circle class="${series}" cx="${at}" cy="${rounded(y(loss))}" r="3">${told}</circle>
`
          : markup`<path class="sweep ${series}" d="M${at - 4} ${PLOT.top - 8}l8 8m0 -8l-8 8">${told}</path>
`;
      }),
    );
  const line = means.map(({ learningRate, mean }) => point(x(learningRate), y(mean))).join(' ');
  return markup`<polyline class="sweep ${series}" stroke-dasharray="${dash(index)}" points="${line}"/>
${marks}`;
}

function dash(index: number): string {
  return DASHES[index % DASHES.length]!;
}
