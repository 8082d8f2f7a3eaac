import * as l10n from '@vscode/l10n';
import { html, nothing, svg } from 'lit';
import type { TemplateResult } from 'lit';
import { formatCount, formatValue } from '../format/numbers.js';
import { columnUnder } from './columns.js';
import { traceMarker } from './drawCurve.js';
import type { Marker } from './drawCurve.js';
import { nonFiniteOf } from './curveMaker.js';
import type { DrawnCurve } from './curveMaker.js';

/** How a curve stands in the legend of its chart. */
export interface LegendEntry {
  /** The title of the chart; a curve of that name needs no other. */
  readonly chart: string;
  readonly shown: boolean;
  /** Undefined: the newest value is read. */
  readonly crosshair: number | undefined;
  readonly toggle: () => void;
}

/** A curve's look, its name, and what it reads; a click hides and shows it. */
export function legendItem(curve: DrawnCurve, { chart, shown, crosshair, toggle }: LegendEntry): TemplateResult {
  const { feed, style } = curve;
  const points = formatCount(feed.signal.points);
  const smoothed = smoothedReading(curve, crosshair);
  return html`<button
    type="button"
    class="legend-item"
    aria-pressed=${shown ? 'true' : 'false'}
    title=${shown ? l10n.t('{0} ({1} points): hide', feed.label, points) : l10n.t('{0} ({1} points): show', feed.label, points)}
    @click=${toggle}
  >
    <svg class="swatch" width="22" height="10" aria-hidden="true">
      ${svg`<line x1="1" y1="5" x2="21" y2="5" stroke=${style.colour} stroke-width="2" stroke-dasharray=${style.dash.join(' ') || nothing}></line>
        <path d=${markerPath(style.marker)} fill=${style.colour}></path>`}
    </svg>
    <span class=${feed.label === chart ? 'visually-hidden' : 'legend-name'}>${feed.label}</span>
    <span class="legend-value">${reading(curve, crosshair)}</span>
    ${smoothed === undefined ? nothing : html`<span class="legend-smoothed">${l10n.t('smoothed {0}', smoothed)}</span>`}
  </button>`;
}

/** The newest value, or what stands under the crosshair: all of it where a column holds several points. */
function reading({ feed, stretches }: DrawnCurve, crosshair: number | undefined): string {
  const column = columnUnder(stretches, crosshair ?? Infinity);
  if (!column) {
    return '';
  }
  if (!Number.isFinite(column.last)) {
    return formatValue(nonFiniteOf(feed).findLast(({ x }) => x >= column.x && x <= column.xEnd)?.value ?? NaN);
  }
  const [lowest, highest] = [formatValue(column.minimum), formatValue(column.maximum)];
  return crosshair === undefined || lowest === highest ? formatValue(column.last) : `${lowest} … ${highest}`;
}

/** What the smoothed curve reads where {@link reading} does; undefined where it has a gap. */
function smoothedReading({ stretches, smoothed }: DrawnCurve, crosshair: number | undefined): string | undefined {
  const column = smoothed && columnUnder(stretches, crosshair ?? Infinity);
  if (!column) {
    return undefined;
  }
  const stretch = stretches.findIndex(({ columns }) => columns.includes(column));
  const value = smoothed[stretch]?.[stretches[stretch]!.columns.indexOf(column)] ?? NaN;
  return Number.isNaN(value) ? undefined : formatValue(value);
}

/** The marker as the data of an SVG path, traced by the code that draws it on a canvas. */
function markerPath(marker: Marker): string {
  const parts: string[] = [];
  traceMarker(
    {
      moveTo: (x, y) => parts.push(`M${x} ${y}`),
      lineTo: (x, y) => parts.push(`L${x} ${y}`),
      arc: (x, y, radius) =>
        parts.push(`A${radius} ${radius} 0 1 1 ${x - radius} ${y}A${radius} ${radius} 0 1 1 ${x + radius} ${y}`),
      rect: (x, y, width, height) => parts.push(`M${x} ${y}h${width}v${height}h${-width}Z`),
      closePath: () => parts.push('Z'),
    },
    marker,
    11,
    5,
    3,
  );
  return parts.join('');
}
