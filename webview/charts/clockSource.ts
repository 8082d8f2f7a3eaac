import type { ReportedSignal } from '../../src/contract/report.js';
import type { Envelope, HorizontalAxis } from '../../src/model/envelope.js';
import type { EnvelopeClient } from '../protocol/envelopeClient.js';
import { Freshest } from '../protocol/freshest.js';
import { runClock } from './runClock.js';
import type { RunClock } from './runClock.js';

export type TimeAxis = Exclude<HorizontalAxis, 'step'>;

/** Fine enough to place a band to a pixel on any screen, small enough to be asked for now and then. */
const COLUMNS = 2000;
/** A live run's clock is read again this often at most. */
const REFRESH_MS = 2000;

/** Knows when each step of the run was logged, along its most telling signal. */
export class ClockSource {
  private readonly client: EnvelopeClient;
  private readonly changed: () => void;
  private readonly tasks = new Freshest();
  private readonly clocks = new Map<TimeAxis, RunClock>();
  private readonly fetched = new Map<TimeAxis, { readonly points: number; readonly at: number }>();

  constructor(client: EnvelopeClient, changed: () => void) {
    this.client = client;
    this.changed = changed;
  }

  clock(axis: TimeAxis): RunClock | undefined {
    return this.clocks.get(axis);
  }

  /** @param now milliseconds of any steady clock. */
  demand(signal: ReportedSignal, axes: readonly TimeAxis[], now: number): void {
    const stale = axes.filter((axis) => {
      const last = this.fetched.get(axis);
      return !last || (last.points !== signal.points && now - last.at >= REFRESH_MS);
    });
    if (stale.length > 0) {
      stale.forEach((axis) => this.fetched.set(axis, { points: signal.points, at: now }));
      this.tasks.schedule(() => this.fetch(signal, axes));
    }
  }

  private async fetch(signal: ReportedSignal, axes: readonly TimeAxis[]): Promise<void> {
    const [bySteps, ...byTimes] = await Promise.all(
      (['step', ...axes] as const).map((axis) => this.envelope(signal, axis)),
    );
    axes.forEach((axis, index) => {
      const byTime = byTimes[index];
      const clock = bySteps && byTime && runClock(bySteps, byTime);
      if (clock) {
        this.clocks.set(axis, clock);
      }
    });
    this.changed();
  }

  private async envelope({ tag, rank }: ReportedSignal, axis: HorizontalAxis): Promise<Envelope | undefined> {
    const result = await this.client.request({ tag, ...(rank === undefined ? {} : { rank }), axis, buckets: COLUMNS });
    return result.ok ? result.value : undefined;
  }
}
