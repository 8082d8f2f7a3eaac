import * as l10n from '@vscode/l10n';
import { html, nothing, render, svg } from 'lit';
import type { TemplateResult } from 'lit';
import '@vscode-elements/elements/dist/vscode-toolbar-button/index.js';
import type { ChartFormat } from '../../src/contract/panelProtocol.js';
import type { ReportedSignal } from '../../src/contract/report.js';
import { formatCount, formatValue } from '../format/numbers.js';
import type { CurveFeed } from '../protocol/curveFeed.js';
import type { HorizontalPicture } from './axes.js';
import { placeWords, stretchWords } from './axes.js';
import type { ChartPlan } from './chartPlan.js';
import { columnUnder, placesOf, segmentStarts } from './columns.js';
import type { Stretch } from './columns.js';
import { CurveChart } from './curveChart.js';
import type { ChartPicture } from './curveChart.js';
import { traceMarker } from './drawCurve.js';
import type { CurveStyle, Marker } from './drawCurve.js';
import type { Band, NonFiniteMark, Plot } from './marks.js';
import { smooth } from './smoothing.js';
import { describeChart, resumeLabel, summariseCurve } from './textAlternative.js';
import type { CurveSummary } from './textAlternative.js';
import type { ChartTheme } from './theme.js';
import { extremesInView, isWide, linearRange, logarithmicRange } from './verticalRange.js';
import type { VerticalRange } from './verticalRange.js';
import type { Viewport } from './viewport.js';

/** What all charts of the page have in common at a moment. */
export interface SharedView extends HorizontalPicture {
  /** The whole axis. */
  readonly extent: Viewport;
  /** Weight of the smoothing; 0: none. */
  readonly smoothing: number;
  readonly bands: readonly Band[];
  readonly theme: ChartTheme;
}

export interface ChartCardActions {
  setLogarithmic(chart: string, logarithmic: boolean): void;
  remove(chart: ChartPlan): void;
  retry(chart: ChartPlan): void;
  save(card: ChartCard, format: ChartFormat): void;
}

interface DrawnCurve {
  readonly key: string;
  readonly feed: CurveFeed;
  readonly style: CurveStyle;
  readonly stretches: readonly Stretch[];
  readonly smoothed: readonly Float64Array[] | undefined;
}

/** A curve smoothed for what it was smoothed with. */
interface Smoothed {
  readonly key: string;
  readonly values: readonly Float64Array[];
}

const MARKERS: readonly Marker[] = ['circle', 'square', 'triangle', 'diamond'];
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3]];
const TABLE_HEAD: readonly string[] = [
  l10n.t('Signal'),
  l10n.t('Points'),
  l10n.t('First'),
  l10n.t('Last'),
  l10n.t('Lowest'),
  l10n.t('Highest'),
  l10n.t('NaN or infinite'),
];
/** Something to stand on where nothing finite is in view; it gets no labels. */
const NO_RANGE: VerticalRange = { from: 0, to: 1 };

/** One chart with its title, legend and tools. Draws only when told to. */
export class ChartCard {
  readonly element = document.createElement('section');
  plan: ChartPlan;
  feeds: readonly CurveFeed[];
  /** Set by the user; undefined: as the values suggest. */
  logarithmicWanted: boolean | undefined;

  private readonly actions: ChartCardActions;
  private readonly hidden = new Set<string>();
  private chart: CurveChart | undefined;
  private curves: readonly DrawnCurve[] = [];
  private width = 0;
  private crosshair: number | undefined;
  private shared: SharedView | undefined;
  private logarithmic = false;
  private summaries: readonly CurveSummary[] = [];
  private readonly summarised = new WeakMap<readonly Stretch[], CurveSummary>();
  private readonly smoothed = new WeakMap<readonly Stretch[], Smoothed>();

  constructor(plan: ChartPlan, feeds: readonly CurveFeed[], actions: ChartCardActions) {
    this.plan = plan;
    this.feeds = feeds;
    this.actions = actions;
    this.element.className = 'card chart';
    this.element.setAttribute('aria-label', plan.title);
    this.element.dataset['chart'] = plan.id;
  }

  /** Width of the plot in pixels; a guess before the first drawing. Measured once: it lays the page out. */
  get plotWidth(): number {
    this.width ||= this.element.clientWidth;
    return Math.max(100, this.width - 90);
  }

  /** What was measured no longer holds. */
  sizeChanged(): void {
    this.width = 0;
  }

  /** The part of the page that the pointer acts on. */
  get surface(): HTMLElement | null {
    return this.element.querySelector<HTMLElement>('.plot');
  }

  plot(): Plot | undefined {
    return this.chart?.plot();
  }

  draws(key: string): boolean {
    return this.feeds.some((feed) => feed.key === key);
  }

