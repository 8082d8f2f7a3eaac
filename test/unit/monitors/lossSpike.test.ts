import { describe, expect, it } from 'vitest';
import { alarmsOf, fallingLoss, observe, rows, symptomsOf } from './observe.js';

const spiked = (from: number, length: number, factor: number) => (row: number) =>
  fallingLoss(row) * (row >= from && row < from + length ? factor : 1);

describe('loss spikes', () => {
  it('reports a spike with its height, its baseline and how long it took', () => {
    const [finding] = alarmsOf(observe({ loss: rows(300, spiked(200, 5, 2)) }));
    expect(finding).toMatchObject({
      symptom: 'loss-spike',
      severity: 'warning',
      fromStep: 200,
      toStep: 204,
      open: false,
    });
    expect(finding?.evidence[0]?.value).toBeCloseTo(2 * fallingLoss(finding?.evidence[0]?.step ?? 0), 6);
    expect(finding?.evidence[0]?.baseline).toBeCloseTo(2.8, 0);
    expect(finding?.explanation).toContain('5 rows');
  });

  it('is open while it lasts and closed when the loss has been back for two rows', () => {
    const loss = rows(300, spiked(200, 5, 2));
    expect(alarmsOf(observe({ loss: loss.slice(0, 204) }))).toMatchObject([{ open: true }]);
    expect(alarmsOf(observe({ loss: loss.slice(0, 208) }))).toMatchObject([{ open: false }]);
  });

  it('makes one finding of many spikes', () => {
    const loss = rows(3000, (row) => fallingLoss(row) * (row > 400 && row % 300 < 5 ? 2 : 1));
    expect(alarmsOf(observe({ loss }))).toMatchObject([{ symptom: 'loss-spike', fromStep: 600 }]);
  });

  it('joins it with the gradient spike that came first', () => {
    const analysis = observe({
      loss: rows(300, spiked(200, 5, 2)),
      grad_norm: rows(300, (row) => (row === 198 || row === 199 ? 50 : 1 + 0.1 * Math.sin(row))),
    });
    const [finding, ...others] = alarmsOf(analysis);
    expect(others).toEqual([]);
    expect(finding?.chain?.map(({ symptom }) => symptom)).toEqual(['gradient-spike', 'loss-spike']);
    expect(finding?.title).toMatch(/^Gradient spike, then loss spike/);
  });

  it.each([
    ['a single row of 1.5 times the usual', { loss: rows(300, spiked(200, 1, 1.5)) }],
    [
      'a warm restart',
      {
        loss: rows(300, (row) => fallingLoss(row) * (row >= 200 && row < 230 ? 1.5 : 1)),
        lr: rows(300, (row) => (row >= 200 ? 1 : 0.1)),
      },
    ],
    [
      'a warm restart of a named group',
      {
        loss: rows(300, (row) => fallingLoss(row) * (row >= 200 && row < 230 ? 1.5 : 1)),
        'lr-SGD/pg1': rows(300, (row) => (row >= 200 ? 1 : 0.1)),
      },
    ],
    ['a jump in the first rows', { loss: rows(300, spiked(12, 4, 2)) }],
    ['weights set back on purpose', { loss: rows(300, (row) => fallingLoss(row % 150)) }],
    ['rewards', { loss: rows(300, spiked(200, 5, 4)), reward: rows(300, () => 1) }],
    ['a loss near zero', { loss: rows(300, (row) => 3 * Math.exp(-row / 10) + (row === 250 ? 1e-3 : 1e-5)) }],
  ])('stays silent on %s', (_, columns) => {
    expect(symptomsOf(observe(columns))).toEqual([]);
  });

  it('is not evaluated on a handful of rows', () => {
    const missing = observe({ loss: rows(6, fallingLoss) })
      .notEvaluated()
      .find(({ monitor }) => monitor === 'loss-spike');
    expect(missing?.missing).toEqual(['more than 8 rows of train/loss']);
  });
});
