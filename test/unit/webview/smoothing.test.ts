import { describe, expect, test } from 'vitest';
import type { Stretch } from '../../../webview/charts/columns.js';
import { LINEAR, logarithmicScale } from '../../../webview/charts/horizontalScale.js';
import { smooth } from '../../../webview/charts/smoothing.js';

function stretch(points: readonly (readonly [x: number, value: number])[], overwritten = false): Stretch {
  return {
    segment: 0,
    overwritten,
    columns: points.map(([x, value]) => ({ x, xEnd: x, minimum: value, maximum: value, last: value })),
  };
}

const EXTENT = { from: 0, to: 1000 };
const every = (count: number, value: (index: number) => number) =>
  stretch(Array.from({ length: count }, (_, index) => [(index * 1000) / (count - 1), value(index)] as const));

describe('smoothing', () => {
  test('is the debiased exponential average of TensorBoard where points are evenly spread', () => {
    const values = Array.from({ length: 1001 }, (_, index) => Math.sin(index / 30) + (index % 7) / 5);
    const [smoothed] = smooth([every(1001, (index) => values[index]!)], 0.9, LINEAR, EXTENT, []);
    let last = 0;
    values.forEach((value, index) => {
      last = 0.9 * last + 0.1 * value;
      expect(smoothed![index]).toBeCloseTo(last / (1 - 0.9 ** (index + 1)), 9);
    });
  });

  test('does not begin at 0, and leaves a constant as it is', () => {
    const [smoothed] = smooth([every(50, () => 7)], 0.99, LINEAR, EXTENT, []);
    smoothed!.forEach((value) => {
      expect(value).toBeCloseTo(7, 12);
    });
  });

  test('is the same however densely a stretch is drawn', () => {
    const curve = (x: number) => 5 * Math.exp(-x / 200) + 1;
    const at = (count: number) =>
      smooth([every(count, (index) => curve((index * 1000) / (count - 1)))], 0.97, LINEAR, EXTENT, []);
    const [coarse] = at(501);
    const [fine] = at(4001);
    expect(coarse![400]! / fine![3200]!).toBeCloseTo(1, 2);
  });

  test('never reaches over NaN, an infinity, or what was overwritten', () => {
    const points = [1, 2, 3, 4, 5, 6, 7, 8].map((x) => [x * 100, x < 5 ? 1 : 9] as const);
    const [smoothed] = smooth([stretch(points)], 0.99, LINEAR, EXTENT, [450]);
    expect([...smoothed!.slice(0, 4)]).toEqual([1, 1, 1, 1]);
    expect(smoothed![4]).toBe(9);
    const [marked] = smooth([stretch(points)], 0.99, LINEAR, EXTENT, [300]);
    expect(marked![2]).toBeNaN();
    const [withNaN] = smooth(
      [
        stretch([
          [1, 1],
          [2, NaN],
          [3, 5],
        ]),
      ],
      0.99,
      LINEAR,
      EXTENT,
      [2],
    );
    expect([...withNaN!]).toEqual([1, NaN, 5]);
    const [ghost] = smooth([stretch(points, true)], 0.9, LINEAR, EXTENT, []);
    expect([...ghost!].every(Number.isNaN)).toBe(true);
  });

  test('forgets by distance as the axis is drawn', () => {
    const points = [1, 10, 100, 1000].map((x) => [x, x === 1 ? 10 : 0] as const);
    const [smoothed] = smooth([stretch(points)], 0.999, logarithmicScale(1), { from: 1, to: 1000 }, []);
    expect(smoothed![1]).toBeGreaterThan(3);
    const [linear] = smooth([stretch(points)], 0.999, LINEAR, { from: 1, to: 1000 }, []);
    expect(linear![3]).toBeLessThan(1);
  });

  test('points at one place do not undo each other', () => {
    const [smoothed] = smooth(
      [
        stretch([
          [5, 1],
          [5, 3],
          [6, 3],
        ]),
      ],
      0.9,
      LINEAR,
      EXTENT,
      [],
    );
    expect([...smoothed!].every(Number.isFinite)).toBe(true);
  });
});
