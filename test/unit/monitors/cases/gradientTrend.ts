import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 400;
const ripple = (row: number): number => 1 + 0.05 * Math.sin(row * 2.4);
const flat = rows(COUNT, (row) => 2.3 * ripple(row));
const learning = rows(COUNT, (row) => (0.2 + 2.1 * 0.98 ** row) * ripple(row));
/** From `before` to `after` by a constant factor over some rows. */
const climb = (from: number, to: number, before: number, after: number) =>
  rows(COUNT, (row) => before * (after / before) ** Math.min(1, Math.max(0, (row - from) / (to - from))) * ripple(row));

export const cases: MonitorCases = {
  triggers: {
    'a thousandfold climb that the loss follows': {
      columns: {
        grad_norm: climb(100, 400, 1, 1000),
        loss: rows(COUNT, (row) => (2 + Math.max(0, row - 150) / 100) * ripple(row)),
      },
      finds: [{ symptom: 'gradient-exploding', severity: 'warning', fromStep: [80, 140] }],
    },
    'a loss that rises by a tenth with it': {
      columns: {
        grad_norm: climb(100, 400, 1, 1000),
        loss: rows(COUNT, (row) => 2 * (1 + Math.max(0, row - 200) / 1500)),
      },
      finds: [{ symptom: 'gradient-exploding', severity: 'warning' }],
    },
    'a climb that does no harm': {
      columns: { grad_norm: climb(100, 400, 1, 1000), loss: learning },
      finds: [{ symptom: 'gradient-exploding', severity: 'info' }],
    },
    'a climb over a quarter of the rows': {
      columns: { grad_norm: climb(300, 400, 1, 1000) },
      finds: [{ symptom: 'gradient-exploding', severity: 'info' }],
    },
    'gradients that are gone while nothing is learned': {
      columns: { grad_norm: rows(COUNT, (row) => (row < 150 ? 1 : 1e-5) * ripple(row)), loss: flat },
      finds: [{ symptom: 'gradient-vanishing', severity: 'warning', fromStep: [145, 160] }],
    },
    'four thousand times smaller': {
      columns: { grad_norm: rows(COUNT, (row) => (row < 150 ? 1 : 2.5e-4) * ripple(row)), loss: flat },
      finds: [{ symptom: 'gradient-vanishing', severity: 'warning' }],
    },
    'next to nothing from the start': {
      columns: { grad_norm: rows(COUNT, () => 3e-7), loss: flat },
      finds: [{ symptom: 'gradient-vanishing', severity: 'warning', title: /from the start/ }],
    },
    'a loss that stands at three quarters of its start': {
      columns: {
        grad_norm: rows(COUNT, (row) => (row < 150 ? 1 : 1e-5) * ripple(row)),
        loss: rows(COUNT, (row) => (row < 100 ? 2.3 : 1.75) * ripple(row)),
      },
      finds: [{ symptom: 'gradient-vanishing', severity: 'warning' }],
    },
    'a rate at a twentieth': {
      columns: {
        grad_norm: rows(COUNT, (row) => (row < 150 ? 1 : 1e-5) * ripple(row)),
        loss: flat,
        lr: rows(COUNT, (row) => (row < 100 ? 1e-3 : 5e-5)),
      },
      finds: [{ symptom: 'gradient-vanishing', severity: 'warning' }],
    },
  },
  lookAlikes: {
    'a climb to forty': { columns: { grad_norm: climb(100, 400, 1, 40), loss: flat } },
    'a climb over a tenth of the rows': { columns: { grad_norm: climb(365, 400, 1, 1000) } },
    'a jump': { columns: { grad_norm: rows(COUNT, (row) => (row < 250 ? 1 : 1000 + row) * ripple(row)), loss: flat } },
    'up and down on the way': {
      columns: {
        grad_norm: rows(COUNT, (row) => Math.exp(8 * Math.abs(Math.sin((row * Math.PI) / 40))) * ripple(row)),
      },
    },
    'gradients that fade as the loss converges': {
      columns: { grad_norm: rows(COUNT, (row) => 0.9 ** Math.min(row, 150) * ripple(row)), loss: learning },
    },
    'two hundred times smaller': {
      columns: { grad_norm: rows(COUNT, (row) => (row < 150 ? 1 : 5e-3) * ripple(row)), loss: flat },
    },
    'small from the start': { columns: { grad_norm: rows(COUNT, () => 3e-6), loss: flat } },
    'the end of the schedule': {
      columns: {
        grad_norm: rows(COUNT, (row) => (row < 150 ? 1 : 1e-5) * ripple(row)),
        loss: flat,
        lr: rows(COUNT, (row) => (row < 150 ? 1e-3 : 1e-6)),
      },
    },
  },
  notEvaluated: {
    'fifty rows': { columns: { grad_norm: climb(0, 50, 1, 1000).slice(0, 50) }, missing: /at least \d+ rows/ },
    'no gradient norm': { columns: { loss: flat }, missing: /gradient-norm/ },
  },
};
