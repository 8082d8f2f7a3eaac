import { describe, expect, it } from 'vitest';
import { checkpointsAround } from '../../../src/model/runCheckpoint.js';
import type { RunCheckpoint } from '../../../src/model/runCheckpoint.js';

const at = (...steps: (number | null)[]): RunCheckpoint[] =>
  steps.map((step, index) => ({ path: `/run/${String(index)}.pt`, name: String(step), step, modified: index }));

function around(
  fromStep: number,
  checkpoints: readonly RunCheckpoint[],
  symptom: 'loss-spike' | 'plateau' = 'loss-spike',
) {
  const pair = checkpointsAround({ symptom, fromStep }, checkpoints);
  return pair && [pair.before.step, pair.after.step];
}

describe('the checkpoints around a finding', () => {
  it('are the nearest ones, whatever order they come in', () => {
    expect(around(1000, at(1500, 500, null, 2000, 900, 1100))).toEqual([900, 1100]);
  });

  it('leave out one of which nobody can tell whether it is spoiled', () => {
    expect(around(1000, at(500, 999, 1000, 1500))).toEqual([500, 1000]);
  });

  it('are none where one side is missing, or nothing went through the weights', () => {
    expect(around(1000, at(1500, 2000))).toBeUndefined();
    expect(around(1000, at(100, 200))).toBeUndefined();
    expect(around(1000, at(100, 1500), 'plateau')).toBeUndefined();
  });

  it('are told of a story that a spike has a part in', () => {
    const chain = [{ monitor: 'loss-spike', symptom: 'loss-spike', fromStep: 1000, toStep: 1001 } as const];
    expect(checkpointsAround({ symptom: 'plateau', fromStep: 1000, chain }, at(1, 2000))).toBeDefined();
  });
});
