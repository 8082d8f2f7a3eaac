import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { fallingLoss, rows } from '../observe.js';

const rise: FindingCase['finds'] = [{ symptom: 'early-rise', severity: 'warning', fromStep: 0 }];
const ripple = (row: number): number => 1 + 0.01 * Math.sin(row * 2.4);

export const cases: MonitorCases = {
  triggers: {
    'three times as high in one row': { columns: { loss: [10, 30, 14, 11, 9, 8, 8.4, 8.3] }, finds: rise },
    'half as high again for ten rows': {
      columns: { loss: rows(60, (row) => (row > 2 && row < 13 ? 15 : 10 - row / 20) * ripple(row)) },
      finds: rise,
    },
    'peaks at row 20': {
      columns: { loss: rows(100, (row) => (10 + (row < 21 ? row : 41 - Math.min(41, row))) * ripple(row)) },
      finds: [{ symptom: 'early-rise', severity: 'warning', fromStep: 0, toStep: [20, 29] }],
    },
    'gradients that double with it': {
      columns: { loss: [10, 16, 15, 15, 14, 8, 8.4, 8.3], grad_norm: [1, 2.2, 1.4, 1, 0.9, 0.9, 0.8, 0.8] },
      finds: rise,
    },
    'three times as high, whatever the gradients': {
      columns: { loss: [10, 30, 14, 11, 9, 8, 8.4, 8.3], grad_norm: [2, 1.9, 1.8, 1.7, 1.6, 1.5, 1.5, 1.4] },
      finds: rise,
    },
    'norms logged after clipping': {
      columns: { loss: [10, 16, 15, 15, 14, 8, 8.4, 8.3], grad_norm: [1, 1, 1, 1, 1, 0.995, 1, 1] },
      finds: rise,
    },
    'one row of a sparse log after noisy ones': {
      columns: {
        loss: rows(100, (row) =>
          row === 12 ? 500 : 3 * Math.exp(0.35 * Math.sin(row * 2.4 + 4) + (row > 3 && row < 7 ? 0.5 : 0)),
        ),
      },
      stride: 50,
      finds: rise,
    },
    'a peak at row 12 that is left step by step': {
      columns: {
        loss: rows(
          60,
          (row) => (row < 4 ? 3 : row < 11 ? 4.2 : row < 14 ? 6 + 34 * Number(row === 12) : 3) * ripple(row),
        ),
      },
      finds: rise,
    },
    'one row of the first few': {
      columns: { loss: rows(40, (row) => (row === 3 ? 30 : 3) * ripple(row)) },
      finds: rise,
    },
    'six rows': { columns: { loss: [10, 25, 40, 30, 20, 15] }, finds: rise },
  },
  lookAlikes: {
    'a head that begins at 24,000': { columns: { loss: [24211, 2514, 1311, 900, 700, 600, 550, 500, 480, 470] } },
    'a queue that fills': {
      columns: {
        loss: rows(100, (row) => 4.6 - 1.8 * Math.exp(-row / 3)),
        grad_norm: rows(100, (row) => 2 + 0.4 * Math.exp(-row)),
      },
    },
    'one odd batch after noisy ones': {
      columns: {
        loss: rows(100, (row) =>
          row === 12 ? 500 : 3 * Math.exp(0.35 * Math.sin(row * 2.4 + 4) + (row > 3 && row < 7 ? 0.5 : 0)),
        ),
      },
    },
    'a third up': { columns: { loss: rows(100, (row) => (row > 2 && row < 12 ? 13 : 10) * ripple(row)) } },
    '60 % up in one row': { columns: { loss: rows(100, (row) => (row === 2 ? 16 : 10 - row / 20) * ripple(row)) } },
    'noise of single batches': {
      columns: { loss: rows(100, (row) => 10 * Math.exp(0.6 * Math.sin(row * 2.4 + 4))) },
    },
    'a spike at row 15': { columns: { loss: rows(100, (row) => (row === 15 ? 30 : fallingLoss(row))) } },
    'a spike at row 60': { columns: { loss: rows(100, (row) => (row > 60 ? 30 : fallingLoss(row))) } },
  },
  notEvaluated: {
    'four rows': { columns: { loss: [1, 3, 9, 20] }, missing: /at least \d+ rows/ },
    rewards: { columns: { loss: rows(50, (row) => 1 + row), reward: rows(50, (row) => row) }, missing: /rewards/ },
  },
};
