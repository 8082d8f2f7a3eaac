import { describe, expect, it } from 'vitest';
import { wholeAndCut } from './inChunks.js';
import { observe, rows } from './observe.js';
import type { Columns } from './observe.js';

const COUNT = 600;
const speed = (row: number): number => 1000 * (1 + 0.05 * Math.sin(row * 1.9));
const DROPPED = { tokens_per_second: rows(COUNT, (row) => speed(row) * (row < 300 ? 1 : 0.3)) };

function seen(columns: Columns) {
  return observe(columns)
    .findings()
    .filter(({ monitor }) => monitor === 'slow-steps');
}

describe('training that becomes slow', () => {
  it('and stays so is a note', () => {
    const [finding] = seen(DROPPED);
    expect(finding).toMatchObject({ symptom: 'throughput', severity: 'info', open: true, toStep: 599 });
    expect(Math.abs((finding?.fromStep ?? 0) - 300)).toBeLessThan(10);
    expect(finding?.title).toContain('30 % of its usual speed');
  });

  it('is seen in the time of a step, in its own unit', () => {
    const [finding] = seen({ step_time: DROPPED.tokens_per_second.map((value) => 500 / value) });
    expect(finding?.evidence[0]?.value).toBeCloseTo(1.67, 1);
    expect(finding?.evidence[0]?.baseline).toBeCloseTo(0.5, 1);
  });

  it.each([
    ['evaluations in every tenth row', rows(COUNT, (row) => speed(row) * (row % 10 === 9 ? 0.05 : 1))],
    ['compilation in the first rows', rows(COUNT, (row) => speed(row) * (row < 10 ? 0.01 : 1))],
    ['a slow stretch that is over', rows(COUNT, (row) => speed(row) * (row > 200 && row < 450 ? 0.3 : 1))],
    ['a loss of 30 %', rows(COUNT, (row) => speed(row) * (row < 300 ? 1 : 0.7))],
  ])('is not %s', (_, tokens_per_second) => {
    expect(seen({ tokens_per_second })).toEqual([]);
  });

  it('is not the time since the start', () => {
    expect(seen({ train_time: rows(COUNT, (row) => row + 1) })).toEqual([]);
  });

  it('cannot be told from a few rows', () => {
    const short = observe({ step_time: rows(40, () => 1) }).notEvaluated();
    expect(short.find(({ monitor }) => monitor === 'slow-steps')?.missing[0]).toContain('60 rows');
  });

  it('is the same however the log is cut', () => {
    const [whole, cut] = wholeAndCut(DROPPED);
    expect(whole).toContain('slow-steps:');
    expect(cut).toBe(whole);
  });
});
