import * as l10n from '@vscode/l10n';
import { ok } from '../../src/base/result.js';
import type { Result } from '../../src/base/result.js';
import type { ComparableRun } from '../../src/contract/panelProtocol.js';
import type { ReportedSignal } from '../../src/contract/report.js';
import type { Envelope, HorizontalAxis } from '../../src/model/envelope.js';
import type { EnvelopeClient, EnvelopeQuery } from '../protocol/envelopeClient.js';
import { Freshest } from '../protocol/freshest.js';
import { signalKey } from './chartPlan.js';
import type { DrawnSignal } from './chartPlan.js';
import { joinEnvelopes, placesOf, stretchesOf } from './columns.js';
import type { FetchedEnvelope, Stretch } from './columns.js';
import { logarithmicScale, toDistances, toPlaces } from './horizontalScale.js';
import type { HorizontalScale } from './horizontalScale.js';
import type { Viewport } from './viewport.js';

/** What a curve shall be fetched for. */
export interface CurveDemand {
  readonly axis: HorizontalAxis;
  readonly scale: HorizontalScale;
  /** Undefined: the whole run. */
  readonly view: Viewport | undefined;
  /** Columns over the width of the chart. */
  readonly buckets: number;
}

/** A logarithmic axis is fetched in so many parts at most; each gets as many columns as its width can show. */
const MOST_PARTS = 8;

/** Fetched on either side of the view, in widths of it, so that small moves have curves at once. */
const SIDE_SHARE = 0.5;

interface Drawable {
  readonly overview: Envelope | undefined;
  readonly detail: FetchedEnvelope | undefined;
  readonly stretches: readonly Stretch[];
}

/** The key of a curve: of the page's own run, that of its signal. */
export function feedKey(signal: ReportedSignal, run: ComparableRun | undefined): string {
  return run === undefined ? signalKey(signal) : `${signalKey(signal)} @ ${run.id}`;
}

/** The drawable data of one signal: an overview of the run, and finer columns of the stretch in view. */
export class CurveFeed {
  signal: DrawnSignal;
  /** The other run that the curve is of; undefined: the page's own. */
  readonly run: ComparableRun | undefined;
  overview: Envelope | undefined;
  detail: FetchedEnvelope | undefined;
  /** Why there is no curve, in the host's words. */
  problem: string | undefined;

  private readonly client: EnvelopeClient;
  private readonly changed: () => void;
  private readonly overviews = new Freshest();
  private readonly details = new Freshest();
  private axis: HorizontalAxis | undefined;
  private overviewFor = '';
  private detailFor = '';
  private drawable: Drawable | undefined;

  constructor(signal: DrawnSignal, client: EnvelopeClient, changed: () => void, run?: ComparableRun) {
    this.run = run;
    this.signal = signal;
    this.client = client;
    this.changed = changed;
  }

  /** Names the curve among all of the page. */
  get key(): string {
    return feedKey(this.signal, this.run);
  }

  /** The curve's name in its legend. */
  get label(): string {
    const own = this.signal.label ?? signalKey(this.signal);
    return this.run === undefined ? own : l10n.t('{0} of {1}', own, this.run.name);
  }

  /** What to draw; the same array until other data has come. */
  get stretches(): readonly Stretch[] {
    if (this.drawable?.overview !== this.overview || this.drawable?.detail !== this.detail) {
      const { overview, detail } = this;
      this.drawable = { overview, detail, stretches: overview ? stretchesOf(overview, detail) : [] };
    }
    return this.drawable?.stretches ?? [];
  }

  /** Asks for what is missing or out of date; does nothing when all of it is there or on its way. */
  demand(demand: CurveDemand): void {
    this.switchAxis(demand.axis);
    const kind = demand.scale.logarithmic ? 'logarithmic' : 'linear';
    const state = `${demand.axis} ${kind} ${demand.buckets} ${this.signal.points}`;
    if (state !== this.overviewFor) {
      this.overviewFor = state;
      this.overviews.schedule(() => this.fetchOverview(demand));
    }
    this.demandDetail(demand, state);
  }

  /** Forgets that anything was fetched, so that the next demand asks again. */
  retry(): void {
    this.overviewFor = '';
    this.detailFor = '';
    this.problem = undefined;
  }

