import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunStore } from '../../../src/store/runStore.js';
import { BLOCK_POINTS, StoredSeries } from '../../../src/store/storedSeries.js';

interface Point {
  readonly step: number;
  readonly value: number;
  readonly wallTime: number;
}

const decimal = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((number) => number / 1000);
const single = fc.float().map(Math.fround);
const double = fc.double();

/** A column as logs have them: in one of the forms that the store packs differently, with one odd value in it. */
interface Column {
  readonly base: readonly number[];
  readonly odd: number;
  readonly oddAt: number;
}

function column(length: number): fc.Arbitrary<Column> {
  const typical = fc.oneof(...[decimal, single, double].map((kind) => fc.array(kind, { minLength: 1, maxLength: 50 })));
  const odd = fc.constantFrom(NaN, Infinity, -Infinity, -0, 0, Number.MAX_SAFE_INTEGER + 2, 5e-324);
  return fc.record({ base: typical, odd, oddAt: fc.nat(length) });
}

function spread({ base, odd, oddAt }: Column, length: number): number[] {
  return Array.from({ length }, (_, index) => (index === oddAt ? odd : (base[index % base.length] ?? 0)));
}

function pointsOf(steps: readonly number[], values: readonly number[], times: readonly number[]): Point[] {
  return steps.map((step, index) => ({ step, value: values[index] ?? NaN, wallTime: times[index] ?? NaN }));
}

function filled(points: readonly Point[]): StoredSeries {
  const series = new StoredSeries('loss', undefined, 'step');
  for (const { step, value, wallTime } of points) {
    series.append(step, value, wallTime);
  }
  return series;
}

