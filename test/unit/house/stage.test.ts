import { describe, expect, it } from 'vitest';
import { readOutcome } from '../../../scripts/stage.mjs';

describe('readOutcome', () => {
  it('counts a script that says nothing as one test', () => {
    expect(readOutcome('built\n', true)).toEqual({ passed: 1, failed: 0, remarks: [] });
    expect(readOutcome('boom\n', false)).toEqual({
      passed: 0,
      failed: 1,
      remarks: ['failed: without a word of which; its last one: boom'],
    });
  });

  it('reads the closing line of vitest, colours and all', () => {
    const output =
      ' Test Files  2 failed (9)\n\u001b[2m      Tests \u001b[22m \u001b[31m3 failed\u001b[39m | \u001b[32m38 passed\u001b[39m (41)\n';
    expect(readOutcome(output, false)).toMatchObject({ passed: 38, failed: 3 });
  });

  it('says that vitest skipped something', () => {
    const { remarks } = readOutcome(' Tests  38 passed | 2 skipped (40)\n', true);
    expect(remarks).toEqual(['skipped: 2 tests skipped themselves; the output above says which']);
  });

  it('takes the last count, and what was skipped, failed or passed at the second try', () => {
    const remarks = [
      'skipped: no Python with torch',
      'failed: a job is stopped: Error: it was not',
      'flaky: a lens shows',
    ];
    const output = `1 passed, 0 failed\n  ${remarks.join('\n  ')}\n12 passed, 1 failed, 1 skipped\n`;
    expect(readOutcome(output, false)).toEqual({ passed: 12, failed: 1, remarks });
  });

  it('keeps a summary short that everything would fill', () => {
    const output = `${'failed: the same\n'.repeat(1000)}failed: ${'x'.repeat(10_000)}\n0 passed, 1001 failed\n`;
    const { remarks } = readOutcome(output, false);
    expect(remarks.length).toBeLessThanOrEqual(40);
    expect(remarks.join('').length).toBeLessThan(20_000);
  });

  it('never calls a script that ended with an error a success', () => {
    expect(readOutcome('12 passed, 0 failed\n', false)).toMatchObject({ passed: 12, failed: 1 });
  });
});
