import { counterpart } from '../../src/contract/counterpart.js';
import type { ChartFormat, ComparableRun } from '../../src/contract/panelProtocol.js';
import type { ReportedFinding, ReportedSignal, RunReport } from '../../src/contract/report.js';
import type { Evidence } from '../../src/model/finding.js';
import type { HorizontalAxis } from '../../src/model/envelope.js';
import { formatValue } from '../format/numbers.js';
import { HeatMapCard } from '../heatMap/heatMapCard.js';
import { planLayers } from '../heatMap/layers.js';
import type { ClockSource, TimeAxis } from '../protocol/clockSource.js';
import { CurveFeed, feedKey } from '../protocol/curveFeed.js';
import type { EnvelopeClient } from '../protocol/envelopeClient.js';
import type { ComparedRun, VerticalScale } from '../runPage/pageState.js';
import { ChartCard } from './chartCard.js';
import type { ChartCardActions, SharedView } from './chartCard.js';
import { chartAsCsv, chartAsPng } from './chartExport.js';
import { planCharts, signalKey } from './chartPlan.js';
import type { ChartPlan, DrawnSignal } from './chartPlan.js';
import { columnUnder, placesOf } from './columns.js';
import type { ComparedReadings } from './comparison.js';
import { bandAt, findingBands, placeOf } from './findingBands.js';
import { attachGestures } from './gestures.js';
import { LINEAR, logarithmicScale, placeAlong, shareAlong, toDistances, toPlaces } from './horizontalScale.js';
import type { HorizontalScale } from './horizontalScale.js';
import type { StepScale } from './stepScale.js';
import { readTheme } from './theme.js';
import type { ChartTheme } from './theme.js';
import { panned, settled, union, viewAround, widened, zoomed } from './viewport.js';
import type { Viewport } from './viewport.js';

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

/** A view that ends so near the newest step means it, whatever rounding did. */
const FOLLOWED_SHARE = 1e-12;
/** Charts that would take a frame longer than this wait for the next one, so that many live ones never hold it up. */
const DRAWING_MS = 8;
const KEYBOARD_ZOOM = 0.7;
const KEYBOARD_PAN = 0.2;
/** Steps of the crosshair under the keyboard, in parts of the view. */
const KEYBOARD_CROSSHAIR = 0.01;
/** Widths are rounded up to this, so that a resized window does not ask for all curves again at each pixel. */
const BUCKET_ROUNDING = 100;
/** Finer curves are asked for so often while the view moves: after the frame, never in it. */
const REFINE_MS = 70;
/** Charts out of sight wait so long for curves that only the table of a comparison reads. */
const UNSEEN_CURVES_MS = 300;
/** A finding longer than this share of the run is not shown whole around its evidence. */
const EVIDENCE_SHARE = 0.1;
/** A click so many pixels beside a band still means it. */
const CLICK_LEEWAY = 4;

/** All charts of the page over one horizontal axis, with one crosshair. */
export class ChartBoard {
  private readonly container: HTMLElement;
  private readonly client: EnvelopeClient;
  private readonly clocks: ClockSource;
  private readonly actions: BoardActions;
  private readonly cards = new Map<string, ChartCard>();
  private readonly feeds = new Map<string, CurveFeed>();
  private readonly visible = new Set<Element>();
  private readonly watcher: IntersectionObserver;
  private readonly heatMap: HeatMapCard;
  private input: BoardInput | undefined;
  private theme: ChartTheme = readTheme();
  private wantedView: Viewport | undefined;
  private isFollowing = false;
  private crosshair: number | undefined;
  private drawing = 0;
  private drawnView: Viewport | undefined;
  private readonly dirty = new Set<ChartCard>();
  private refining: ReturnType<typeof setTimeout> | undefined;
  private demandingUnseen: ReturnType<typeof setTimeout> | undefined;

  constructor(container: HTMLElement, client: EnvelopeClient, clocks: ClockSource, actions: BoardActions) {
    this.container = container;
    this.client = client;
    this.clocks = clocks;
    this.actions = actions;
    this.heatMap = new HeatMapCard(client, (x) => {
      this.setCrosshair(x);
    });
    this.watcher = new IntersectionObserver(
      (entries) => {
        this.noteVisibility(entries);
      },
      { rootMargin: '200px' },
    );
    new ResizeObserver(() => {
      this.cards.forEach((card) => {
        card.sizeChanged();
      });
      this.refresh();
    }).observe(container);
  }

  /** The stretch in view when the page is zoomed in; undefined: everything. */
  get zoomedTo(): Viewport | undefined {
    return this.wantedView;
  }

