import { describe, expect, it } from 'vitest';
import { wholeAndCut } from './inChunks.js';
import { fallingLoss, observe, rows } from './observe.js';
import type { Columns } from './observe.js';

const COUNT = 400;
const ripple = (row: number): number => 1 + 0.1 * Math.sin(row * 1.9);
const stuck = rows(COUNT, (row) => 7 * (1 + 0.03 * Math.sin(row * 2.4)));

function seen(columns: Columns) {
  return observe(columns)
    .findings()
    .filter(({ monitor }) => monitor === 'gradient-trend');
}

const EXPLODING = {
  loss: rows(COUNT, (row) => (row < 150 ? fallingLoss(row) : fallingLoss(150) * (1 + (row - 150) / 2500))),
  grad_norm: rows(COUNT, (row) => ripple(row) * (row < 150 ? 1 : 1.025 ** (row - 150))),
};
const VANISHING = { loss: stuck, grad_norm: rows(COUNT, (row) => ripple(row) * Math.max(1e-5, 0.93 ** row)) };

describe('a gradient norm that climbs', () => {
  it('is a warning when the loss rises with it', () => {
    const [finding, ...others] = seen(EXPLODING);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ symptom: 'gradient-exploding', severity: 'warning', open: true, toStep: 399 });
    expect(Math.abs((finding?.fromStep ?? 0) - 150)).toBeLessThan(20);
  });

  it('is a note while the loss still falls', () => {
    expect(seen({ ...EXPLODING, loss: rows(COUNT, fallingLoss) })).toMatchObject([{ severity: 'info' }]);
  });

  it.each([
    ['thirty times over', rows(COUNT, (row) => ripple(row) * 1.0085 ** row)],
    ['in one jump', rows(COUNT, (row) => ripple(row) * (row < 200 ? 1 : 1000))],
    ['and comes back', rows(COUNT, (row) => ripple(row) * (row === 250 ? 5000 : 1))],
    ['to the limit of clipping', rows(COUNT, (row) => Math.min(1, 0.3 + row / 100))],
  ])('is no trend when it goes up %s', (_, norms) => {
    expect(seen({ ...EXPLODING, grad_norm: norms })).toEqual([]);
  });
});

describe('a gradient norm that fades', () => {
  it('is a warning when nothing was learned', () => {
    const [finding] = seen(VANISHING);
    expect(finding).toMatchObject({ symptom: 'gradient-vanishing', severity: 'warning', open: true });
    expect(finding?.fromStep).toBeGreaterThan(60);
    expect(finding?.fromStep).toBeLessThan(200);
  });

  it('is seen when there never was a gradient', () => {
    const [finding] = seen({ loss: stuck, grad_norm: rows(COUNT, () => 3e-8) });
    expect(finding?.title).toBe('Gradients are next to nothing from the start: their norm is 3e-8');
  });

  it.each([
    ['while the loss converges', { ...VANISHING, loss: rows(COUNT, fallingLoss) }],
    ['by a factor of a hundred', { ...VANISHING, grad_norm: rows(COUNT, (row) => Math.max(0.01, 0.93 ** row)) }],
    ['for a moment', { ...VANISHING, grad_norm: rows(COUNT, (row) => (row > 200 && row < 220 ? 0 : 1)) }],
    ['when the rate has been switched off', { ...VANISHING, lr: rows(COUNT, (row) => (row < 40 ? 1e-3 : 0)) }],
    ['in reinforcement learning', { ...VANISHING, reward: rows(COUNT, (row) => row) }],
  ])('is none of its business %s', (_, columns) => {
    expect(seen(columns)).toEqual([]);
  });
});

it('says that a short run cannot be judged', () => {
  const analysis = observe({ loss: rows(50, fallingLoss), grad_norm: rows(50, ripple) });
  expect(analysis.notEvaluated().find(({ monitor }) => monitor === 'gradient-trend')?.missing).toEqual([
    'at least 60 rows of gradient-norm',
  ]);
});

it.each([EXPLODING, VANISHING])('says the same however the log is cut', (columns) => {
  const [whole, cut] = wholeAndCut(columns);
  expect(whole).toContain('gradient-trend:');
  expect(cut).toBe(whole);
});
