import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../../src/model/envelope.js';
import { RunStore } from '../../../src/store/runStore.js';

function storeOf(values: readonly number[], stepOf = (index: number) => index): RunStore {
  const store = new RunStore();
  const loss = store.tag('loss');
  values.forEach((value, index) => store.append(loss, stepOf(index), value, 1000 + index / 2));
  return store;
}

/** The columns of an envelope as rows. */
function rows(envelope: Envelope) {
  return Array.from(envelope.x, (x, column) => ({
    x,
    xEnd: envelope.xEnd[column] as number,
    minimum: envelope.minimum[column] as number,
    maximum: envelope.maximum[column] as number,
    last: envelope.last[column] as number,
    segment: envelope.segment[column] as number,
    overwritten: envelope.overwritten[column] as number,
  }));
}

describe('envelope', () => {
  it('is the series itself when there is room for every point', () => {
    expect(rows(storeOf([3, 1, 2]).envelope(0, { axis: 'step', buckets: 10 }))).toEqual([
      { x: 0, xEnd: 0, minimum: 3, maximum: 3, last: 3, segment: 0, overwritten: 0 },
      { x: 1, xEnd: 1, minimum: 1, maximum: 1, last: 1, segment: 0, overwritten: 0 },
      { x: 2, xEnd: 2, minimum: 2, maximum: 2, last: 2, segment: 0, overwritten: 0 },
    ]);
  });

  it('is empty for an empty series, and on a time axis that was not logged', () => {
    const store = new RunStore();
    store.tag('empty');
    store.append(store.tag('timeless'), 0, 1, NaN);
    expect(store.envelope(0, { axis: 'step', buckets: 10 }).x).toHaveLength(0);
    expect(store.envelope(1, { axis: 'wall-time', buckets: 10 }).x).toHaveLength(0);
  });

  it('shows a spike of one point at every zoom', () => {
    const POINTS = 300_000;
    const values = Array.from({ length: POINTS }, (_, index) => 2 + Math.cos(index));
    fc.assert(
      fc.property(
        fc.nat(POINTS - 1),
        fc.constantFrom(1, 7, 100, 1999),
        fc.nat(POINTS - 1),
        fc.nat(POINTS - 1),
        (spikeAt, buckets, before, after) => {
          const store = spiked(spikeAt);
          const from = Math.max(0, spikeAt - before);
          const to = Math.min(POINTS - 1, spikeAt + after);
          const columns = rows(store.envelope(0, { axis: 'step', from, to, buckets }));
          expect(columns.length).toBeLessThanOrEqual(buckets);
          const holding = columns.filter(({ x, xEnd }) => x <= spikeAt && spikeAt <= xEnd);
          expect(holding.map(({ maximum }) => maximum)).toEqual([99]);
        },
      ),
      { seed: 5, numRuns: 40 },
    );

    function spiked(at: number): RunStore {
      const original = values[at] as number;
      values[at] = 99;
      const store = storeOf(values);
      values[at] = original;
      return store;
    }
  });

  it('agrees with a plain count over any columns, segments and ranges', () => {
    const step = fc.nat(40);
    const value = fc.oneof({ weight: 5, arbitrary: fc.integer() }, fc.constantFrom(NaN, Infinity, -Infinity));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(step, value), { maxLength: 300 }),
        fc.integer({ min: 1, max: 50 }),
        (points, buckets) => {
          const store = new RunStore();
          store.tag('loss');
          points.forEach(([at, logged]) => store.append(0, at, logged, NaN));
          const series = store.series[0];
          const envelope = store.envelope(0, { axis: 'step', from: 5, to: 30, buckets });
          const inside = points.flatMap(([at, logged], index) => (at >= 5 && at <= 30 ? [{ at, logged, index }] : []));
          const bad = inside.filter(({ logged }) => !Number.isFinite(logged));
          expect(envelope.nonFiniteTotal).toBe(bad.length);
          expect(Array.from(envelope.nonFiniteX)).toEqual(bad.map(({ at }) => at));
          expect(Array.from(envelope.nonFiniteValue)).toEqual(bad.map(({ logged }) => logged));
          const columns = rows(envelope);
          expect(columns.length).toBeLessThanOrEqual(Math.max(buckets, 2 * (series?.segments.length ?? 0)));
          for (const { at, logged, index } of inside) {
            const home = columns.filter(
              ({ segment, overwritten, x, xEnd }) =>
                segment === series?.segmentOf(index) &&
                overwritten === Number(series.isOverwritten(index)) &&
                x <= at &&
                at <= xEnd,
            );
            expect(home.length).toBeGreaterThan(0);
            if (Number.isFinite(logged)) {
              expect(home.some(({ minimum, maximum }) => minimum <= logged && logged <= maximum)).toBe(true);
            }
          }
        },
      ),
      { seed: 6, numRuns: 300 },
    );
  });

  it('gives the last finite value of a column that ends in NaN', () => {
    const envelope = storeOf([1, 5, 3, NaN]).envelope(0, { axis: 'step', buckets: 1 });
    expect(rows(envelope)).toEqual([{ x: 0, xEnd: 3, minimum: 1, maximum: 5, last: 3, segment: 0, overwritten: 0 }]);
  });

  it('lists at most 1,000 non-finite points, spread over the range, and counts all', () => {
    const envelope = storeOf(Array.from({ length: 12_345 }, () => NaN)).envelope(0, { axis: 'step', buckets: 10 });
    expect(envelope.nonFiniteTotal).toBe(12_345);
    expect(envelope.nonFiniteX.length).toBeLessThanOrEqual(1000);
    expect(envelope.nonFiniteX[0]).toBe(0);
    expect(envelope.nonFiniteX.at(-1)).toBeGreaterThan(12_300);
  });

  it('measures relative time from the earliest wall time of the run', () => {
    const store = storeOf([1, 2]);
    store.append(store.tag('late'), 0, 1, 1060);
    expect(Array.from(store.envelope(1, { axis: 'relative-time', buckets: 10 }).x)).toEqual([60]);
    expect(Array.from(store.envelope(1, { axis: 'wall-time', buckets: 10 }).x)).toEqual([1060]);
  });

  it('does not move columns that are drawn when points are appended', () => {
    const store = storeOf(Array.from({ length: 1500 }, (_, index) => index));
    const before = rows(store.envelope(0, { axis: 'step', buckets: 100 }));
    store.append(0, 1500, 1500, NaN);
    const after = rows(store.envelope(0, { axis: 'step', buckets: 100 }));
    expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
  });
});
