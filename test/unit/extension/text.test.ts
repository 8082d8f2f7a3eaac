import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCount, formatPace, formatShortCount, formatValue } from '../../../src/extension/presentation/numbers.js';
import { escapeMarkdown, plainLabel, plainText } from '../../../src/extension/presentation/plainText.js';
import { sparkline, trendArrow } from '../../../src/extension/presentation/sparkline.js';

describe('formatValue', () => {
  it.each([
    [2.314, '2.31'],
    [0.8449, '0.845'],
    [0.0456, '0.0456'],
    [33.26, '33.3'],
    [412.77, '413'],
    [24_012.4, '24,012'],
    [0.002, '0.002'],
    [0.00003, '3e−5'],
    [-0.5, '−0.500'],
    [-0.00012345, '−1.23e−4'],
    [0, '0'],
    [1e9, '1e9'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '∞'],
    [Number.NEGATIVE_INFINITY, '−∞'],
  ])('%d is "%s"', (value, text) => {
    expect(formatValue(value)).toBe(text);
  });
});

describe('counts', () => {
  it.each([
    [4216, '4,216', '4,216'],
    [20_000, '20,000', '20k'],
    [20_500, '20,500', '20.5k'],
    [20_512, '20,512', '20,512'],
    [1_500_000, '1,500,000', '1.5M'],
    [312, '312', '312'],
    [0, '0', '0'],
  ])('%d is "%s" and "%s"', (count, full, short) => {
    expect(formatCount(count)).toBe(full);
    expect(formatShortCount(count)).toBe(short);
  });

  it('tells the pace by what is the larger number', () => {
    expect(formatPace(3.14)).toBe('3.1 it/s');
    expect(formatPace(0.08)).toBe('13 s/it');
  });
});

describe('sparkline', () => {
  it('falls with the loss', () => {
    expect(sparkline([8, 7, 6, 5, 4, 3, 2, 1], 8)).toBe('█▇▆▅▄▃▂▁');
  });

  it('keeps a spike of one value among many', () => {
    const values = Array.from({ length: 24 }, (_, index) => (index === 13 ? 50 : 1));
    expect(sparkline(values, 8)).toBe('▁▁▁▁█▁▁▁');
  });

  it('marks what is not finite instead of drawing it low', () => {
    expect(sparkline([1, 2, Number.NaN, Number.POSITIVE_INFINITY], 4)).toBe('▁█✕✕');
  });

  it('draws a flat line and nothing for nothing', () => {
    expect(sparkline([3, 3, 3], 8)).toBe('▁▁▁');
    expect(sparkline([], 8)).toBe('');
  });

  it('never has more columns than asked for', () => {
    fc.assert(
      fc.property(fc.array(fc.double()), fc.integer({ min: 1, max: 30 }), (values, columns) => {
        expect(Array.from(sparkline(values, columns))).toHaveLength(Math.min(values.length, columns));
      }),
      { seed: 11 },
    );
  });
});

describe('trendArrow', () => {
  it.each([
    ['↘', [9, 8, 7, 6, 5, 4, 3, 2, 1]],
    ['↗', [1, 1, 1, 4, 4, 4]],
    ['→', [2, 2, 2, 2.001, 2, 2.001]],
    ['→', [2, 2, 2, 2, 2, 2, 2, 2, 1]],
    ['', [3, 2, 1, 1, 2, Number.NaN]],
    ['', [2, 1, 2]],
    ['', []],
  ])('%s', (arrow, values) => {
    expect(trendArrow(values)).toBe(arrow);
  });
});

describe('text from logs', () => {
  it('is one line without control or bidirectional characters', () => {
    expect(plainText('a\nb\u202ec\u001b[31md')).toBe('a b c [31md');
  });

  it('is cut at a bounded length', () => {
    expect(plainText('x'.repeat(1_000_000))).toHaveLength(1000);
  });

  it('draws no icons in labels', () => {
    expect(plainLabel('$(trash) run')).toBe('\\$(trash) run');
  });

  it.each([
    ['[click](command:evil)', '\\[click\\](command:evil)'],
    ['<img src=x>', '\\<img src=x\\>'],
    ['a|b', 'a\\|b'],
    ['https://evil.example', 'https\\://evil.example'],
    ['www.evil.example', 'www\\.evil.example'],
    ['# heading', '\\# heading'],
    ['&lt;b&gt;', '\\&lt;b\\&gt;'],
    ['jumped from 0.8 to 33, i.e. 41-fold', 'jumped from 0.8 to 33, i.e. 41-fold'],
  ])('escapes %s for Markdown', (text, escaped) => {
    expect(escapeMarkdown(text)).toBe(escaped);
  });

  it('keeps a line that starts with a number from becoming a list', () => {
    expect(escapeMarkdown('1. run')).not.toMatch(/^1\./);
  });
});
