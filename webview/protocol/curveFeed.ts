import type { ComparableRun } from '../../src/contract/panelProtocol.js';
import type { ReportedSignal } from '../../src/contract/report.js';
import type { Envelope, HorizontalAxis } from '../../src/model/envelope.js';
import { signalKey } from '../charts/chartPlan.js';
import { stretchesOf } from '../charts/columns.js';
import type { FetchedEnvelope, Stretch } from '../charts/columns.js';
import type { Viewport } from '../charts/viewport.js';
import type { EnvelopeClient, EnvelopeQuery } from './envelopeClient.js';
import { Freshest } from './freshest.js';

/** What a curve shall be fetched for. */
export interface CurveDemand {
  readonly axis: HorizontalAxis;
  /** Undefined: the whole run. */
  readonly view: Viewport | undefined;
  /** Columns over the width of the chart. */
  readonly buckets: number;
}

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
  signal: ReportedSignal;
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

  constructor(signal: ReportedSignal, client: EnvelopeClient, changed: () => void, run?: ComparableRun) {
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
    const own = signalKey(this.signal);
    return this.run === undefined ? own : `${own} of ${this.run.name}`;
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
    const state = `${demand.axis} ${demand.buckets} ${this.signal.points}`;
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
    const result = await this.client.request(this.query(demand, demand.buckets));
    if (demand.axis !== this.axis) {
      return;
    }
    this.problem = result.ok ? undefined : result.error;
    this.overview = result.ok ? result.value : this.overview;
    this.changed();
  }

  private async fetchDetail(demand: CurveDemand, view: Viewport): Promise<void> {
    const side = (view.to - view.from) * SIDE_SHARE;
    const range = { from: view.from - side, to: view.to + side };
    const buckets = Math.ceil(demand.buckets * (1 + 2 * SIDE_SHARE));
    const result = await this.client.request({ ...this.query(demand, buckets), ...range });
    if (demand.axis !== this.axis || this.detailFor === '') {
      return;
    }
    this.problem = result.ok ? undefined : result.error;
    this.detail = result.ok ? { envelope: result.value, range } : this.detail;
    this.changed();
  }

  private query(demand: CurveDemand, buckets: number): EnvelopeQuery {
    const { tag, rank } = this.signal;
    const run = this.run === undefined ? {} : { run: this.run.id };
    return { ...run, tag, ...(rank === undefined ? {} : { rank }), axis: demand.axis, buckets };
  }
}
