import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const noise = rows(90, (row) => 0.1 * (1 + 0.05 * Math.sin(row * 1.7)));
const norm = (times: number, count = 90): number[] =>
  rows(count, (row) => 0.1 * times * (1 + 0.1 * Math.sin(row * 2.4)));

export const cases: MonitorCases = {
  triggers: {
    'one and a half times the noise': {
      columns: { grad_norm: norm(1.5), 'quantisation-noise': noise },
      finds: [{ symptom: 'precision', severity: 'info', fromStep: 0, toStep: 89, open: true }],
    },
    'as it shrinks': {
      columns: { grad_norm: rows(90, (row) => 2 * 0.92 ** row), 'quantisation-noise': noise },
      finds: [{ symptom: 'precision', severity: 'info' }],
    },
  },
  lookAlikes: {
    'twice the noise': { columns: { grad_norm: norm(2), 'quantisation-noise': noise } },
    'below it for twenty rows': {
      columns: { grad_norm: rows(90, (row) => (row > 40 && row < 61 ? 0.05 : 2)), 'quantisation-noise': noise },
    },
  },
  notEvaluated: {
    'forty rows': {
      columns: { grad_norm: norm(1.5, 40), 'quantisation-noise': noise.slice(0, 40) },
      missing: /50 rows/,
    },
    'training that is not quantised': { columns: { grad_norm: norm(1.5) }, missing: /quantisation-noise/ },
  },
};
