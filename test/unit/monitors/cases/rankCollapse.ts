import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 80;
const ripple = (row: number): number => 1 + 0.02 * Math.sin(row * 1.9);
const falling = rows(COUNT, (row) => (row < 30 ? 0.5 : 0.05) * ripple(row));
const stuck = rows(COUNT, (row) => 2.3 * ripple(row));
const learning = rows(COUNT, (row) => 0.2 + 2 / (1 + row / 5));
const rewarded = rows(COUNT, (row) => 1 - Math.exp(-row / 20));

export const cases: MonitorCases = {
  triggers: {
    'the rank falls and the loss stands still': {
      columns: {
        'activation/layers.3/rank': falling,
        'activation/layers.0/rank': rows(COUNT, () => 0.6),
        'train/loss': stuck,
      },
      finds: [{ symptom: 'activations', severity: 'info', fromStep: [30, 34], explanation: /1 of 2 layers/ }],
    },
    'one direction from the first row on': {
      columns: { 'activation/layers.3/rank': rows(COUNT, () => 0.01), 'train/loss': stuck },
      finds: [{ symptom: 'activations', severity: 'info', fromStep: 0 }],
    },
    'the reward gains nothing': {
      columns: {
        feature_rank: falling.map((rank) => 200 * rank),
        reward: rows(COUNT, (row) => (row < 25 ? row / 25 : 0)),
      },
      finds: [{ symptom: 'activations', severity: 'warning', explanation: /reward/ }],
    },
  },
  lookAlikes: {
    'a classifier that learns': { columns: { 'activation/layers.3/rank': falling, 'train/loss': learning } },
    'rewards that grow': { columns: { 'activation/layers.3/rank': falling, reward: rewarded } },
    'a rank that comes back': {
      columns: {
        'activation/layers.3/rank': rows(COUNT, (row) => (row > 20 && row < 50 ? 0.01 : 0.5)),
        'train/loss': stuck,
      },
    },
  },
  notEvaluated: {
    'few rows': {
      columns: { 'activation/mlp/rank': [0.5, 0.01, 0.01], 'train/loss': stuck },
      missing: /at least \d+ rows/,
    },
    'nothing that tells of harm': { columns: { 'activation/mlp/rank': falling }, missing: /train\/loss or reward/ },
  },
};
