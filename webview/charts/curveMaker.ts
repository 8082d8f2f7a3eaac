import { segmentStarts } from './columns.js';
import type { Stretch } from './columns.js';
import type { CurveFeed } from './curveFeed.js';
import type { CurveStyle, Marker } from './drawCurve.js';
import type { HorizontalScale } from './horizontalScale.js';
import type { NonFiniteMark } from './marks.js';
import { smooth } from './smoothing.js';
import { summariseCurve } from './textAlternative.js';
import type { CurveSummary } from './textAlternative.js';
import type { ChartTheme } from './theme.js';
import type { Viewport } from './viewport.js';

/** A curve as it is drawn. */
export interface DrawnCurve {
  readonly key: string;
  readonly feed: CurveFeed;
  readonly style: CurveStyle;
  readonly stretches: readonly Stretch[];
  readonly smoothed: readonly Float64Array[] | undefined;
  readonly summary: CurveSummary;
}

/** What the look of curves depends on besides their data. */
export interface CurveLook {
  readonly theme: ChartTheme;
  /** Weight of the smoothing; 0: none. */
  readonly smoothing: number;
  readonly scale: HorizontalScale;
  /** The whole axis. */
  readonly extent: Viewport;
}

/** A curve smoothed for what it was smoothed with. */
interface Smoothed {
  readonly key: string;
  readonly values: readonly Float64Array[];
}

const MARKERS: readonly Marker[] = ['circle', 'square', 'triangle', 'diamond'];
const DASHES: readonly (readonly number[])[] = [[], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3]];

/** Makes curves ready to be drawn; what costs something is made anew only for new data, not at every frame of a zoom. */
export class CurveMaker {
  private readonly summarised = new WeakMap<readonly Stretch[], CurveSummary>();
  private readonly smoothed = new WeakMap<readonly Stretch[], Smoothed>();

  /** @param feeds in the order of the legend. */
  curvesOf(feeds: readonly CurveFeed[], look: CurveLook): DrawnCurve[] {
    return feeds.map((feed, index) => ({
      key: feed.key,
      feed,
      style: styleOf(index, look.theme),
      stretches: feed.stretches,
      smoothed: this.smooth(feed, look),
      summary: this.summary(feed),
    }));
  }

  private summary({ signal, label, stretches }: CurveFeed): CurveSummary {
    const { points, nonFinite } = signal;
    const known = this.summarised.get(stretches);
    const summary = known?.points === points ? known : summariseCurve(label, points, nonFinite, stretches);
    this.summarised.set(stretches, summary);
    return summary;
  }

  private smooth(feed: CurveFeed, { smoothing, scale, extent }: CurveLook): readonly Float64Array[] | undefined {
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
}

function styleOf(index: number, { series }: ChartTheme): CurveStyle {
  return {
    colour: series[index % series.length]!,
    // With more curves than colours, no pair of colour and dash comes twice.
    dash: DASHES[(index + Math.floor(index / series.length)) % DASHES.length]!,
    marker: MARKERS[index % MARKERS.length]!,
  };
}

/** The points of a curve that are not finite, as fine as they are known. */
export function nonFiniteOf({ overview, detail }: CurveFeed): NonFiniteMark[] {
  const envelope = detail?.envelope ?? overview;
  return envelope ? Array.from(envelope.nonFiniteX, (x, index) => ({ x, value: envelope.nonFiniteValue[index]! })) : [];
}

/** Segments of several curves begin at the same places; near duplicates are one line. */
export function segmentStartsOf(curves: readonly DrawnCurve[]): number[] {
  return [
    ...new Set(
      curves.flatMap(({ feed }) => (feed.overview && feed.run === undefined ? segmentStarts(feed.overview) : [])),
    ),
  ].sort((a, b) => a - b);
}
