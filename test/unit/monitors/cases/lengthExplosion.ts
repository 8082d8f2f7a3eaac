import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 200;
const grows = (times: number, at = 100) => rows(COUNT, (row) => 100 * (row < at ? 1 : times));
const fell = rows(COUNT, (row) => (row < 20 ? 0 : row < 100 ? 1 : 0.4));
const found: FindingCase['finds'] = [{ symptom: 'policy-collapse', severity: 'warning' }];

export const cases: MonitorCases = {
  triggers: {
    'five times as long': {
      columns: { 'completions/mean_length': grows(5), reward: fell },
      finds: [{ symptom: 'policy-collapse', severity: 'warning', fromStep: [95, 110] }],
    },
    'for the last sixth of the rows': {
      columns: { 'completions/mean_length': grows(5, 165), reward: fell },
      finds: found,
    },
    'sixty rows': {
      columns: {
        'completions/mean_length': grows(5, 30).slice(0, 60),
        reward: rows(60, (row) => (row < 30 ? row : 0)),
      },
      finds: found,
    },
  },
  lookAlikes: {
    'twice as long': { columns: { 'completions/mean_length': grows(2), reward: fell } },
    'longer and better': {
      columns: { 'completions/mean_length': grows(5), reward: rows(COUNT, (row) => Math.min(1, row / 100)) },
    },
    'a few long batches at the end': { columns: { 'completions/mean_length': grows(5, 194), reward: fell } },
  },
  notEvaluated: {
    'thirty rows': {
      columns: { 'completions/mean_length': rows(30, () => 100), reward: fell },
      missing: /at least \d+ rows/,
    },
    'no reward': { columns: { 'completions/mean_length': grows(5) }, missing: /reward/ },
  },
};
