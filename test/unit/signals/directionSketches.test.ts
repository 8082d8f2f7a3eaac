import { describe, expect, it } from 'vitest';
import { DirectionSketches, sketchPlace } from '../../../src/signals/directionSketches.js';

const VECTORS = [
  [1, 0],
  [0, 1],
  [-1, 1],
];

function sketched(order: readonly number[], steps = 3): DirectionSketches {
  const sketches = new DirectionSketches();
  for (const rank of order) {
    for (let step = 0; step < steps; step++) {
      VECTORS[rank]?.forEach((value, place) => {
        sketches.push(rank, step, place, value * (step + 1));
      });
    }
  }
  return sketches;
}

describe('sketches of directions', () => {
  it('give the cosine of each rank with the mean, whatever its size', () => {
    const common = sketched([0, 1, 2]).cosines().common();
    expect(common.map(({ fromStep }) => fromStep)).toEqual([0, 1, 2]);
    for (const { means } of common) {
      // The mean points along (0, 2/3).
      [0, 1, Math.SQRT1_2].forEach((cosine, rank) => {
        expect(means[rank]).toBeCloseTo(cosine, 12);
      });
    }
  });

  it('are the same in whatever order the ranks come', () => {
    expect(sketched([2, 0, 1]).cosines().common()).toEqual(sketched([0, 1, 2]).cosines().common());
  });

  it('count only where every rank took a whole one that has a direction', () => {
    const sketches = sketched([0, 1, 2]);
    sketches.push(0, 3, 0, 1);
    sketches.push(1, 3, 0, 1);
    for (const [rank, values] of [
      [0, [0, 0]],
      [1, [1, 1]],
      [2, [Number.NaN, 1]],
    ] as const) {
      values.forEach((value, place) => {
        sketches.push(rank, 4, place, value);
      });
    }
    for (const rank of [0, 1, 2]) {
      sketches.push(rank, 5, rank === 0 ? 1 : 0, 1);
    }
    expect(
      sketches
        .cosines()
        .common()
        .map(({ fromStep }) => fromStep),
    ).toEqual([0, 1, 2]);
  });

  it('are kept for the newest steps alone', () => {
    const steps = sketched([0, 1, 2], 1000)
      .cosines()
      .common()
      .map(({ fromStep }) => fromStep);
    expect([steps[0], steps.at(-1), steps.length]).toEqual([936, 999, 64]);
  });

  it('are told from other roles by their name', () => {
    expect(['direction-sketch/07', 'direction-sketch', 'worker-direction'].map(sketchPlace)).toEqual([
      7,
      undefined,
      undefined,
    ]);
  });
});
