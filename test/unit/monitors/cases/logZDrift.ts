import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 150;
const ripple = (row: number): number => 0.3 * Math.sin(row * 1.9);

export const cases: MonitorCases = {
  triggers: {
    'log Z drifts': {
      columns: { 'log-z': rows(COUNT, (row) => 4 - 0.4 * row + ripple(row)) },
      finds: [{ symptom: 'precision', severity: 'info', fromStep: [74, 82] }],
    },
    'log Z drifts to where bfloat16 is coarse': {
      columns: { log_z: rows(COUNT, (row) => 4 + row ** 1.2 + ripple(row)) },
      finds: [{ symptom: 'precision', severity: 'warning' }],
    },
  },
  lookAlikes: {
    'the frequencies of tokens are learned': {
      columns: { 'log-z': rows(COUNT, (row) => 11 - 8 * (1 - Math.exp(-row / 20))) },
    },
    'a z-loss holds it': { columns: { 'log-z': rows(COUNT, (row) => (row < 50 ? row : 50) + ripple(row)) } },
    'to and fro': { columns: { 'log-z': rows(COUNT, (row) => 60 * Math.sin(row / 20)) } },
  },
  notEvaluated: {
    'five rows': { columns: { 'log-z': [1, 50, 100, 150, 200] }, missing: /at least \d+ rows/ },
    none: { columns: { loss: rows(COUNT, () => 1) }, missing: /log-z/ },
  },
};
