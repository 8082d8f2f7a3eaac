import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  formatPercent,
  formatRate,
  formatRatio,
  formatStep,
  formatTick,
  formatValue,
} from '../../../webview/format/numbers.js';
import { formatAgo, formatDuration, formatMoment, formatMomentTick } from '../../../webview/format/times.js';
import { confidenceWords, findingCount, monitorWords, roleWords } from '../../../webview/format/words.js';

describe('numbers', () => {
  test.each([
    [2.312345, '2.312'],
    [33.2, '33.2'],
    [4216, '4,216'],
    [102869.4, '102,869'],
    [-0.5, '−0.5'],
    [0, '0'],
    [3e-4, '3e−4'],
    [2.5611e-4, '2.561e−4'],
    [1.5e12, '1.5e12'],
    [NaN, 'NaN'],
    [Infinity, '+∞'],
    [-Infinity, '−∞'],
  ])('%d is shown as %s', (value, shown) => {
    expect(formatValue(value)).toBe(shown);
  });

  test.each([
    [1000, 500, '1,000'],
    [0.5, 0.05, '0.50'],
    [0, 1e-4, '0'],
    [3e-4, 1e-4, '3e−4'],
    [2.5e-4, 5e-5, '2.5e−4'],
    [-2, 1, '−2'],
    [0.1 + 0.2, 0.1, '0.3'],
    [1e-13, 0.1, '0'],
  ])('a label at %d, labels %d apart, reads %s', (value, step, shown) => {
    expect(formatTick(value, step)).toBe(shown);
  });

  test('a ratio is left out where it says nothing', () => {
    expect(formatRatio(33.21, 0.8123)).toBe('41×');
    expect(formatRatio(3, 2)).toBe('1.5×');
    expect(formatRatio(1.18e152, 0.5)).toBe('> 1,000,000×');
    expect(formatRatio(1, 1)).toBeUndefined();
    expect(formatRatio(1, 0)).toBeUndefined();
    expect(formatRatio(-1, 2)).toBeUndefined();
    expect(formatRatio(NaN, 2)).toBeUndefined();
  });

  test('certainty is never rounded up to', () => {
    expect(formatPercent(0.97)).toBe('97 %');
    expect(formatPercent(0.999)).toBe('> 99 %');
  });

  test('a slow pace is turned around', () => {
    expect(formatRate(3.14, 'step')).toBe('3.1 steps/s');
    expect(formatRate(0.08, 'step')).toBe('13 s/step');
  });

  test('epochs keep their fraction', () => {
    expect(formatStep(4210)).toBe('4,210');
    expect(formatStep(1.25)).toBe('1.25');
  });
});

describe('times', () => {
  test.each([
    [0, '0 s'],
    [0.32, '320 ms'],
    [9.54, '9.5 s'],
    [45, '45 s'],
    [60, '1 min'],
    [83, '1 min 23 s'],
    [3780, '1 h 3 min'],
    [3599.6, '1 h'],
    [90_000, '1 d 1 h'],
    [-45, '−45 s'],
  ])('%d seconds are %s', (seconds, shown) => {
    expect(formatDuration(seconds)).toBe(shown);
  });

  test.each([
    [100, 98, 'just now'],
    [160, 100, '1 min ago'],
    [7300, 100, '2 h ago'],
    [100, 200, 'in the future'],
    [86_400 * 365 * 3, 0, '3 years ago'],
  ])('at %d, %d was %s', (now, moment, shown) => {
    expect(formatAgo(moment, now)).toBe(shown);
  });

  test('moments are absolute, and labels as fine as their distance', () => {
    const moment = Date.UTC(2026, 10, 21, 14, 3, 11) / 1000;
    expect(formatMoment(moment, 'UTC')).toBe('21 Nov 2026, 14:03:11');
    expect(formatMomentTick(moment, 30, 'UTC')).toBe('14:03:11');
    expect(formatMomentTick(moment, 300, 'UTC')).toBe('14:03');
    expect(formatMomentTick(moment, 86_400, 'UTC')).toBe('21 Nov');
  });
});

describe('words', () => {
  test('roles and checks have names that people use', () => {
    expect(roleWords('train/loss', 'loss')).toBe('training loss');
    expect(roleWords('gradient-norm/h.7.weight', 'x')).toBe('gradient norm of h.7.weight');
    expect(roleWords('other', 'my/tag')).toBe('my/tag');
    expect(monitorWords('loss-spike')).toBe('Loss spike');
    expect(confidenceWords(0.97)).toBe('almost certain');
    expect(findingCount(1)).toBe('1 finding');
    expect(findingCount(2000)).toBe('2,000 findings');
  });
});

describe('the language of the editor', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  async function speaking(lang: string) {
    vi.stubGlobal('document', { documentElement: { lang } });
    vi.resetModules();
    const [numbers, times] = await Promise.all([
      import('../../../webview/format/numbers.js'),
      import('../../../webview/format/times.js'),
    ]);
    return { ...numbers, ...times };
  }

  test('decides on separators, decimals and the names of months', async () => {
    const german = await speaking('de');
    expect(german.formatCount(1_234_567)).toBe('1.234.567');
    expect(german.formatValue(-2.312345)).toBe('−2,312');
    expect(german.formatValue(2.5611e-4)).toBe('2,561e−4');
    expect(german.formatFixed(0.5, 2)).toBe('0,50');
    expect(german.formatDuration(1.5)).toBe('1,5 s');
    expect(german.formatMoment(1_772_000_000, 'UTC')).toContain('Feb. 2026');
    expect((await speaking('fa')).formatCount(42)).toMatch(/42/);
  });

  test('is English where it is none', async () => {
    for (const lang of ['', 'not a language', 'en', 'x']) {
      expect((await speaking(lang)).formatValue(4216.5)).toBe('4,217');
    }
  });
});
