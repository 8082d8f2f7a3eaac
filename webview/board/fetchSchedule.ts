import type { RunReport } from '../../src/contract/report.js';
import type { HorizontalAxis } from '../../src/model/envelope.js';
import type { ChartCard } from '../charts/chartCard.js';
import type { ClockSource, TimeAxis } from '../charts/clockSource.js';
import type { HeatMapCard } from '../heatMap/heatMapCard.js';
import type { ComparedRun } from './comparedRun.js';
import type { SharedAxis } from './sharedAxis.js';
import type { Sight } from './sight.js';

/** What is fetched depends on this. */
export interface FetchedContent {
  readonly report: Pick<RunReport, 'signals'>;
  readonly axis: HorizontalAxis;
  readonly compared: readonly ComparedRun[];
}

export interface FetchScheduleOptions {
  readonly axis: SharedAxis;
  readonly clocks: ClockSource;
  readonly heatMap: HeatMapCard;
  readonly sight: Sight;
  readonly cards: ReadonlyMap<string, ChartCard>;
  /** Undefined: nothing is known yet. */
  readonly content: () => FetchedContent | undefined;
}

/** Widths are rounded up to this, so that a resized window does not ask for all curves again at each pixel. */
const BUCKET_ROUNDING = 100;
/** Finer curves are asked for so often while the view moves: after the frame, never in it. */
const REFINE_MS = 70;
/** Charts out of sight wait so long for curves that only the table of a comparison reads. */
const UNSEEN_CURVES_MS = 300;

/** When the charts of a page ask for what they lack. Those who are asked do nothing where it is there or on its way. */
export class FetchSchedule {
  private readonly options: FetchScheduleOptions;
  private refining: ReturnType<typeof setTimeout> | undefined;
  private fetchingUnseen: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FetchScheduleOptions) {
    this.options = options;
  }

  /** At once what is in sight lacks; a little later what only a comparison needs. */
  fetch(): void {
    const { axis, heatMap, sight, content } = this.options;
    const now = content();
    if (!now) {
      return;
    }
    this.fetchCurves(now, ({ element }) => sight.holds(element));
    if (now.compared.length > 0) {
      this.fetchingUnseen ??= setTimeout(() => {
        this.fetchingUnseen = undefined;
        this.fetchCurves(content()!, ({ element }) => !sight.holds(element));
      }, UNSEEN_CURVES_MS);
    }
    if (sight.holds(heatMap.element)) {
      heatMap.demand(now.axis, axis.zoomedTo);
    }
    this.fetchClock(now);
  }

  /** The same once in a while, however often the view moves meanwhile. */
  fetchSoon(): void {
    this.refining ??= setTimeout(() => {
      this.refining = undefined;
      this.fetch();
    }, REFINE_MS);
  }

  private fetchCurves({ axis }: FetchedContent, isMeant: (card: ChartCard) => boolean): void {
    const { scale, zoomedTo, view: shown } = this.options.axis;
    const view = zoomedTo && shown;
    for (const card of this.options.cards.values()) {
      if (isMeant(card)) {
        const buckets = Math.ceil(card.plotWidth / BUCKET_ROUNDING) * BUCKET_ROUNDING;
        card.feeds.forEach((feed) => {
          feed.demand({ axis, scale, view, buckets });
        });
      }
    }
  }

  private fetchClock({ axis, report }: FetchedContent): void {
    const [first] = this.options.cards.values();
    const signal = first?.plan.signals[0] ?? report.signals[0];
    if (signal) {
      const axes: TimeAxis[] = axis === 'relative-time' ? ['wall-time', 'relative-time'] : ['wall-time'];
      this.options.clocks.demand(signal, axes, performance.now());
    }
  }
}
