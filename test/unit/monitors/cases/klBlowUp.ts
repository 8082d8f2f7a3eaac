import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 200;
const jumps = (to: number, before = 0.05, at = 120) => rows(COUNT, (row) => (row < at ? before * (1 + row / 400) : to));
const found = (severity: 'info' | 'warning'): FindingCase['finds'] => [
  { symptom: 'policy-collapse', severity, fromStep: [115, 130] },
];

export const cases: MonitorCases = {
  triggers: {
    'leaves its reference, and the reward is lost': {
      columns: { kl: jumps(5), reward: rows(COUNT, (row) => (row < 120 ? row / 120 : 0)) },
      finds: found('warning'),
    },
    'a reward that has lost two thirds': {
      columns: { kl: jumps(5), reward: rows(COUNT, (row) => (row < 120 ? row / 120 : 0.3)) },
      finds: found('warning'),
    },
    'a reward that has lost nothing': {
      columns: { kl: jumps(5), reward: rows(COUNT, (row) => Math.min(1, row / 120)) },
      finds: found('info'),
    },
    'eight times as high': { columns: { kl: jumps(0.5) }, finds: found('info') },
    'after a fifth of the run': {
      columns: { kl: jumps(5, 0.05, 40) },
      finds: [{ symptom: 'policy-collapse', severity: 'info', fromStep: [35, 50] }],
    },
  },
  lookAlikes: {
    'three times as high': { columns: { kl: jumps(0.2) } },
    'small in any case': { columns: { kl: jumps(0.05, 0.002) } },
    'grows steadily': { columns: { kl: rows(COUNT, (row) => 0.01 * 1.03 ** row) } },
    'a spike that comes back': { columns: { kl: rows(COUNT, (row) => (row > 120 && row < 140 ? 5 : 0.05)) } },
    'rises from zero in the first rows': { columns: { kl: rows(COUNT, (row) => (row < 3 ? 0.0001 : 0.4)) } },
  },
  notEvaluated: {
    'thirty rows': { columns: { kl: rows(30, () => 0.1) }, missing: /at least \d+ rows/ },
    'no divergence': { columns: { reward: rows(100, () => 1) }, missing: /kl/ },
  },
};
