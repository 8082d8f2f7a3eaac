import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const usual = (row: number): number => 1 + 0.2 * Math.sin(row * 2.4);
/** Grows by a factor in each of some rows from row `from` on, and falls back. */
const climb = (factor: number, long: number, from = 100, count = 200): number[] =>
  rows(count, (row) => (row > from && row <= from + long ? 1.3 * factor ** (row - from) : usual(row)));
const found = { symptom: 'gradient-exploding', severity: 'info' } as const;

export const cases: MonitorCases = {
  triggers: {
    'by a half in each of ten rows': {
      columns: { grad_norm: climb(1.5, 10) },
      finds: [{ ...found, fromStep: [99, 101], toStep: 110, open: false }],
    },
    'by two percent in each of a hundred': {
      columns: { grad_norm: climb(1.02, 98) },
      finds: [{ ...found, toStep: 198 }],
    },
    'at the newest row, soon after the first': {
      columns: { grad_norm: climb(1.4, 12, 54, 67) },
      finds: [{ ...found, open: true }],
    },
    twice: {
      columns: {
        grad_norm: rows(300, (row) => (row < 200 ? climb(1.5, 10) : climb(1.6, 10))[row % 200] ?? 1).map(
          (value, row) => (row >= 250 && row < 260 ? 1.3 * 1.7 ** (row - 249) : value),
        ),
      },
      finds: [{ ...found, toStep: 259, explanation: /2 such climbs/ }],
    },
  },
  lookAlikes: {
    'a jump': { columns: { grad_norm: rows(200, (row) => (row === 100 ? 40 : usual(row))) } },
    'four rows': { columns: { grad_norm: climb(2, 4) } },
    'growth to twice the usual': { columns: { grad_norm: climb(1.1, 6) } },
    'a dip that is made up for': {
      columns: { grad_norm: rows(200, (row) => (row > 100 && row < 112 ? 0.05 * 1.3 ** (row - 100) : usual(row))) },
    },
    'half a percent a row': { columns: { grad_norm: rows(400, (row) => 1.005 ** row) } },
    'the first rows': { columns: { grad_norm: climb(1.5, 10, 20) } },
  },
  notEvaluated: {
    'forty rows': { columns: { grad_norm: rows(40, usual) }, missing: /50 rows/ },
    'no norm': { columns: { loss: rows(100, usual) }, missing: /gradient-norm/ },
  },
};