  get crosshairPlace(): number | undefined {
    return this.crosshair;
  }

  /** Where a step lies along the plots, from 0 at their left to 1; undefined out of view, and where the axis has no place for it. */
  shareOf(step: number): number | undefined {
    const { clock } = this;
    const place = this.input && clock && placeOf(step, clock);
    const share = place === undefined ? NaN : shareAlong(this.horizontal, this.view, place);
    return share >= 0 && share <= 1 ? share : undefined;
  }

  private get plans(): readonly ChartPlan[] {
    return [...this.cards.values()].map(({ plan }) => plan);
  }

  update(input: BoardInput): void {
    const before = this.input;
    const pictureBefore = this.commonPicture();
    this.input = input;
    if (before && before.axis !== input.axis) {
      this.translateView(before.axis, input.axis);
    }
    this.keepFollowing();
    this.arrange(input.plans ?? planCharts(input.report.signals, input.added));
    this.arrangeHeatMap(input.report.signals);
    this.demandAll();
    if (this.commonPicture() !== pictureBefore) {
      this.drawSoon(this.cards.values());
    }
  }

  /** Draws everything again with the colours of a new theme. */
  themeChanged(): void {
    this.theme = readTheme();
    this.refresh();
  }

  /** Something that all charts show has changed: ask for what is missing, and draw. */
  refresh(): void {
    this.demandAll();
    this.drawSoon(this.cards.values());
  }

  zoomBy(factor: number, anchor?: number): void {
    const place = anchor ?? this.crosshair ?? this.placeAt(0.5);
    this.move((view, extent) => zoomed(view, extent, factor, this.horizontal.forward(place)));
  }

  resetZoom(): void {
    this.setView(undefined);
  }

  /** Whether the newest step is in view, and stays in it as the run grows. */
  get follows(): boolean {
    return this.wantedView === undefined || this.isFollowing;
  }

  /** Moves the view to the newest step. */
  follow(): void {
    this.panBy(Infinity);
  }

  /** What each signal reads in the page's own run and in the compared ones, under the crosshair or at `place`. */
  readings(place: number): ComparedReadings[] {
    const { compared, axis } = this.input!;
    // Behind its end a run has no value to compare with.
    const isOver = compared.map(({ lastStep }) => axis === 'step' && place > (lastStep ?? Infinity));
    const valueOf = (feed: CurveFeed | undefined) => feed && columnUnder(feed.stretches, place)?.last;
    return this.plans.flatMap(({ signals }) =>
      signals.flatMap((signal) => {
        const others = compared.map(({ signals: theirs = [], ...run }) => {
          const match = counterpart(signal, theirs);
          return match && this.feeds.get(feedKey(match, run));
        });
        const theirValues = others.map((feed, index) => (isOver[index] ? undefined : valueOf(feed)));
        const values = [valueOf(this.feeds.get(signalKey(signal))), ...theirValues];
        return others.some(Boolean) ? [{ signal: signalKey(signal), values }] : [];
      }),
    );
  }

  /** Moves the view to where a piece of evidence stands, the crosshair onto it, and its chart into sight. */
  showEvidence(evidence: Evidence, finding: ReportedFinding): void {
    const place = (step: number) => (this.clock ? placeOf(step, this.clock) : undefined);
    const [at, from, to] = [evidence.step, finding.fromStep, finding.toStep].map(place);
    if (at === undefined || from === undefined || to === undefined) {
      return;
    }
    const whole = { from: Math.min(from, at), to: Math.max(to, at) };
    const { forward } = this.horizontal;
    this.move((_view, extent) => {
      const { from: start, to: end } = toDistances(this.horizontal, whole);
      const fits = end - start < (extent.to - extent.from) * EVIDENCE_SHARE;
      return fits ? viewAround(start, end, extent) : viewAround(forward(at), forward(at), extent);
    });
    this.setCrosshair(at);
    const key = signalKey(evidence);
    const card = [...this.cards.values()].find((each) => each.draws(key));
    card?.element.scrollIntoView({ block: 'nearest', behavior: 'auto' });
  }

  /** Whether a key press was meant for the charts. */
  handleKey(event: KeyboardEvent): boolean {
    const moves: Readonly<Record<string, () => void>> = {
      '+': () => this.zoomBy(KEYBOARD_ZOOM),
      '=': () => this.zoomBy(KEYBOARD_ZOOM),
      '-': () => this.zoomBy(1 / KEYBOARD_ZOOM),
      '0': () => this.resetZoom(),
      ArrowLeft: () => (event.shiftKey ? this.moveCrosshair(-KEYBOARD_CROSSHAIR) : this.panBy(-KEYBOARD_PAN)),
      ArrowRight: () => (event.shiftKey ? this.moveCrosshair(KEYBOARD_CROSSHAIR) : this.panBy(KEYBOARD_PAN)),
      Home: () => this.panBy(-Infinity),
      End: () => this.panBy(Infinity),
      Escape: () => this.setCrosshair(undefined),
    };
    const move = moves[event.key];
    move?.();
    return move !== undefined;
  }

