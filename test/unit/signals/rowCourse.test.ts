import { describe, expect, it } from 'vitest';
import { EpochClock } from '../../../src/signals/epochClock.js';
import { commonShape, epochProfiles } from '../../../src/signals/epochProfiles.js';
import { autocorrelation, coarser, RowCourse } from '../../../src/signals/rowCourse.js';
import { Random } from '../../corpus/syntheticRuns.js';

function courseOf(count: number, value: (row: number) => number, limit?: number): RowCourse {
  const course = new RowCourse(limit);
  for (let row = 0; row < count; row++) {
    course.push(row, value(row));
  }
  return course;
}

function memoryOf(course: RowCourse): number {
  const [whole] = coarser(course.stretches, 1);
  return whole === undefined ? Number.NaN : autocorrelation(whole);
}

describe('a course row by row', () => {
  it('keeps rows, means and extremes however often its memory was full', () => {
    const course = courseOf(1000, (row) => (row === 777 ? 50 : row % 7), 16);
    expect(course.stretches.length).toBeLessThanOrEqual(16);
    expect(course.rows).toBe(1000);
    const [whole] = coarser(course.stretches, 1);
    expect(whole).toMatchObject({ fromStep: 0, toStep: 999, lowest: 0, highest: 50 });
    expect(whole?.mean).toBeCloseTo(3 + 50 / 1000, 1);
  });

  it('tells alternation, noise and slow swings apart, whatever the trend', () => {
    const random = new Random(7);
    expect(memoryOf(courseOf(4000, (row) => 5 - row / 1000 + (row % 2)))).toBeCloseTo(-1, 1);
    expect(Math.abs(memoryOf(courseOf(4000, (row) => 5 - row / 1000 + random.normal())))).toBeLessThan(0.1);
    expect(memoryOf(courseOf(4000, (row) => Math.sin(row / 30)))).toBeGreaterThan(1);
  });

  it('finds the coefficient of an autoregressive series', () => {
    const random = new Random(3);
    let value = 0;
    const course = courseOf(20_000, () => (value = 0.6 * value + random.normal()));
    expect(memoryOf(course)).toBeCloseTo(0.6, 1);
  });

  it('says nothing of a series that stands still', () => {
    expect(memoryOf(courseOf(100, () => 2))).toBeNaN();
  });
});

describe('the length of an epoch', () => {
  it.each([
    ['fractions', (step: number) => step / 40],
    ['fractions rounded to two digits', (step: number) => Math.round((step / 40) * 100) / 100],
    ['whole epochs', (step: number) => Math.floor(step / 40)],
    ['whole epochs from one', (step: number) => 1 + Math.floor(step / 40)],
  ])('is known from %s', (_, epoch) => {
    const clock = new EpochClock();
    for (let step = 0; step < 400; step++) {
      clock.push(step, epoch(step));
    }
    expect(clock.stepsPerEpoch).toBeCloseTo(40, 0);
    expect(clock.epochAt(120) - clock.epochAt(40)).toBeCloseTo(2, 1);
  });

  it('is not known within the first epoch, nor where steps are epochs', () => {
    const [first, rows] = [new EpochClock(), new EpochClock()];
    for (let step = 0; step < 30; step++) {
      first.push(step, step / 40);
      rows.push(step, step);
    }
    expect(first.stepsPerEpoch).toBeNaN();
    expect(rows.stepsPerEpoch).toBeNaN();
  });

  it('begins anew when the epoch goes back', () => {
    const clock = new EpochClock();
    for (let step = 0; step < 400; step++) {
      clock.push(step, (step % 200) / (step < 200 ? 40 : 20));
    }
    expect(clock.stepsPerEpoch).toBeCloseTo(20, 0);
  });
});

describe('the shape of epochs', () => {
  const clock = new EpochClock();
  for (let step = 0; step < 400; step++) {
    clock.push(step, step / 40);
  }
  const shapeOf = (value: (row: number) => number) =>
    commonShape(epochProfiles(courseOf(400, value).stretches, clock, 8));

  it('is what they share', () => {
    const shape = shapeOf((row) => 3 * Math.exp(-row / 100) + ((row % 40) / 5 >= 4 && (row % 40) / 5 < 5 ? 1 : 0));
    expect(shape.correlation).toBeGreaterThan(0.95);
    expect(shape.parts.indexOf(Math.max(...shape.parts))).toBe(4);
  });

  it('is none where only trend and bend are shared, or noise', () => {
    const random = new Random(5);
    expect(Math.abs(shapeOf(() => random.normal()).correlation)).toBeLessThan(0.5);
    const bend = shapeOf((row) => ((row % 40) / 40) ** 2);
    expect(Math.max(...bend.parts.map(Math.abs))).toBeLessThan(0.01);
  });
});