  draw(shared: SharedView): void {
    this.shared = shared;
    this.curves = this.feeds.map((feed, index) => ({
      ...drawnCurve(feed, index, shared.theme),
      smoothed: this.smooth(feed, shared),
    }));
    this.summaries = this.curves.map((curve) => this.summary(curve));
    const picture = this.picture(shared);
    this.renderFrame();
    const canvas = this.element.querySelector('canvas')!;
    if (this.chart) {
      this.chart.show(picture);
    } else {
      this.chart = new CurveChart(canvas, picture);
    }
    this.placeCrosshair();
  }

  /** Moves the crosshair of this chart and the values in its legend; undefined takes it away. */
  showCrosshair(x: number | undefined): void {
    this.crosshair = x;
    if (this.shared) {
      this.renderFrame();
      this.placeCrosshair();
    }
  }

  dispose(): void {
    this.chart?.dispose();
    this.element.remove();
  }

  /** The curves that are not hidden. */
  get visibleCurves(): readonly DrawnCurve[] {
    return this.curves.filter(({ key }) => !this.hidden.has(key));
  }

  /** Made anew only for new data: a zoom draws the same columns at every frame. */
  private summary({ feed, stretches }: DrawnCurve): CurveSummary {
    const { points, nonFinite } = feed.signal;
    const known = this.summarised.get(stretches);
    const summary = known?.points === points ? known : summariseCurve(feed.label, points, nonFinite, stretches);
    this.summarised.set(stretches, summary);
    return summary;
  }

  /** Like the summary made anew only for new data, or for another weight or axis. */
  private smooth(feed: CurveFeed, { smoothing, scale, extent }: SharedView): readonly Float64Array[] | undefined {
    if (smoothing === 0) {
      return undefined;
    }
    const { stretches } = feed;
    const key = [smoothing, scale.logarithmic, extent.from, extent.to].join(' ');
    const known = this.smoothed.get(stretches);
    if (known?.key === key) {
      return known.values;
    }
    const gaps = nonFiniteOf(feed).map(({ x }) => x);
    const values = smooth(stretches, smoothing, scale, extent, gaps);
    this.smoothed.set(stretches, { key, values });
    return values;
  }

  private picture(shared: SharedView): ChartPicture {
    const visible = this.visibleCurves;
    const extremes = extremesInView(
      visible.map(({ stretches }) => stretches),
      shared.view,
    );
    const wide = extremes !== undefined && this.plan.mayBeWide && isWide(extremes);
    const range = extremes && logarithmicRange(extremes);
    this.logarithmic = range !== undefined && (this.logarithmicWanted ?? wide);
    return {
      ...shared,
      logarithmic: this.logarithmic,
      range: this.logarithmic ? range! : extremes ? linearRange(extremes) : NO_RANGE,
      measured: extremes !== undefined,
      curves: visible,
      nonFinite: visible.flatMap(({ feed }) => nonFiniteOf(feed)),
      segmentStarts: startsOf(visible),
      segmentLabel: (start) => resumeLabel(placeWords(shared.axis, start, this.stepUnit)),
    };
  }

  private get stepUnit(): ReportedSignal['stepUnit'] {
    return this.plan.signals[0]?.stepUnit ?? 'step';
  }

  private renderFrame(): void {
    render(this.frame(), this.element);
  }

  private frame(): TemplateResult {
    return html`
      <header class="chart-header">
        <h3 title=${this.plan.title}>${this.plan.title}</h3>
        <div class="legend">${this.curves.map((curve) => this.legendItem(curve))}</div>
        <div class="chart-tools">${this.tools()}</div>
      </header>
      <div class="plot">
        <canvas role="img" aria-label=${this.description()}></canvas>
        <div class="crosshair" hidden></div>
        <div class="crosshair-label" hidden aria-hidden="true"></div>
        <div class="zoom-selection" hidden></div>
        ${this.message()}
      </div>
      ${this.notes()}
      <div class="visually-hidden">${this.textTable()}</div>
    `;
  }

  private legendItem(curve: DrawnCurve): TemplateResult {
    const { key, feed, style, stretches } = curve;
    const shown = !this.hidden.has(key);
    const smoothed = this.smoothedReading(curve);
    return html`<button
      type="button"
      class="legend-item"
      aria-pressed=${shown ? 'true' : 'false'}
      title=${shown ? l10n.t('{0} ({1} points): hide', feed.label, formatCount(feed.signal.points)) : l10n.t('{0} ({1} points): show', feed.label, formatCount(feed.signal.points))}
      @click=${() => this.toggle(key)}
    >
      <svg class="swatch" width="22" height="10" aria-hidden="true">
        ${svg`<line x1="1" y1="5" x2="21" y2="5" stroke=${style.colour} stroke-width="2" stroke-dasharray=${style.dash.join(' ') || nothing}></line>
        <path d=${markerPath(style.marker)} fill=${style.colour}></path>`}
      </svg>
      <span class=${feed.label === this.plan.title ? 'visually-hidden' : 'legend-name'}>${feed.label}</span>
      <span class="legend-value">${this.reading(feed, stretches)}</span>
      ${smoothed === undefined ? nothing : html`<span class="legend-smoothed">${l10n.t('smoothed {0}', smoothed)}</span>`}
    </button>`;
  }

