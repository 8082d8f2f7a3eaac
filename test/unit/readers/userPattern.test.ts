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
    ['step (?<step>\\d+)', 'names no number'],
    ['step {step} of {total}', 'names no number'],
    ['', 'names no number'],
  ])('says what is wrong with %j', (pattern, message) => {
    const format = formatOfPattern(pattern);
    expect(format.ok ? '' : format.error).toContain(message);
    expect(previewPattern(pattern, []).ok).toBe(false);
  });

  it('is also a template of the line, with any names', () => {
    const template = 'it {step}/{total} | train/ce={train/ce} | lr {lr} {*} [{split}]';
    const lines = ['12:00 it 1,200/9000 |  train/ce=2.5e-1 | lr .001 took 3 s [valid]', 'it 1 | nothing'];
    const preview = previewPattern(template, lines);
    expect(preview).toMatchObject({
      ok: true,
      value: [
        {
          line: 0,
          step: 1200,
          pairs: [
            { name: 'train/ce', value: 0.25 },
            { name: 'lr', value: 0.001 },
          ],
          match: [6, lines[0]!.length],
        },
      ],
    });
    const parts = preview.ok ? preview.value[0]!.parts.map(([from, to]) => lines[0]!.slice(from, to)) : [];
    expect(parts).toEqual(['1,200', '9000', '2.5e-1', '.001', 'valid']);
  });

  it('takes what is special in expressions literally in a template', () => {
    const preview = previewPattern('(loss) [{loss}] $?', ['(loss) [NaN] $?', '(loss) [-inf] $?', 'loss 3']);
    expect(preview.ok && preview.value.map(({ pairs }) => pairs[0]!.value)).toEqual([NaN, -Infinity]);
  });
});