  private panBy(share: number): void {
    const far = Number.isFinite(share) ? share : Math.sign(share) * 1e12;
    if (this.wantedView) {
      this.move((view, extent) => panned(view, extent, far));
    }
  }

  /** Changes the view as if the axis were linear: in distances along it. */
  private move(change: (view: Viewport, extent: Viewport) => Viewport | undefined): void {
    const { horizontal } = this;
    const moved = change(toDistances(horizontal, this.view), toDistances(horizontal, this.extent));
    this.setView(moved && toPlaces(horizontal, moved));
  }

  private moveCrosshair(by: number): void {
    const { view, horizontal } = this;
    const share = this.crosshair === undefined ? 0.5 : shareAlong(horizontal, view, this.crosshair);
    this.setCrosshair(this.placeAt(Math.min(Math.max(share + by, 0), 1)));
  }

  private placeAt(share: number): number {
    return placeAlong(this.horizontal, this.view, share);
  }

  /** Everything there is on the present axis, as far as it has been read. */
  private get extent(): Viewport {
    return this.floor === undefined ? widened(this.places) : { from: this.floor, to: this.places.to };
  }

  private get places(): Viewport {
    let extent: Viewport | undefined;
    const steps = this.input?.report.steps;
    if (this.input?.axis === 'step' && steps) {
      extent = { from: steps.first, to: steps.last };
    }
    for (const { overview } of this.feeds.values()) {
      extent = union(extent, overview && placesOf(overview));
    }
    return extent ?? { from: 0, to: 1 };
  }

  /**
   * Where a logarithmic axis begins: at the first place above 0, or half as far where something before it has to stand
   * at its left. Undefined: the axis is linear, because it shall be or because nothing lies far enough above 0.
   */
  private get floor(): number | undefined {
    const input = this.input;
    if (!input?.logarithmicX || input.axis === 'wall-time') {
      return undefined;
    }
    const { from, to } = this.places;
    let least = from > 0 ? from : Infinity;
    for (const { overview } of this.feeds.values()) {
      least = Math.min(least, (overview && placesOf(overview)?.leastPositive) ?? Infinity);
    }
    const floor = from > 0 ? least : least / 2;
    return floor < to ? floor : undefined;
  }

  private get horizontal(): HorizontalScale {
    const { floor } = this;
    return floor === undefined ? LINEAR : logarithmicScale(floor);
  }

  private get view(): Viewport {
    const { wantedView, extent } = this;
    if (!wantedView || this.floor === undefined) {
      return wantedView ?? extent;
    }
    // Chosen on a linear axis, it may begin before the logarithmic one does.
    return wantedView.to > extent.from ? { ...wantedView, from: Math.max(wantedView.from, extent.from) } : extent;
  }

  private get clock(): ReturnType<ClockSource['clock']> | 'steps' {
    const axis = this.input?.axis ?? 'step';
    return axis === 'step' ? 'steps' : this.clocks.clock(axis);
  }

  private get shared(): SharedView {
    const input = this.input!;
    const { view, extent, horizontal } = this;
    return {
      axis: input.scale ?? input.axis,
      view,
      extent,
      scale: horizontal,
      zeroAtLeft: horizontal.logarithmic && this.places.from <= 0 && view.from <= extent.from,
      smoothing: input.smoothing,
      wholeSteps: input.report.signals.every(({ stepUnit }) => stepUnit !== 'epoch'),
      bands: findingBands(input.report.findings, input.selected, this.clock),
      theme: this.theme,
    };
  }

  private setView(view: Viewport | undefined): void {
    this.wantedView = view;
    this.isFollowing = view !== undefined && view.to >= this.extent.to * (1 - FOLLOWED_SHARE);
    this.drawSoon(this.cards.values());
    this.refining ??= setTimeout(() => {
      this.refining = undefined;
      this.demandAll();
    }, REFINE_MS);
    this.actions.viewChanged();
  }

  private setCrosshair(x: number | undefined): void {
    if (x !== this.crosshair) {
      this.crosshair = x;
      this.cards.forEach((card) => {
        card.showCrosshair(x);
      });
      this.heatMap.showCrosshair(x);
      if (this.input!.compared.length > 0) {
        this.actions.viewChanged();
      }
    }
  }

