import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 150;
const ripple = (row: number): number => 1 + 0.02 * Math.sin(row * 1.9);
const margin = rows(COUNT, (row) => row / 40);
/** A sum of log probabilities that ends at so many times its start. */
const falling = (end: number): number[] => rows(COUNT, (row) => -200 * (1 + ((end - 1) * row) / COUNT) * ripple(row));
const accuracy = rows(COUNT, (row) => Math.min(0.8, 0.5 + row / 100) - (row > 100 ? 0.04 : 0));

export const cases: MonitorCases = {
  triggers: {
    'chosen answers twice as unlikely': {
      columns: { 'logps/chosen': falling(2.5), 'logps/rejected': falling(4), 'rewards/margins': margin },
      finds: [{ symptom: 'policy-collapse', severity: 'warning', explanation: /times as negative/ }],
    },
    'a third less likely, and less accurate': {
      columns: {
        'logps/chosen': falling(1.5),
        'rewards/margins': margin,
        'rewards/accuracies': rows(COUNT, (row) => (row < 70 ? 0.8 : 0.55)),
      },
      finds: [{ symptom: 'policy-collapse', severity: 'warning', explanation: /accuracy of the preferences falls/ }],
    },
    'a third less likely': {
      columns: { 'logps/chosen': falling(1.5), 'rewards/margins': margin, 'rewards/accuracies': accuracy },
      finds: [{ symptom: 'policy-collapse', severity: 'info', fromStep: [55, 75] }],
    },
  },
  lookAlikes: {
    'the rejected fall alone': {
      columns: { 'logps/chosen': falling(1), 'logps/rejected': falling(3), 'rewards/margins': margin },
    },
    'a fall by a tenth': {
      columns: { 'logps/chosen': falling(1.1), 'logps/rejected': falling(1.4), 'rewards/margins': margin },
    },
    'a fall that comes back': {
      columns: {
        'logps/chosen': rows(COUNT, (row) => (row > 40 && row < 90 ? -400 : -200)),
        'rewards/margins': margin,
      },
    },
  },
  notEvaluated: {
    'no log probabilities': { columns: { 'rewards/margins': margin }, missing: /log-probability-chosen/ },
    'few rows': {
      columns: { 'logps/chosen': [-200, -400, -900], 'rewards/margins': [0, 1, 2] },
      missing: /at least \d+ rows/,
    },
  },
};
