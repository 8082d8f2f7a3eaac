import type { Finding } from '../model/finding.js';
import type { FindingChart } from './findingCharts.js';
import { markup } from './markup.js';
import type { Markup } from './markup.js';
import { formatCount, formatNumber } from './numbers.js';
import { linear, point, rounded, scaleOf } from './svgScale.js';
import type { Scale } from './svgScale.js';
import { ownerText } from './words.js';

const WIDTH = 720;
const HEIGHT = 190;
const PLOT = { left: 64, right: 708, top: 14, bottom: 162 } as const;
/** Narrowest that the band of a finding is drawn. */
const LEAST_BAND = 3;

/**
 * The stretch of a series around a finding: its smallest and largest values as an area, its course as a line, what is
 * not finite as crosses at the upper edge, and the finding's steps as a band. Colours are classes of the page's style.
 */
export function chartSvg(chart: FindingChart, finding: Pick<Finding, 'fromStep' | 'toStep' | 'title'>): Markup {
  const { envelope, from, to } = chart;
  const shown = columnsOf(chart);
  const vertical = verticalScale(shown);
  const horizontal = linear(from, to, PLOT.left, PLOT.right);
  const name = `${ownerText(chart)}, steps ${formatCount(from)} to ${formatCount(to)}`;
  const bandFrom = horizontal(Math.max(finding.fromStep, from));
  const bandWidth = Math.max(LEAST_BAND, horizontal(Math.min(finding.toStep, to)) - bandFrom);
  const crosses = [...envelope.nonFiniteX].map((step, index) => ({
    x: rounded(horizontal(step)),
    value: envelope.nonFiniteValue[index] ?? NaN,
  }));
  return markup`<figure>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${name}">
<rect class="band" x="${rounded(bandFrom)}" y="${PLOT.top}" width="${rounded(bandWidth)}" height="${PLOT.bottom - PLOT.top}"/>
${vertical.ticks.map((tick) => {
  const y = rounded(vertical.at(tick));
  return markup`<line class="grid" x1="${PLOT.left}" x2="${PLOT.right}" y1="${y}" y2="${y}"/>
<text class="tick" x="${PLOT.left - 8}" y="${y + 4}" text-anchor="end">${formatNumber(tick)}</text>
`;
})}${areas(shown, horizontal, vertical)}${crosses.map(
    ({ x, value }) =>
      markup`<path class="cross" d="M${x - 4} ${PLOT.top - 4}l8 8m0 -8l-8 8"><title>${formatNumber(value)}</title></path>
`,
  )}<text class="tick" x="${PLOT.left}" y="${PLOT.bottom + 20}">${formatCount(from)}</text>
<text class="tick" x="${PLOT.right}" y="${PLOT.bottom + 20}" text-anchor="end">step ${formatCount(to)}</text>
</svg>
<figcaption>${name}${vertical.isLogarithmic ? ', logarithmic' : ''}. The area spans the smallest and largest values; the band is the finding.${
    envelope.nonFiniteTotal > 0
      ? markup` Crosses: ${formatCount(envelope.nonFiniteTotal)} values that are NaN or infinite.`
      : undefined
  }</figcaption>
</figure>`;
}

interface Column {
  readonly from: number;
  readonly to: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly last: number;
  readonly segment: number;
}

/** What is drawn: columns with a finite value that no later segment has written again. */
function columnsOf({ envelope }: FindingChart): readonly Column[] {
  return [...envelope.x]
    .map((from, index) => ({
      from,
      to: envelope.xEnd[index] ?? from,
      minimum: envelope.minimum[index] ?? NaN,
      maximum: envelope.maximum[index] ?? NaN,
      last: envelope.last[index] ?? NaN,
      segment: envelope.segment[index] ?? 0,
    }))
    .filter((column, index) => Number.isFinite(column.minimum) && envelope.overwritten[index] !== 1);
}

/** One area and one line for each segment: between two, the run was begun again. */
function areas(columns: readonly Column[], x: (step: number) => number, { at }: Scale): readonly Markup[] {
  return [...new Set(columns.map(({ segment }) => segment))].map((segment) => {
    const own = columns.filter((column) => column.segment === segment);
    const upper = own.flatMap(({ from, to, maximum }) => [point(x(from), at(maximum)), point(x(to), at(maximum))]);
    const lower = own
      .flatMap(({ from, to, minimum }) => [point(x(from), at(minimum)), point(x(to), at(minimum))])
      .reverse();
    const line = own.map(({ to, last }) => point(x(to), at(last)));
    return markup`<polygon class="area" points="${[...upper, ...lower].join(' ')}"/>
<polyline class="line" points="${line.join(' ')}"/>
`;
  });
}

function verticalScale(columns: readonly Column[]): Scale {
  const minimum = columns.reduce((least, column) => Math.min(least, column.minimum), Infinity);
  const maximum = columns.reduce((most, column) => Math.max(most, column.maximum), -Infinity);
  return scaleOf(minimum, maximum, PLOT.bottom, PLOT.top);
}
