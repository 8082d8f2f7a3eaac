import { describe, expect, it } from 'vitest';
import { wholeAndCut } from './inChunks.js';
import { fallingLoss, observe, rows } from './observe.js';

const COUNT = 300;

function seen(scales: readonly number[]) {
  return observe({ loss: rows(scales.length, fallingLoss), loss_scale: scales })
    .findings()
    .filter(({ monitor }) => monitor === 'loss-scale');
}

const COLLAPSE = rows(COUNT, (row) => (row < 200 ? 65536 : Math.max(65536 / 2 ** (row - 199), 1)));

describe('a loss scale', () => {
  it('that falls to 1 has collapsed, since the first halving', () => {
    expect(seen(COLLAPSE)).toMatchObject([
      { symptom: 'precision', severity: 'warning', fromStep: 200, toStep: 299, open: true },
    ]);
  });

  it('below what frameworks put up with is an error', () => {
    expect(seen(rows(COUNT, (row) => (row < 200 ? 65536 : 65536 / 2 ** (row - 199))))).toMatchObject([
      { severity: 'error' },
    ]);
  });

  it('is caught on the way down', () => {
    expect(seen(COLLAPSE.slice(0, 207))).toMatchObject([{ fromStep: 200 }]);
  });

  it.each([
    ['searches downward at first', rows(COUNT, (row) => Math.max(2 ** 32 / 2 ** row, 65536))],
    ['backs off a few times', rows(COUNT, (row) => (row < 200 ? 65536 : Math.max(65536 / 2 ** (row - 199), 4096)))],
    ['grows and backs off', rows(COUNT, (row) => 65536 * 2 ** (Math.floor(row / 50) % 2))],
    ['is 1 all along', rows(COUNT, () => 1)],
    ['comes back', rows(COUNT, (row) => (row >= 200 && row < 210 ? 512 : 65536))],
  ])('that %s is healthy', (_, scales) => {
    expect(seen(scales)).toEqual([]);
  });

  it('of a few rows is not judged', () => {
    const short = observe({ loss_scale: rows(5, () => 65536) }).notEvaluated();
    expect(short.find(({ monitor }) => monitor === 'loss-scale')?.missing).toEqual(['at least 20 rows of loss-scale']);
  });

  it('gives the same finding however the log is cut', () => {
    const [whole, cut] = wholeAndCut({ loss: rows(COUNT, fallingLoss), loss_scale: COLLAPSE });
    expect(whole).toContain('loss-scale:');
    expect(cut).toBe(whole);
  });
});
