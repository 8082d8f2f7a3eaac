import * as l10n from '@vscode/l10n';
import { html, nothing, render } from 'lit';
import type { TemplateResult } from 'lit';
import '@vscode-elements/elements/dist/vscode-toolbar-button/index.js';
import type { ChartFormat } from '../../src/contract/panelProtocol.js';
import type { ReportedSignal } from '../../src/contract/report.js';
import { formatValue } from '../format/numbers.js';
import type { HorizontalPicture } from './axes.js';
import { placeWords, stretchWords } from './axes.js';
import { legendItem } from './chartLegend.js';
import { chartNotes } from './chartNotes.js';
import type { ChartPlan } from './chartPlan.js';
import { placeCrosshair } from './crosshair.js';
import { CurveChart } from './curveChart.js';
import type { ChartPicture } from './curveChart.js';
import type { CurveFeed } from './curveFeed.js';
import { CurveMaker, nonFiniteOf, segmentStartsOf } from './curveMaker.js';
import type { CurveLook, DrawnCurve } from './curveMaker.js';
import type { Band, Plot } from './marks.js';
import { numbersTable } from './numbersTable.js';
import { describeChart, resumeLabel } from './textAlternative.js';
import type { CurveSummary } from './textAlternative.js';
import { extremesInView, isWide, linearRange, logarithmicRange } from './verticalRange.js';
import type { VerticalRange } from './verticalRange.js';

/** What all charts of the page have in common at a moment. */
export interface SharedView extends HorizontalPicture, CurveLook {
  readonly bands: readonly Band[];
}

export interface ChartCardActions {
  setLogarithmic(chart: string, logarithmic: boolean): void;
  remove(chart: ChartPlan): void;
  retry(chart: ChartPlan): void;
  save(card: ChartCard, format: ChartFormat): void;
}

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
  private readonly maker = new CurveMaker();
  private readonly hidden = new Set<string>();
  private chart: CurveChart | undefined;
  private curves: readonly DrawnCurve[] = [];
  private width = 0;
  private crosshair: number | undefined;
  private shared: SharedView | undefined;
  private logarithmic = false;

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
    this.curves = this.maker.curvesOf(this.feeds, shared);
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
      segmentStarts: segmentStartsOf(visible),
      segmentLabel: (start) => resumeLabel(placeWords(shared.axis, start, this.stepUnit)),
    };
  }

  private get summaries(): readonly CurveSummary[] {
    return this.curves.map(({ summary }) => summary);
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
        <div class="legend">${this.legend()}</div>
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
      <div class="visually-hidden">${numbersTable(this.plan.title, this.summaries)}</div>
    `;
  }

  private legend(): TemplateResult[] {
    return this.curves.map((curve) =>
      legendItem(curve, {
        chart: this.plan.title,
        shown: !this.hidden.has(curve.key),
        crosshair: this.crosshair,
        toggle: () => this.toggle(curve.key),
      }),
    );
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
    const { visibleCurves: curves, logarithmicWanted, logarithmic, shared: horizontal } = this;
    const { leftOut } = this.plan;
    const notes = chartNotes({ curves, leftOut, logarithmicWanted, logarithmic, horizontal });
    return notes.length === 0
      ? nothing
      : html`<ul class="chart-notes">
          ${notes.map((note) => html`<li>${note}</li>`)}
        </ul>`;
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

  private placeCrosshair(): void {
    const { shared } = this;
    const plot = this.plot();
    if (plot && shared) {
      placeCrosshair(this.element, plot, this.crosshair, (place) => placeWords(shared.axis, place, this.stepUnit));
    }
  }
}