describe('StoredSeries', () => {
  it('gives back exactly what was appended', () => {
    const length = BLOCK_POINTS * 2 + 100;
    fc.assert(
      fc.property(column(length), column(length), column(length), (stepColumn, values, times) => {
        const steps = spread(stepColumn, length).map((step) => (Number.isFinite(step) ? step : 7));
        const points = pointsOf(steps, spread(values, length), spread(times, length));
        const series = filled(points);
        expect(series.length).toBe(length);
        points.forEach(({ step, value, wallTime }, index) => {
          if (
            series.stepAt(index) !== step ||
            !Object.is(series.valueAt(index), value) ||
            !Object.is(series.wallTimeAt(index), wallTime)
          ) {
            throw new Error(`point ${index} came back changed`);
          }
        });
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  it('gives NaN as the wall time of a point that has none, before and after points that have one', () => {
    const series = filled([
      { step: 0, value: 1, wallTime: NaN },
      { step: 1, value: 1, wallTime: 1700000000.25 },
      { step: 2, value: 1, wallTime: NaN },
    ]);
    expect([0, 1, 2].map((index) => series.wallTimeAt(index))).toEqual([NaN, 1700000000.25, NaN]);
  });

  it('counts non-finite values and finds each of them', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(1, 2, NaN, Infinity, -Infinity), { maxLength: 400 }), (values) => {
        const series = filled(values.map((value, step) => ({ step, value, wallTime: NaN })));
        const places = values.flatMap((value, index) => (Number.isFinite(value) ? [] : [index]));
        expect(series.nonFinite).toBe(places.length);
        expect(places.map((_, ordinal) => series.nonFiniteAt(ordinal))).toEqual(places);
        values.forEach((_, index) => {
          expect(series.nonFiniteBefore(index)).toBe(places.filter((place) => place < index).length);
        });
      }),
      { seed: 2 },
    );
  });

  it('finds the extremes of any range', () => {
    const length = 64 * 64 * 2 + 777;
    const values = Array.from({ length }, (_, index) =>
      index % 97 === 0 ? NaN : Math.sin(index * 1.7) * (index % 1013),
    );
    const series = filled(values.map((value, step) => ({ step, value, wallTime: NaN })));
    fc.assert(
      fc.property(fc.nat(length), fc.nat(length), (a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a];
        const finite = values.slice(from, to).filter(Number.isFinite);
        const found = series.extremes(from, to);
        if (finite.length === 0) {
          expect(found).toBeUndefined();
        } else {
          expect(series.valueAt(found?.minimumAt ?? -1)).toBe(Math.min(...finite));
          expect(series.valueAt(found?.maximumAt ?? -1)).toBe(Math.max(...finite));
        }
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});

describe('segments', () => {
  const stepsOf = (steps: readonly number[]) => filled(steps.map((step) => ({ step, value: step, wallTime: NaN })));

  it('begin where a step goes backwards, not where it is repeated', () => {
    const series = stepsOf([0, 0, 1, 2, 2, 1, 1, 5, 0]);
    expect(series.segments).toEqual([
      { start: 0, firstStep: 0 },
      { start: 5, firstStep: 1 },
      { start: 8, firstStep: 0 },
    ]);
    expect([0, 4, 5, 7, 8].map((index) => series.segmentOf(index))).toEqual([0, 0, 1, 1, 2]);
  });

  it('overwrite what earlier ones logged from their first step on', () => {
    const series = stepsOf([0, 10, 20, 30, 20, 30, 40, 10, 20]);
    const overwritten = [0, 1, 2, 3, 4, 5, 6, 7, 8].filter((index) => series.isOverwritten(index));
    expect(overwritten).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('agree with the definition on any steps', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(12), { minLength: 1, maxLength: 60 }), (steps) => {
        const series = stepsOf(steps);
        steps.forEach((step, index) => {
          const own = series.segmentOf(index);
          const taken = series.segments.some(({ firstStep }, later) => later > own && firstStep <= step);
          expect(series.isOverwritten(index)).toBe(taken);
        });
        const parts = series.parts();
        expect(parts.map(({ from, to }) => to - from).reduce((a, b) => a + b, 0)).toBe(steps.length);
        for (const part of parts) {
          for (let index = part.from; index < part.to; index++) {
            expect([series.segmentOf(index), series.isOverwritten(index)]).toEqual([part.segment, part.overwritten]);
          }
        }
      }),
      { seed: 4 },
    );
  });
});

describe('memory', () => {
  const POINTS = BLOCK_POINTS * 20;

  function bytesAPoint(
    step: (index: number) => number,
    value: (index: number) => number,
    time: (index: number) => number,
  ) {
    const series = new StoredSeries('loss', undefined, 'step');
    for (let index = 0; index < POINTS; index++) {
      series.append(step(index), value(index), time(index));
    }
    return series.bytes.sealed / POINTS;
  }

  const roughDouble = (index: number) => Math.sin(index * 12.9898) * 43758.5453;

  it('takes under 24 bytes a point with uneven steps, double values and wall times', () => {
    const steps = (index: number) => index * 10 + (index % 3);
    expect(bytesAPoint(steps, roughDouble, (index) => 1.7e9 + index * 0.7310585)).toBeLessThan(24);
  });

  it('takes under 5 bytes a point of a single-precision series at every tenth step', () => {
    expect(
      bytesAPoint(
        (index) => index * 10,
        (index) => Math.fround(roughDouble(index)),
        () => NaN,
      ),
    ).toBeLessThan(5);
  });

  it('keeps a tail of at most a block, and small series small', () => {
    const series = new StoredSeries('loss', undefined, 'step');
    for (let index = 0; index < 10; index++) {
      series.append(index, roughDouble(index), NaN);
    }
    expect(series.bytes.sealed + series.bytes.tail).toBeLessThan(600);
    for (let index = 10; index < POINTS - 1; index++) {
      series.append(index, roughDouble(index), 1.7e9 + index);
    }
    expect(series.bytes.tail).toBeLessThanOrEqual(BLOCK_POINTS * 24);
  });
});

describe('RunStore', () => {
  it('gives the same handle for the same tag and rank, another for another rank', () => {
    const store = new RunStore();
    const handles = [
      store.tag('loss'),
      store.tag('loss', { rank: 0 }),
      store.tag('loss'),
      store.tag('__proto__'),
      store.tag('loss', { rank: 0 }),
    ];
    expect(handles).toEqual([0, 1, 0, 2, 1]);
    expect(store.series.map(({ tag, rank }) => [tag, rank])).toEqual([
      ['loss', undefined],
      ['loss', 0],
      ['__proto__', undefined],
    ]);
    expect(store.find('loss', 0)).toBe(1);
    expect(store.find('loss', 1)).toBeUndefined();
  });

  it('says where a point went', () => {
    const store = new RunStore();
    const loss = store.tag('loss');
    expect(store.append(loss, 5, 1, NaN)).toEqual({ index: 0, segment: 0 });
    expect(store.append(loss, 4, 1, NaN)).toEqual({ index: 1, segment: 1 });
    expect(store.points).toBe(2);
  });

  it('names the handle that does not exist', () => {
    expect(() => new RunStore().append(3, 0, 0, 0)).toThrow('no series with the handle 3');
  });
});
