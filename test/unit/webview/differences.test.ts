import { describe, expect, it } from 'vitest';
import { packComparison, unpackComparison } from '../../../src/contract/panelComparison.js';
import type { RunComparison } from '../../../src/contract/runComparison.js';
import { initialState, withCompared, withComparison } from '../../../webview/runPage/pageState.js';

const COMPARISON: RunComparison = {
  runs: [
    { id: 'a', name: 'one' },
    { id: 'b', name: 'other' },
  ],
  configuration: [{ name: 'lr', values: ['1', undefined] }],
  withoutSettings: [false, false],
  curves: [
    {
      role: 'train/loss',
      tags: ['loss', 'loss'],
      sharedSteps: 600,
      firstDifference: 500,
      parting: { step: 500, values: [2, NaN], noise: 0 },
      end: { step: 599, values: [2, -Infinity] },
    },
    { role: 'other', tags: ['x', 'x'], sharedSteps: 0, firstDifference: null, parting: null, end: null },
  ],
  onlyIn: [[], ['extra']],
  findings: [],
};

describe('what distinguishes two runs', () => {
  it('survives the way to the page, NaN included', () => {
    const sent = JSON.parse(JSON.stringify(packComparison(COMPARISON))) as ReturnType<typeof packComparison>;
    expect(unpackComparison(sent).curves).toEqual(COMPARISON.curves);
  });

  it('stays while newer curves of the run come, and goes with the run', () => {
    const state = { ...initialState(undefined), compared: [{ id: 'b', name: 'other' }] };
    const known = withComparison(state, 'b', COMPARISON);
    expect(withCompared(known, 'b', { lastStep: 7 }).compared[0]).toMatchObject({
      lastStep: 7,
      comparison: COMPARISON,
    });
    expect(withComparison({ ...known, compared: [] }, 'b', COMPARISON).compared).toEqual([]);
  });
});
