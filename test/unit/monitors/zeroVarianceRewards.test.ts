import { describe, expect, it } from 'vitest';
import { wholeAndCut } from './inChunks.js';
import { observe, rows } from './observe.js';
import type { Columns } from './observe.js';

const COUNT = 300;
const reward = rows(COUNT, (row) => 0.3 + 0.001 * row);
const wave = (row: number): number => 0.2 + 0.05 * Math.sin(row * 1.3);

function seen(columns: Columns) {
  return observe(columns)
    .findings()
    .filter(({ monitor }) => monitor === 'zero-variance-rewards');
}

const BROKEN = {
  reward: rows(COUNT, (row) => (row < 150 ? 0.3 + 0.001 * row : 1)),
  reward_std: rows(COUNT, (row) => (row < 150 ? wave(row) : 0)),
  frac_reward_zero_std: rows(COUNT, (row) => (row < 150 ? wave(row) : 1)),
};

describe('rewards without variance', () => {
  it('are seen in the share of the groups', () => {
    expect(seen(BROKEN)).toMatchObject([
      { symptom: 'policy-collapse', severity: 'warning', fromStep: 150, toStep: 299, open: true },
    ]);
  });

  it('are seen in the spread of the rewards alone', () => {
    const { reward_std, reward: rewards } = BROKEN;
    expect(seen({ reward_std, reward: rewards })).toMatchObject([{ severity: 'warning', fromStep: 150 }]);
  });

  it('in more than half of the groups are a note', () => {
    expect(seen({ reward, frac_reward_zero_std: rows(COUNT, (row) => wave(row) + 0.5) })).toMatchObject([
      { severity: 'info' },
    ]);
  });

  it('are a note when the prompts were solved one by one', () => {
    const solved = {
      reward: rows(COUNT, (row) => Math.min(1, 0.3 + row / 200)),
      frac_reward_zero_std: rows(COUNT, (row) => Math.min(1, row / 200)),
    };
    expect(seen(solved)).toMatchObject([{ severity: 'info', explanation: expect.stringContaining('too easy') }]);
  });

  it.each([
    ['single batches', { reward, frac_reward_zero_std: rows(COUNT, (row) => (row % 30 < 3 ? 1 : 0.3)) }],
    ['fewer than half of the groups', { reward, frac_reward_zero_std: rows(COUNT, (row) => wave(row) + 0.15) }],
    ['a spread that shrinks', { reward, reward_std: rows(COUNT, (row) => 0.2 * 0.98 ** row + 1e-4) }],
  ])('are not %s', (_, columns) => {
    expect(seen(columns)).toEqual([]);
  });

  it('need more than a few rows', () => {
    const short = observe({ reward: [1, 2], reward_std: [0, 0] }).notEvaluated();
    expect(short.find(({ monitor }) => monitor === 'zero-variance-rewards')?.missing[0]).toContain('20 rows');
  });

  it('give the same finding however the log is cut', () => {
    const [whole, cut] = wholeAndCut(BROKEN);
    expect(whole).toContain('zero-variance-rewards:');
    expect(cut).toBe(whole);
  });
});
