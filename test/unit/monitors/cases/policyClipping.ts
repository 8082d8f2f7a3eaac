import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 200;
const ripple = (row: number): number => 1 + 0.05 * Math.sin(row * 1.9);
const clipped = rows(COUNT, (row) => (row < 80 ? 0.15 : 0.6) * ripple(row));
const fallen = rows(COUNT, (row) => (row < 80 ? row / 80 : 0.3));

export const cases: MonitorCases = {
  triggers: {
    'most ratios clipped while the reward falls': {
      columns: { 'train/clip_fraction': clipped, reward: fallen },
      finds: [{ symptom: 'policy-collapse', severity: 'warning', fromStep: [80, 86] }],
    },
    'most ratios clipped while the reward holds': {
      columns: { 'actor/pg_clipfrac': clipped, reward: rows(COUNT, (row) => Math.min(1, row / 80)) },
      finds: [{ symptom: 'policy-collapse', severity: 'info' }],
    },
  },
  lookAlikes: {
    'a fifth, as PPO does': {
      columns: { 'train/clip_fraction': rows(COUNT, (row) => 0.2 * ripple(row)), reward: fallen },
    },
    'for some rows': {
      columns: { 'train/clip_fraction': rows(COUNT, (row) => (row > 100 && row < 150 ? 0.7 : 0.1)), reward: fallen },
    },
    'never, with one update a batch': { columns: { 'clip_ratio/region_mean': rows(COUNT, () => 0), reward: fallen } },
  },
  notEvaluated: {
    'completions that were cut off': {
      columns: { 'response_length/clip_ratio': clipped, reward: fallen },
      missing: /policy-clip-fraction/,
    },
    'few rows': { columns: { 'train/clip_fraction': [0.9, 0.9, 0.9] }, missing: /at least \d+ rows/ },
  },
};
