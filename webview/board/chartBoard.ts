import type { ChartFormat } from '../../src/contract/panelProtocol.js';
import type { ReportedFinding, ReportedSignal, RunReport } from '../../src/contract/report.js';
import type { HorizontalAxis } from '../../src/model/envelope.js';
import type { Evidence } from '../../src/model/finding.js';
import { ChartCard } from '../charts/chartCard.js';
import type { ChartCardActions, SharedView } from '../charts/chartCard.js';
import { planCharts, signalKey } from '../charts/chartPlan.js';
import type { ChartPlan } from '../charts/chartPlan.js';
import type { ClockSource } from '../charts/clockSource.js';
import type { CurveFeed } from '../charts/curveFeed.js';
import type { StepScale } from '../charts/stepScale.js';
import { readTheme } from '../charts/theme.js';
import type { ChartTheme } from '../charts/theme.js';
import type { VerticalScale } from '../charts/verticalRange.js';
import type { Viewport } from '../charts/viewport.js';
import { HeatMapCard } from '../heatMap/heatMapCard.js';
import { planLayers } from '../heatMap/layers.js';
import type { EnvelopeClient } from '../protocol/envelopeClient.js';
import { exportChart } from './chartExport.js';
import type { ComparedRun } from './comparedRun.js';
import { comparedReadings } from './comparison.js';
import type { ComparedReadings } from './comparison.js';
import { CurveFeeds } from './curveFeeds.js';
import { DrawQueue } from './drawQueue.js';
import { FetchSchedule } from './fetchSchedule.js';
import { bandAt, findingBands } from './findingBands.js';
import { attachGestures } from './gestures.js';
import { handleChartKey } from './keyboard.js';
import { SharedAxis } from './sharedAxis.js';
import { Sight } from './sight.js';

/** What the board needs of the page's state. */
export interface BoardInput {
  readonly report: RunReport;
  /** The charts, where they are not those of the roles of the run's signals. */
  readonly plans?: readonly ChartPlan[];
  readonly axis: HorizontalAxis;
  /** What the axis is labelled with in place of steps. */
  readonly scale: StepScale | undefined;
  /** Whether the horizontal axis shall be logarithmic; that of wall time never is. */
  readonly logarithmicX: boolean;
  /** Weight of the smoothing; 0: none. */
  readonly smoothing: number;
  readonly selected: string | undefined;
  readonly verticalScales: Readonly<Record<string, VerticalScale>>;
  readonly added: readonly string[];
  readonly compared: readonly ComparedRun[];
}

export interface BoardActions {
  setVerticalScale(chart: string, scale: VerticalScale): void;
  removeSignal(key: string): void;
  selectFinding(finding: string): void;
  saveChart(name: string, format: ChartFormat, content: Uint8Array): void;
  /** The view or the crosshair changed; the page's tools show them. */
  viewChanged(): void;
}

/** A click so many pixels beside a band still means it. */
const CLICK_LEEWAY = 4;

/** All charts of the page over one horizontal axis, with one crosshair. */
export class ChartBoard {
  private readonly container: HTMLElement;
  private readonly client: EnvelopeClient;
  private readonly actions: BoardActions;
  private readonly axis: SharedAxis;
  private readonly feeds: CurveFeeds;
  private readonly drawing: DrawQueue;
  private readonly heatMap: HeatMapCard;
  private readonly cards = new Map<string, ChartCard>();
  private readonly sight: Sight;
  private readonly fetching: FetchSchedule;
  private input: BoardInput | undefined;
  private theme: ChartTheme = readTheme();
  private crosshair: number | undefined;
  private drawnView: Viewport | undefined;

  constructor(container: HTMLElement, client: EnvelopeClient, clocks: ClockSource, actions: BoardActions) {
    this.container = container;
    this.client = client;
    this.actions = actions;
    this.feeds = new CurveFeeds(client, (key) => this.feedChanged(key));
    this.axis = new SharedAxis({
      clocks,
      content: () => this.input,
      overviews: () => this.feeds.overviews,
      onMove: () => this.viewMoved(),
      onFollow: () => actions.viewChanged(),
    });
    this.sight = new Sight(() => this.sightChanged());
    this.drawing = new DrawQueue({
      isInSight: ({ element }) => this.sight.holds(element),
      beginFrame: () => this.beginFrame(),
      endFrame: (shared) => {
        if (this.sight.holds(this.heatMap.element)) {
          this.heatMap.draw(shared);
        }
      },
    });
    this.heatMap = new HeatMapCard(client, (x) => this.setCrosshair(x));
    const { axis, cards, heatMap, sight } = this;
    this.fetching = new FetchSchedule({ axis, cards, clocks, content: () => this.input, heatMap, sight });
    new ResizeObserver(() => {
      this.cards.forEach((card) => card.sizeChanged());
      this.refresh();
    }).observe(container);
  }

  /** The stretch in view when the page is zoomed in; undefined: everything. */
  get zoomedTo(): Viewport | undefined {
    return this.axis.zoomedTo;
  }

