import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const around = (share: number, count = 60): number[] => rows(count, (row) => share + 0.05 * Math.sin(row * 2.4));

export const cases: MonitorCases = {
  triggers: {
    'in most samples': {
      columns: { 'softmax-collapse': rows(60, (row) => Math.min(0.9, row / 40)) },
      finds: [{ symptom: 'precision', severity: 'info', toStep: 59, open: true }],
    },
    'in just over half, over twenty rows': {
      columns: { 'softmax-collapse': around(0.6, 20) },
      finds: [{ symptom: 'precision', severity: 'info', fromStep: 0 }],
    },
  },
  lookAlikes: {
    'in a third': { columns: { 'softmax-collapse': around(0.35) } },
    'in single batches': { columns: { 'softmax-collapse': rows(60, (row) => (row % 3 === 0 ? 1 : 0)) } },
  },
  notEvaluated: {
    'ten rows': { columns: { 'softmax-collapse': around(0.9, 10) }, missing: /20 rows/ },
    'not logged': { columns: { loss: around(0.5) }, missing: /softmax-collapse/ },
  },
};
