import { describe, expect, it } from 'vitest';
import { readOutcome } from '../../../scripts/stage.mjs';

describe('readOutcome', () => {
  it('counts a script that says nothing as one test', () => {
    expect(readOutcome('built\n', true)).toEqual({ passed: 1, failed: 0, skipped: [] });
    expect(readOutcome('boom\n', false)).toEqual({ passed: 0, failed: 1, skipped: [] });
  });

  it('reads the closing line of vitest, colours and all', () => {
    const output =
      ' Test Files  2 failed (9)\n\u001b[2m      Tests \u001b[22m \u001b[31m3 failed\u001b[39m | \u001b[32m38 passed\u001b[39m (41)\n';
    expect(readOutcome(output, false)).toEqual({ passed: 38, failed: 3, skipped: [] });
  });

  it('says that vitest skipped something', () => {
    const { skipped } = readOutcome(' Tests  38 passed | 2 skipped (40)\n', true);
    expect(skipped).toEqual(['2 tests skipped themselves; the output above says which']);
  });

  it('takes the last count and the reasons of what was skipped', () => {
    const output = '1 passed, 0 failed\nskipped: no Python with torch\n12 passed, 1 failed, 1 skipped\n';
    expect(readOutcome(output, false)).toEqual({ passed: 12, failed: 1, skipped: ['no Python with torch'] });
  });

  it('never calls a script that ended with an error a success', () => {
    expect(readOutcome('12 passed, 0 failed\n', false)).toEqual({ passed: 12, failed: 1, skipped: [] });
  });
});
