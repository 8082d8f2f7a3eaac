import { describe, expect, it } from 'vitest';
import { LevelHistory } from '../../../src/signals/levelHistory.js';
import { RollingWindow } from '../../../src/signals/rollingWindow.js';
import { median } from '../../../src/signals/rise.js';
import { Random } from '../../corpus/syntheticRuns.js';

describe('rolling window', () => {
  it('agrees with sorting everything anew', () => {
    const random = new Random(3);
    const window = new RollingWindow(17);
    const all: number[] = [];
    for (let index = 0; index < 400; index++) {
      const value = random.integer(0, 3) === 0 ? random.integer(0, 4) : random.normal();
      window.push(value);
      all.push(value);
      const last = all.slice(-17);
      const centre = median(last);
      expect(window.length).toBe(last.length);
      expect(window.median()).toBeCloseTo(centre, 12);
      expect(window.quantile(0)).toBe(Math.min(...last));
      expect(window.quantile(1)).toBe(Math.max(...last));
      expect(window.medianDeviation(centre)).toBeCloseTo(median(last.map((each) => Math.abs(each - centre))), 12);
    }
  });
});

describe('level history', () => {
  it('keeps a long series in bounded memory, its steps without gaps and its points all counted', () => {
    const history = new LevelHistory(64, 5);
    for (let step = 0; step < 10_000; step++) {
      history.push(step, step);
    }
    const { levels } = history;
    expect(levels.length).toBeLessThanOrEqual(64);
    expect(history.points).toBe(10_000);
    expect(levels[0]?.fromStep).toBe(0);
    expect(levels.at(-1)?.toStep).toBe(9_999);
    for (const [index, { fromStep, level }] of levels.entries()) {
      expect(fromStep).toBe(index === 0 ? 0 : (levels[index - 1]?.toStep ?? NaN) + 1);
      expect(Math.abs(level - fromStep)).toBeLessThan(300);
    }
  });

  it('lets single outliers leave no trace', () => {
    const history = new LevelHistory(64, 5);
    for (let step = 0; step < 500; step++) {
      history.push(step, step % 50 === 25 ? 1e6 : 1);
    }
    expect(history.levels.every(({ level }) => level === 1)).toBe(true);
  });
});
