import { describe, expect, it } from 'vitest';
import { formatOfPattern, previewPattern } from '../../../src/readers/userPattern.js';
import { bytesOf, headOf, readAll } from './recordingSink.js';

const PATTERN = '^@(?<step>\\d+) cost (?<loss>\\S+)(?: g (?<grad_norm>\\S+))?';
const LOG = '@1 cost 2.5 g 0.5\nnoise\n@2 cost nan\n@3 cost 1,024.5 g inf\n@4 cost -- g 1\n';

describe("the user's own pattern", () => {
  it('logs each named group under its name', () => {
    const format = formatOfPattern(PATTERN);
    if (!format.ok) {
      throw new Error(format.error);
    }
    expect(format.value.recognise(headOf('my.log', bytesOf(LOG))).confidence).toBeGreaterThan(0.9);
    const sink = readAll(format.value, bytesOf(LOG), [3]);
    expect(sink.steps('loss')).toEqual([1, 2, 3]);
    expect(sink.values('loss')).toEqual([2.5, NaN, 1024.5]);
    expect(sink.values('grad_norm')).toEqual([0.5, Infinity, 1]);
  });

  it('shows beforehand what it matches', () => {
    const preview = previewPattern(PATTERN, LOG.split('\n'));
    expect(preview.ok && preview.value.map(({ line, step }) => [line, step])).toEqual([
      [0, 1],
      [2, 2],
      [3, 3],
      [4, 4],
    ]);
  });

  it.each([
    ['(?<step>\\d+', 'Invalid regular expression'],
    ['step (?<step>\\d+)', 'no group is named'],
  ])('says what is wrong with %j', (pattern, message) => {
    const format = formatOfPattern(pattern);
    expect(format.ok ? '' : format.error).toContain(message);
    expect(previewPattern(pattern, []).ok).toBe(false);
  });
});