  /** Keeps the steps in view when the axis is switched, where the clock knows them; else shows everything. */
  private translateView(before: HorizontalAxis, after: HorizontalAxis): void {
    const clock = before === 'step' && after !== 'step' ? this.clocks.clock(after) : undefined;
    const from = this.wantedView && clock?.at(this.wantedView.from);
    const to = this.wantedView && clock?.at(this.wantedView.to);
    this.wantedView = from !== undefined && to !== undefined && to > from ? { from, to } : undefined;
    this.crosshair = undefined;
    this.actions.viewChanged();
  }

  /** A view that was moved to the newest step goes on to hold it, whatever tells of further ones first. */
  private keepFollowing(): void {
    if (!this.wantedView || !this.isFollowing) {
      return;
    }
    const { horizontal } = this;
    const end = this.extent.to;
    const { from, to } = toDistances(horizontal, this.wantedView);
    const by = horizontal.forward(end) - to;
    if (by > 0) {
      this.wantedView = { from: horizontal.inverse(from + by), to: end };
      this.actions.viewChanged();
    }
  }

  private arrange(plans: readonly ChartPlan[]): void {
    const wanted = new Set(plans.map(({ id }) => id));
    for (const [id, card] of this.cards) {
      if (!wanted.has(id)) {
        this.watcher.unobserve(card.element);
        this.visible.delete(card.element);
        card.dispose();
        this.cards.delete(id);
      }
    }
    plans.forEach((plan) => {
      this.placeCard(plan);
    });
    this.dropUnusedFeeds();
  }

  private placeCard(plan: ChartPlan): void {
    const feeds = [...plan.signals.map((signal) => this.feedFor(signal)), ...this.comparedFeeds(plan)];
    let card = this.cards.get(plan.id);
    if (!card) {
      card = this.newCard(plan, feeds);
      this.cards.set(plan.id, card);
    }
    card.plan = plan;
    card.feeds = feeds;
    const scale = this.input?.verticalScales[plan.id];
    card.logarithmicWanted = scale === undefined ? undefined : scale === 'logarithmic';
    const position = [...this.cards.keys()].indexOf(plan.id);
    if (this.container.children[position] !== card.element) {
      this.container.insertBefore(card.element, this.container.children[position] ?? null);
    }
  }