  /** The newest value, or what stands under the crosshair: all of it where a column holds several points. */
  private reading(feed: CurveFeed, stretches: readonly Stretch[]): string {
    const column = columnUnder(stretches, this.crosshair ?? Infinity);
    if (!column) {
      return '';
    }
    if (!Number.isFinite(column.last)) {
      return formatValue(nonFiniteOf(feed).findLast(({ x }) => x >= column.x && x <= column.xEnd)?.value ?? NaN);
    }
    const [lowest, highest] = [formatValue(column.minimum), formatValue(column.maximum)];
    return this.crosshair === undefined || lowest === highest ? formatValue(column.last) : `${lowest} … ${highest}`;
  }

  /** What the smoothed curve reads where {@link reading} does; undefined where it has a gap. */
  private smoothedReading({ stretches, smoothed }: DrawnCurve): string | undefined {
    const column = smoothed && columnUnder(stretches, this.crosshair ?? Infinity);
    if (!column) {
      return undefined;
    }
    const stretch = stretches.findIndex(({ columns }) => columns.includes(column));
    const value = smoothed[stretch]?.[stretches[stretch]!.columns.indexOf(column)] ?? NaN;
    return Number.isNaN(value) ? undefined : formatValue(value);
  }

  private toggle(key: string): void {
    if (!this.hidden.delete(key)) {
      this.hidden.add(key);
    }
    if (this.shared) {
      this.draw(this.shared);
    }
  }

  private tools(): TemplateResult {
    return html`<button
        type="button"
        class="toggle"
        aria-pressed=${this.logarithmic ? 'true' : 'false'}
        title=${l10n.t('Logarithmic vertical axis')}
        aria-label=${l10n.t('log y: logarithmic vertical axis of {0}', this.plan.title)}
        @click=${() => this.actions.setLogarithmic(this.plan.id, !this.logarithmic)}
      >
        ${l10n.t('log y')}
      </button>
      ${this.saveButton('png', 'file-media', l10n.t('Save as a picture (PNG)…'))}
      ${this.saveButton('csv', 'table', l10n.t('Save the numbers (CSV)…'))}
      ${
        this.plan.added
          ? html`<vscode-toolbar-button
              icon="close"
              label=${l10n.t('Take off the chart of {0}', this.plan.title)}
              title=${l10n.t('Take off')}
              @click=${() => this.actions.remove(this.plan)}
            ></vscode-toolbar-button>`
          : nothing
      }`;
  }

  private saveButton(format: ChartFormat, icon: string, title: string): TemplateResult {
    return html`<vscode-toolbar-button
      icon=${icon}
      label=${`${this.plan.title}: ${title}`}
      title=${title}
      @click=${() => this.actions.save(this, format)}
    ></vscode-toolbar-button>`;
  }

  private message(): TemplateResult | typeof nothing {
    const problem = this.feeds.find((feed) => feed.problem !== undefined)?.problem;
    if (problem !== undefined) {
      return html`<div class="plot-message" role="status">
        <span class="codicon codicon-warning" aria-hidden="true"></span>
        <span>${l10n.t('Not all of it could be drawn: {0}', problem)}</span>
        <button type="button" class="link" @click=${() => this.actions.retry(this.plan)}>${l10n.t('Try again')}</button>
      </div>`;
    }
    if (this.feeds.some(({ overview }) => overview === undefined)) {
      return html`<div class="plot-message quiet" role="status">${l10n.t('Reading the curves…')}</div>`;
    }
    return this.feeds.every(({ overview }) => overview!.x.length === 0)
      ? html`<div class="plot-message quiet" role="status">${this.emptyReason()}</div>`
      : nothing;
  }

  private emptyReason(): string {
    return this.shared?.axis === 'step' || typeof this.shared?.axis === 'object'
      ? l10n.t('No points yet.')
      : l10n.t('This log does not say when its numbers were written.');
  }