  get crosshairPlace(): number | undefined {
    return this.crosshair;
  }

  /** Where a step lies along the plots, from 0 at their left to 1; undefined out of view, and where the axis has no place for it. */
  shareOf(step: number): number | undefined {
    const place = this.input && this.axis.placeOf(step);
    const share = place === undefined ? NaN : this.axis.shareOf(place);
    return share >= 0 && share <= 1 ? share : undefined;
  }

  update(input: BoardInput): void {
    const before = this.input;
    const pictureBefore = this.commonPicture();
    this.input = input;
    if (before && before.axis !== input.axis) {
      this.axis.switched(before.axis, input.axis);
      this.crosshair = undefined;
      this.actions.viewChanged();
    }
    this.axis.keepFollowing();
    this.arrange(input.plans ?? planCharts(input.report.signals, input.added));
    this.arrangeHeatMap(input.report.signals);
    this.fetching.fetch();
    if (this.commonPicture() !== pictureBefore) {
      this.drawing.add(this.cards.values());
    }
  }

  /** Draws everything again with the colours of a new theme. */
  themeChanged(): void {
    this.theme = readTheme();
    this.refresh();
  }

  /** Something that all charts show has changed: ask for what is missing, and draw. */
  refresh(): void {
    this.fetching.fetch();
    this.drawing.add(this.cards.values());
  }

  /** Zooms by `factor` (below 1: closer) around the crosshair, else around the middle of the view. */
  zoomBy(factor: number): void {
    this.axis.zoomBy(factor, this.crosshair ?? this.axis.placeAt(0.5));
  }

  resetZoom(): void {
    this.axis.showAll();
  }

  /** Whether the newest step is in view, and stays in it as the run grows. */
  get follows(): boolean {
    return this.axis.follows;
  }

  /** Moves the view to the newest step. */
  follow(): void {
    this.axis.panBy(Infinity);
  }

  /** What each signal reads in the page's own run and in the compared ones, under the crosshair or at `place`. */
  readings(place: number): ComparedReadings[] {
    const { compared, axis } = this.input!;
    return comparedReadings(this.plans, this.feeds, compared, axis, place);
  }

  /** Moves the view to where a piece of evidence stands, the crosshair onto it, and its chart into sight. */
  showEvidence(evidence: Evidence, finding: ReportedFinding): void {
    const places = [evidence.step, finding.fromStep, finding.toStep].map((step) => this.axis.placeOf(step));
    const [at, from, to] = places;
    if (at === undefined || from === undefined || to === undefined) {
      return;
    }
    this.axis.showAround(at, { from: Math.min(from, at), to: Math.max(to, at) });
    this.setCrosshair(at);
    const key = signalKey(evidence);
    const card = [...this.cards.values()].find((each) => each.draws(key));
    card?.element.scrollIntoView({ block: 'nearest', behavior: 'auto' });
  }

  /** Whether a key press was meant for the charts. */
  handleKey(event: KeyboardEvent): boolean {
    return handleChartKey(event, {
      zoomBy: (factor) => this.zoomBy(factor),
      resetZoom: () => this.resetZoom(),
      panBy: (share) => this.axis.panBy(share),
      moveCrosshair: (by) => this.moveCrosshair(by),
      hideCrosshair: () => this.setCrosshair(undefined),
    });
  }

  private get plans(): readonly ChartPlan[] {
    return [...this.cards.values()].map(({ plan }) => plan);
  }

  private get shared(): SharedView {
    const input = this.input!;
    const { view, extent, scale, clock, hasZeroAtLeft } = this.axis;
    return {
      axis: input.scale ?? input.axis,
      ...{ view, extent, scale },
      zeroAtLeft: hasZeroAtLeft,
      smoothing: input.smoothing,
      wholeSteps: input.report.signals.every(({ stepUnit }) => stepUnit !== 'epoch'),
      bands: findingBands(input.report.findings, input.selected, clock),
      theme: this.theme,
    };
  }

  /** What was in sight before is drawn already; what was not has waited. */
  private sightChanged(): void {
    this.fetching.fetch();
    this.drawing.drawSoon();
  }

  private viewMoved(): void {
    this.drawing.add(this.cards.values());
    this.fetching.fetchSoon();
    this.actions.viewChanged();
  }

  private moveCrosshair(by: number): void {
    const share = this.crosshair === undefined ? 0.5 : this.axis.shareOf(this.crosshair);
    this.setCrosshair(this.axis.placeAt(Math.min(Math.max(share + by, 0), 1)));
  }

  private setCrosshair(x: number | undefined): void {
    if (x !== this.crosshair) {
      this.crosshair = x;
      this.cards.forEach((card) => card.showCrosshair(x));
      this.heatMap.showCrosshair(x);
      if (this.input!.compared.length > 0) {
        this.actions.viewChanged();
      }
    }
  }