  private newCard(plan: ChartPlan, feeds: readonly CurveFeed[]): ChartCard {
    const card = new ChartCard(plan, feeds, this.cardActions());
    this.container.append(card.element);
    card.draw(this.shared);
    this.watcher.observe(card.element);
    if (card.surface) {
      attachGestures(card.surface, {
        plot: () => card.plot(),
        placeAt: (share) => this.placeAt(share),
        hover: (x) => {
          this.setCrosshair(x);
        },
        select: (stretch) => {
          this.move((_view, extent) => settled(toDistances(this.horizontal, stretch), extent));
        },
        click: (x) => {
          this.clickAt(card, x);
        },
        zoom: (factor, anchor) => {
          this.zoomBy(factor, anchor);
        },
        pan: (share) => {
          this.panBy(share);
        },
        reset: () => {
          this.resetZoom();
        },
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
    const { plan, element, visibleCurves } = card;
    const { axis, report, smoothing } = this.input!;
    const name = `${report.name} ${plan.title}`;
    if (format === 'png') {
      const canvas = element.querySelector('canvas')!;
      const smoothed = smoothing > 0 ? ` · smoothed by ${formatValue(smoothing)} over the values` : '';
      const title = `${plan.title} · ${report.name}${smoothed}`;
      this.actions.saveChart(name, format, await chartAsPng(canvas, title, visibleCurves, this.theme));
      return;
    }
    const table = await chartAsCsv(visibleCurves, axis, this.wantedView, report.name, this.client);
    if (table.ok) {
      this.actions.saveChart(name, format, new TextEncoder().encode(table.value));
    } else {
      card.feeds.forEach((feed) => {
        feed.problem = table.error;
      });
      this.drawSoon([card]);
    }
  }

  private clickAt(card: ChartCard, x: number): void {
    const plot = card.plot();
    const band = plot && bandAt(this.shared.bands, x, plot, CLICK_LEEWAY);
    if (band) {
      this.actions.selectFinding(band.finding);
    }
  }

  private comparedFeeds(plan: ChartPlan): CurveFeed[] {
    return this.input!.compared.flatMap(({ signals = [], ...run }) => {
      const matching = plan.signals.flatMap((signal) => counterpart(signal, signals) ?? []);
      return [...new Set(matching)].map((signal) => this.feedFor(signal, run));
    });
  }

  private feedFor(signal: DrawnSignal, run?: ComparableRun): CurveFeed {
    const key = feedKey(signal, run);
    let feed = this.feeds.get(key);
    if (!feed) {
      const changed = (): void => {
        this.feedChanged(key);
      };
      feed = new CurveFeed(signal, this.client, changed, run);
      this.feeds.set(key, feed);
    }
    feed.signal = signal;
    return feed;
  }

  /** A curve that makes the axis longer concerns all charts. */
  private feedChanged(key: string): void {
    this.keepFollowing();
    const { from, to } = this.view;
    const affectsAll = from !== this.drawnView?.from || to !== this.drawnView.to;
    if (this.input!.compared.length > 0) {
      this.actions.viewChanged();
    }
    this.drawSoon([...this.cards.values()].filter((card) => affectsAll || card.draws(key)));
  }

  /** What all charts draw besides their own curves, to be compared. */
  private commonPicture(): string {
    const { report, ...rest } = this.input ?? {};
    return JSON.stringify([
      rest,
      this.view,
      report?.findings.map(({ id, fromStep, toStep }) => [id, fromStep, toStep]),
    ]);
  }

  private dropUnusedFeeds(): void {
    const used = new Set([...this.cards.values()].flatMap(({ feeds }) => feeds.map(({ key }) => key)));
    for (const key of this.feeds.keys()) {
      if (!used.has(key)) {
        this.feeds.delete(key);
      }
    }
  }

  private arrangeHeatMap(signals: readonly ReportedSignal[]): void {
    const plan = planLayers(signals);
    this.heatMap.update(plan);
    if (plan.layers.length < 2) {
      this.heatMap.element.remove();
    } else if (this.heatMap.element.parentElement !== this.container || this.heatMap.element.nextElementSibling) {
      this.container.append(this.heatMap.element);
      this.watcher.observe(this.heatMap.element);
    }
  }

  private noteVisibility(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) {
        this.visible.add(target);
      } else {
        this.visible.delete(target);
      }
    }
    this.refresh();
  }

  private demandAll(): void {
    const input = this.input;
    if (!input) {
      return;
    }
    this.demandCurves(input, (card) => this.visible.has(card.element));
    if (input.compared.length > 0) {
      this.demandingUnseen ??= setTimeout(() => {
        this.demandingUnseen = undefined;
        this.demandCurves(this.input!, (card) => !this.visible.has(card.element));
      }, UNSEEN_CURVES_MS);
    }
    if (this.visible.has(this.heatMap.element)) {
      this.heatMap.demand(input.axis, this.wantedView);
    }
    this.demandClock(input);
  }

  private demandCurves({ axis }: BoardInput, isMeant: (card: ChartCard) => boolean): void {
    const scale = this.horizontal;
    const view = this.wantedView && this.view;
    for (const card of [...this.cards.values()].filter(isMeant)) {
      const buckets = Math.ceil(card.plotWidth / BUCKET_ROUNDING) * BUCKET_ROUNDING;
      card.feeds.forEach((feed) => {
        feed.demand({ axis, scale, view, buckets });
      });
    }
  }

  private demandClock({ axis, report }: BoardInput): void {
    const signal = this.plans[0]?.signals[0] ?? report.signals[0];
    if (signal) {
      const axes: TimeAxis[] = axis === 'relative-time' ? ['wall-time', 'relative-time'] : ['wall-time'];
      this.clocks.demand(signal, axes, performance.now());
    }
  }

  /** Draws at the next frame, once, however often it is asked for. */
  private drawSoon(cards: Iterable<ChartCard>): void {
    for (const card of cards) {
      this.dirty.add(card);
    }
    this.drawing ||= requestAnimationFrame(() => {
      this.drawing = 0;
      this.drawDirty();
    });
  }

  private drawDirty(): void {
    if (!this.input) {
      return;
    }
    const shared = this.shared;
    this.drawnView = shared.view;
    const end = performance.now() + DRAWING_MS;
    const due = [...this.dirty].filter(({ element }) => this.visible.has(element) && element.isConnected);
    for (const card of due) {
      card.draw(shared);
      this.dirty.delete(card);
      if (performance.now() > end) {
        // Those that wait longest come first in the next frame: whoever is drawn again goes to the end.
        this.drawSoon([]);
        return;
      }
    }
    if (this.visible.has(this.heatMap.element)) {
      this.heatMap.draw(shared);
    }
  }
}