  private notes(): TemplateResult | typeof nothing {
    const notes = [...this.visibleCurves.flatMap(({ feed }) => nonFiniteNote(feed))];
    if (this.plan.leftOut > 0) {
      notes.push(
        this.plan.leftOut === 1
          ? l10n.t('1 more curve of this kind can be added above.')
          : l10n.t('{0} more curves of this kind can be added above.', formatCount(this.plan.leftOut)),
      );
    }
    if (this.logarithmicWanted && !this.logarithmic) {
      notes.push(l10n.t('No positive values: a logarithmic axis has no place for them.'));
    } else if (this.logarithmic && this.holdsNonPositive()) {
      notes.push(l10n.t('Values of 0 and below stand at the bottom of the logarithmic axis.'));
    }
    notes.push(...this.horizontalNotes());
    return notes.length === 0
      ? nothing
      : html`<ul class="chart-notes">
          ${notes.map((note) => html`<li>${note}</li>`)}
        </ul>`;
  }

  private horizontalNotes(): string[] {
    const { zeroAtLeft = false, axis } = this.shared ?? {};
    if (!zeroAtLeft || !this.visibleCurves.some(({ feed }) => feed.overview && placesOf(feed.overview)!.from <= 0)) {
      return [];
    }
    return axis === 'relative-time'
      ? [l10n.t('What was logged at the very start stands at the left edge of the logarithmic axis.')]
      : [l10n.t('Steps of 0 and below stand at the left edge of the logarithmic axis.')];
  }

  private holdsNonPositive(): boolean {
    return this.visibleCurves.some(({ stretches }) =>
      stretches.some(({ columns }) => columns.some(({ minimum }) => minimum <= 0)),
    );
  }

  private description(): string {
    const stretch = this.shared ? stretchWords(this.shared.axis, this.shared.view, this.stepUnit) : l10n.t('the run');
    const { smoothing = 0, scale } = this.shared ?? {};
    return [
      describeChart(this.plan.title, stretch, this.summaries),
      ...(scale?.logarithmic ? [l10n.t('Logarithmic horizontal axis.')] : []),
      ...(this.logarithmic ? [l10n.t('Logarithmic vertical axis.')] : []),
      ...(smoothing > 0 ? [l10n.t('Smoothed curves ({0}) are drawn over the values.', formatValue(smoothing))] : []),
    ].join(' ');
  }

  private textTable(): TemplateResult {
    return html`<table>
      <caption>
        ${l10n.t('{0} in numbers', this.plan.title)}
      </caption>
      <thead>
        <tr>
          ${TABLE_HEAD.map((name) => html`<th scope="col">${name}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${this.summaries.map(
          (curve) =>
            html`<tr>
              <th scope="row">${curve.name}</th>
              ${[formatCount(curve.points), curve.first, curve.last, curve.lowest, curve.highest, curve.nonFinite].map(
                (cell) => html`<td>${cell}</td>`,
              )}
            </tr>`,
        )}
      </tbody>
    </table>`;
  }

  private placeCrosshair(): void {
    const line = this.element.querySelector<HTMLElement>('.crosshair');
    const label = this.element.querySelector<HTMLElement>('.crosshair-label');
    const plot = this.plot();
    if (!line || !label || !plot || !this.shared) {
      return;
    }
    const pixel = this.crosshair === undefined ? NaN : plot.x(this.crosshair);
    const visible = pixel >= plot.left - 0.5 && pixel <= plot.right + 0.5;
    line.hidden = !visible;
    label.hidden = !visible;
    if (visible) {
      line.style.transform = `translateX(${Math.round(pixel)}px)`;
      line.style.top = `${plot.top}px`;
      line.style.height = `${plot.bottom - plot.top}px`;
      label.textContent = placeWords(this.shared.axis, this.crosshair!, this.stepUnit);
      const half = label.offsetWidth / 2;
      const centre = Math.min(Math.max(pixel, plot.left + half), plot.right - half);
      label.style.transform = `translateX(${Math.round(centre - half)}px)`;
      label.style.top = `${plot.bottom + 2}px`;
    }
  }
}

function drawnCurve(feed: CurveFeed, index: number, theme: ChartTheme): Omit<DrawnCurve, 'smoothed'> {
  return {
    key: feed.key,
    feed,
    style: {
      colour: theme.series[index % theme.series.length]!,
      // With more curves than colours, no pair of colour and dash comes twice.
      dash: DASHES[(index + Math.floor(index / theme.series.length)) % DASHES.length]!,
      marker: MARKERS[index % MARKERS.length]!,
    },
    stretches: feed.stretches,
  };
}

function nonFiniteOf({ overview, detail }: CurveFeed): NonFiniteMark[] {
  const envelope = detail?.envelope ?? overview;
  return envelope ? Array.from(envelope.nonFiniteX, (x, index) => ({ x, value: envelope.nonFiniteValue[index]! })) : [];
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

/** Segments of several curves begin at the same places; near duplicates are one line. */
function startsOf(curves: readonly DrawnCurve[]): number[] {
  return [
    ...new Set(
      curves.flatMap(({ feed }) => (feed.overview && feed.run === undefined ? segmentStarts(feed.overview) : [])),
    ),
  ].sort((a, b) => a - b);
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
