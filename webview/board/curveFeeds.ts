import { keepOnly } from '../../src/base/keepOnly.js';
import { counterpart } from '../../src/contract/counterpart.js';
import type { ComparableRun } from '../../src/contract/panelProtocol.js';
import type { ReportedSignal } from '../../src/contract/report.js';
import type { Envelope } from '../../src/model/envelope.js';
import type { ChartPlan, DrawnSignal } from '../charts/chartPlan.js';
import { CurveFeed, feedKey } from '../charts/curveFeed.js';
import type { EnvelopeClient } from '../protocol/envelopeClient.js';
import type { ComparedRun } from './comparedRun.js';

/** The curves of all charts of a page, each fetched once whatever charts show it. */
export class CurveFeeds {
  private readonly client: EnvelopeClient;
  private readonly changed: (key: string) => void;
  private readonly feeds = new Map<string, CurveFeed>();

  /** @param changed hears that there is more, or less, of a curve. */
  constructor(client: EnvelopeClient, changed: (key: string) => void) {
    this.client = client;
    this.changed = changed;
  }

  /** The curves of a chart: of the page's own run, then those of the compared runs that measure the same. */
  of({ signals }: ChartPlan, compared: readonly ComparedRun[]): CurveFeed[] {
    const others = compared.flatMap(({ signals: theirs = [], ...run }) => {
      const matching = signals.flatMap((signal) => counterpart(signal, theirs) ?? []);
      return [...new Set(matching)].map((signal) => this.feedOf(signal, run));
    });
    return [...signals.map((signal) => this.feedOf(signal)), ...others];
  }

  /** The curve of a signal, where a chart has it. */
  find(signal: ReportedSignal, run?: ComparableRun): CurveFeed | undefined {
    return this.feeds.get(feedKey(signal, run));
  }

  /** Forgets all others. */
  keepOnly(used: readonly CurveFeed[]): void {
    keepOnly(this.feeds, new Set(used.map(({ key }) => key)));
  }

  /** What has been read of whole runs. */
  get overviews(): readonly Envelope[] {
    return [...this.feeds.values()].flatMap(({ overview }) => overview ?? []);
  }

  private feedOf(signal: DrawnSignal, run?: ComparableRun): CurveFeed {
    const key = feedKey(signal, run);
    let feed = this.feeds.get(key);
    if (!feed) {
      feed = new CurveFeed(signal, this.client, () => this.changed(key), run);
      this.feeds.set(key, feed);
    }
    feed.signal = signal;
    return feed;
  }
}
