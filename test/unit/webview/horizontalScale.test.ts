import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FromPanel } from '../../../src/contract/panelProtocol.js';
import { RunStore } from '../../../src/store/runStore.js';
import { horizontalTicks } from '../../../webview/charts/axes.js';
import { joinEnvelopes, placesOf } from '../../../webview/charts/columns.js';
import {
  LINEAR,
  logarithmicScale,
  placeAlong,
  shareAlong,
  toDistances,
  toPlaces,
} from '../../../webview/charts/horizontalScale.js';
import { CurveFeed } from '../../../webview/charts/curveFeed.js';
import { EnvelopeClient } from '../../../webview/protocol/envelopeClient.js';

describe('horizontal scale', () => {
  test('a share of a view and the place there belong together', () => {
    const views = fc.tuple(
      fc.double({ min: 0.5, max: 1e6, noNaN: true }),
      fc.double({ min: 1.01, max: 1e6, noNaN: true }),
    );
    fc.assert(
      fc.property(views, fc.double({ min: 0, max: 1, noNaN: true }), ([from, ratio], share) => {
        const view = { from, to: from * ratio };
        for (const scale of [LINEAR, logarithmicScale(0.5)]) {
          expect(shareAlong(scale, view, placeAlong(scale, view, share))).toBeCloseTo(share, 6);
          const back = toPlaces(scale, toDistances(scale, view));
          expect(back.from / view.from).toBeCloseTo(1, 9);
          expect(back.to / view.to).toBeCloseTo(1, 9);
        }
      }),
    );
  });

  test('a decade is as wide as the next, and what has no logarithm stands at the left', () => {
    const scale = logarithmicScale(0.5);
    const view = { from: 0.5, to: 5000 };
    expect(shareAlong(scale, view, 50)).toBeCloseTo(0.5);
    expect([0, -3, 0.5].map((place) => shareAlong(scale, view, place))).toEqual([0, 0, 0]);
  });

  test('labels stand at decades, at whole steps only, and say what stands at the left', () => {
    const picture = {
      axis: 'step' as const,
      view: { from: 0.5, to: 20_000 },
      scale: logarithmicScale(0.5),
      wholeSteps: true,
      zeroAtLeft: true,
    };
    const ticks = horizontalTicks(picture, 700);
    expect(ticks.map(({ label }) => label)).toEqual(['≤ 0', '1', '10', '100', '1,000', '10,000']);
    const times = horizontalTicks({ ...picture, axis: 'relative-time', view: { from: 1, to: 7200 } }, 400);
    expect(times.map(({ label }) => label)).toContain('≤ 0');
    expect(times.map(({ label }) => label)).toContain('1 min 40 s');
  });
});

/** A feed over a real store, whose host answers at once. */
function feedOver(points: Iterable<readonly [step: number, value: number]>) {
  const store = new RunStore();
  const handle = store.tag('loss');
  for (const [step, value] of points) {
    store.append(handle, step, value, NaN);
  }
  const asked: (FromPanel & { type: 'envelope' })[] = [];
  const client = new EnvelopeClient({
    post: (message) => {
      const { type: _type, request, tag: _tag, ...query } = message as FromPanel & { type: 'envelope' };
      asked.push(message as FromPanel & { type: 'envelope' });
      queueMicrotask(() => {
        client.receive({ type: 'envelope', request, envelope: store.envelope(handle, query) });
      });
    },
    later: () => () => undefined,
  });
  const signal = { role: 'train/loss', tag: 'loss', points: store.points, nonFinite: 0, stepUnit: 'step' } as const;
  return { feed: new CurveFeed(signal, client, () => undefined), asked };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('a curve on a logarithmic axis', () => {
  test('is as fine in its first decades as in its last, and keeps step 0 and every spike', async () => {
    const spikes = new Map([
      [37, 50],
      [4321, 60],
      [654_321, 70],
    ]);
    const { feed } = feedOver(
      (function* () {
        for (let step = 0; step < 1_000_000; step++) {
          yield [step, spikes.get(step) ?? 1] as const;
        }
      })(),
    );
    // Before the first answer the page can't know where the axis begins.
    feed.demand({ axis: 'step', scale: logarithmicScale(500), view: undefined, buckets: 900 });
    await settled();
    const overview = feed.overview!;
    expect(placesOf(overview)).toEqual({ from: 0, to: 999_999, leastPositive: 1 });
    const [stretch, ...others] = feed.stretches;
    expect(others).toEqual([]);
    for (let decade = 1; decade <= 100_000; decade *= 10) {
      const inside = stretch!.columns.filter(({ x }) => x >= decade && x < decade * 10);
      expect(inside.length).toBeGreaterThanOrEqual(Math.min(9, decade * 9));
    }
    const early = stretch!.columns.filter(({ x }) => x >= 1 && x < 100);
    expect(early.every(({ x, xEnd }) => x === xEnd)).toBe(true);
    for (const [step, value] of spikes) {
      expect(
        stretch!.columns.some((column) => column.x <= step && column.xEnd >= step && column.maximum === value),
      ).toBe(true);
    }
    const starts = stretch!.columns.map(({ x }) => x);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  });

  test('costs no further questions where every point has its column', async () => {
    const { feed, asked } = feedOver([1, 2, 3, 50, 900].map((step) => [step, step] as const));
    feed.demand({ axis: 'step', scale: logarithmicScale(1), view: undefined, buckets: 900 });
    await settled();
    expect(asked.length).toBe(1);
  });
});

describe('joined envelopes', () => {
  test('keep the points of each segment together and in order', () => {
    const store = new RunStore();
    const handle = store.tag('loss');
    [1, 2, 3, 4, 5, 3, 4, 5, 6].forEach((step) => store.append(handle, step, step === 4 ? NaN : step, NaN));
    const part = (from: number, to: number) => store.envelope(handle, { axis: 'step', from, to, buckets: 100 });
    const whole = store.envelope(handle, { axis: 'step', buckets: 100 });
    const joined = joinEnvelopes([part(0, 3), part(3.5, 9)]);
    expect([...joined.x]).toEqual([...whole.x]);
    expect([...joined.segment]).toEqual([...whole.segment]);
    expect([...joined.overwritten]).toEqual([...whole.overwritten]);
    expect(joined.nonFiniteTotal).toBe(whole.nonFiniteTotal);
  });
});