  private arrange(plans: readonly ChartPlan[]): void {
    const wanted = new Set(plans.map(({ id }) => id));
    for (const [id, card] of this.cards) {
      if (!wanted.has(id)) {
        this.sight.forget(card.element);
        this.drawing.forget(card);
        card.dispose();
        this.cards.delete(id);
      }
    }
    plans.forEach((plan) => {
      this.updateCard(plan);
    });
    this.keepOrder();
    this.feeds.keepOnly([...this.cards.values()].flatMap(({ feeds }) => feeds));
  }

  private updateCard(plan: ChartPlan): void {
    const feeds = this.feeds.of(plan, this.input!.compared);
    let card = this.cards.get(plan.id);
    if (!card) {
      card = this.newCard(plan, feeds);
      this.cards.set(plan.id, card);
    }
    card.plan = plan;
    card.feeds = feeds;
    const scale = this.input?.verticalScales[plan.id];
    card.logarithmicWanted = scale === undefined ? undefined : scale === 'logarithmic';
  }

  /** What stands in its place is left there: moving it would cost a frame, and the focus. */
  private keepOrder(): void {
    let next = this.container.firstElementChild;
    for (const { element } of this.cards.values()) {
      if (element === next) {
        next = element.nextElementSibling;
      } else {
        this.container.insertBefore(element, next);
      }
    }
  }

  private newCard(plan: ChartPlan, feeds: readonly CurveFeed[]): ChartCard {
    const card = new ChartCard(plan, feeds, this.cardActions());
    this.container.append(card.element);
    card.draw(this.shared);
    this.sight.watch(card.element);
    if (card.surface) {
      attachGestures(card.surface, {
        plot: () => card.plot(),
        placeAt: (share) => this.axis.placeAt(share),
        hover: (x) => this.setCrosshair(x),
        select: (stretch) => this.axis.showStretch(stretch),
        click: (x) => this.clickAt(card, x),
        zoom: (factor, anchor) => this.axis.zoomBy(factor, anchor),
        pan: (share) => this.axis.panBy(share),
        reset: () => this.resetZoom(),
      });
    }
    return card;
  }

  private cardActions(): ChartCardActions {
    return {
      setLogarithmic: (chart, logarithmic) => {
        this.actions.setVerticalScale(chart, logarithmic ? 'logarithmic' : 'linear');
      },
      remove: (plan) => {
        plan.signals.forEach((signal) => {
          this.actions.removeSignal(signalKey(signal));
        });
      },
      save: (card, format) => {
        void this.save(card, format);
      },
      retry: (plan) => {
        this.cards.get(plan.id)?.feeds.forEach((feed) => {
          feed.retry();
        });
        this.refresh();
      },
    };
  }

  private async save(card: ChartCard, format: ChartFormat): Promise<void> {
    const { plan, element, visibleCurves: curves } = card;
    const { axis, report, smoothing } = this.input!;
    const canvas = element.querySelector('canvas')!;
    const chart = { title: plan.title, runName: report.name, canvas, theme: this.theme, curves, smoothing, axis };
    const file = await exportChart({ ...chart, view: this.axis.zoomedTo }, format, this.client);
    if (file.ok) {
      this.actions.saveChart(`${report.name} ${plan.title}`, format, file.value);
    } else {
      card.feeds.forEach((feed) => {
        feed.problem = file.error;
      });
      this.drawing.add([card]);
    }
  }

  private clickAt(card: ChartCard, x: number): void {
    const plot = card.plot();
    const band = plot && bandAt(this.shared.bands, x, plot, CLICK_LEEWAY);
    if (band) {
      this.actions.selectFinding(band.finding);
    }
  }

  /** A curve that makes the axis longer concerns all charts. */
  private feedChanged(key: string): void {
    this.axis.keepFollowing();
    const { from, to } = this.axis.view;
    const affectsAll = from !== this.drawnView?.from || to !== this.drawnView.to;
    if (this.input!.compared.length > 0) {
      this.actions.viewChanged();
    }
    this.drawing.add([...this.cards.values()].filter((card) => affectsAll || card.draws(key)));
  }

  /** What all charts draw besides their own curves, to be compared. */
  private commonPicture(): string {
    const { report, ...rest } = this.input ?? {};
    return JSON.stringify([
      rest,
      this.axis.view,
      report?.findings.map(({ id, fromStep, toStep }) => [id, fromStep, toStep]),
    ]);
  }

  private arrangeHeatMap(signals: readonly ReportedSignal[]): void {
    const plan = planLayers(signals);
    this.heatMap.update(plan);
    if (plan.layers.length < 2) {
      this.heatMap.element.remove();
    } else if (this.heatMap.element.parentElement !== this.container || this.heatMap.element.nextElementSibling) {
      this.container.append(this.heatMap.element);
      this.sight.watch(this.heatMap.element);
    }
  }

  private beginFrame(): SharedView | undefined {
    if (!this.input) {
      return undefined;
    }
    const { shared } = this;
    this.drawnView = shared.view;
    return shared;
  }
}
