import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const around = (mean: number, spread: number, count = 150): number[] =>
  rows(count, (row) => mean + spread * Math.sin(row * 2.4));

export const cases: MonitorCases = {
  triggers: {
    'apart nearly always': {
      columns: { 'grad_cosine/a-b': around(-0.4, 0.5) },
      finds: [{ symptom: 'other', severity: 'info', fromStep: 0, toStep: 149, title: /\(a-b\)/ }],
    },
    'apart in four rows of five, by little': {
      columns: { grad_cosine: rows(150, (row) => (row % 5 === 0 ? 0.3 : -0.15)) },
      finds: [{ symptom: 'other', severity: 'info' }],
    },
  },
  lookAlikes: {
    'noise around zero': { columns: { grad_cosine: around(0, 0.5) } },
    'nearly orthogonal': { columns: { grad_cosine: around(-0.05, 0.02) } },
    'apart in two rows of three': { columns: { grad_cosine: rows(150, (row) => (row % 3 === 0 ? 0.3 : -0.3)) } },
    'for fifty rows': { columns: { grad_cosine: rows(150, (row) => (row > 50 && row < 101 ? -0.5 : 0.2)) } },
  },
  notEvaluated: {
    'ninety rows': { columns: { grad_cosine: around(-0.4, 0.1, 90) }, missing: /100 rows/ },
    'one task': { columns: { loss: around(2, 0.1) }, missing: /gradient-cosine/ },
  },
};