  private switchAxis(axis: HorizontalAxis): void {
    if (this.axis !== axis) {
      this.axis = axis;
      this.overview = undefined;
      this.detail = undefined;
      this.detailFor = '';
    }
  }

  private demandDetail(demand: CurveDemand, state: string): void {
    const { view } = demand;
    if (!view) {
      this.detail = undefined;
      this.detailFor = '';
      return;
    }
    const wanted = `${state} ${view.from} ${view.to}`;
    if (wanted !== this.detailFor) {
      this.detailFor = wanted;
      this.details.schedule(() => this.fetchDetail(demand, view));
    }
  }

  private async fetchOverview(demand: CurveDemand): Promise<void> {
    const whole = await this.client.request(this.query(demand, demand.buckets));
    const result = whole.ok && demand.scale.logarithmic ? await this.inDecades(demand, whole.value) : whole;
    if (demand.axis !== this.axis) {
      return;
    }
    this.problem = result.ok ? undefined : result.error;
    this.overview = result.ok ? result.value : this.overview;
    this.changed();
  }

  /**
   * The whole run in columns of about equal width on a logarithmic axis. Those of a linear one hold equally many points
   * each: the first of them alone would be most of the decades.
   */
  private async inDecades(demand: CurveDemand, whole: Envelope): Promise<Result<Envelope>> {
    const places = placesOf(whole);
    const isComplete = whole.x.every((x, index) => x === whole.xEnd[index]);
    if (!places || isComplete || places.to <= 0) {
      return ok(whole);
    }
    const first = await this.client.request({ ...this.query(demand, 1), from: Number.MIN_VALUE });
    const least = first.ok ? placesOf(first.value)?.leastPositive : undefined;
    if (least === undefined) {
      return first;
    }
    const below = places.from <= 0 ? [{ from: places.from, to: 0 }] : [];
    return this.fetchParts(demand, [...below, ...this.parts({ from: least, to: places.to }, demand)], demand.buckets);
  }

  private async fetchDetail(demand: CurveDemand, view: Viewport): Promise<void> {
    const { from, to } = toDistances(demand.scale, view);
    const side = (to - from) * SIDE_SHARE;
    const range = toPlaces(demand.scale, { from: from - side, to: to + side });
    const buckets = Math.ceil(demand.buckets * (1 + 2 * SIDE_SHARE));
    const result = await this.fetchParts(demand, this.parts(range, demand), buckets);
    if (demand.axis !== this.axis || this.detailFor === '') {
      return;
    }
    this.problem = result.ok ? undefined : result.error;
    this.detail = result.ok ? { envelope: result.value, range } : this.detail;
    this.changed();
  }

  /** Stretches of equal width on the axis, each at most about a decade of a logarithmic one. */
  private parts(stretch: Viewport, demand: CurveDemand): Viewport[] {
    // The axis may begin where the run was thought to: finer columns show where it does.
    const scale = demand.scale.logarithmic ? logarithmicScale(stretch.from) : demand.scale;
    const { from, to } = toDistances(scale, stretch);
    const count = scale.logarithmic ? Math.min(MOST_PARTS, Math.max(1, Math.ceil(to - from))) : 1;
    const cut = (index: number) =>
      index === 0 ? stretch.from : index === count ? stretch.to : scale.inverse(from + ((to - from) * index) / count);
    return Array.from({ length: count }, (_, index) => ({ from: cut(index), to: cut(index + 1) }));
  }

  private async fetchParts(
    demand: CurveDemand,
    parts: readonly Viewport[],
    buckets: number,
  ): Promise<Result<Envelope>> {
    const each = Math.ceil(buckets / parts.length);
    const answers = await Promise.all(
      parts.map((part) => this.client.request({ ...this.query(demand, each), ...part })),
    );
    const failed = answers.find((answer) => !answer.ok);
    return failed ?? ok(joinEnvelopes(answers.flatMap((answer) => (answer.ok ? [answer.value] : []))));
  }

  private query(demand: CurveDemand, buckets: number): EnvelopeQuery {
    const { tag, rank } = this.signal;
    const run = this.run === undefined ? {} : { run: this.run.id };
    return { ...run, tag, ...(rank === undefined ? {} : { rank }), axis: demand.axis, buckets };
  }
}
