import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 80;
const ripple = (row: number): number => 1 + 0.02 * Math.sin(row * 1.9);
const rising = rows(COUNT, (row) => (row < 30 ? 0.1 : 0.8) * ripple(row));
const stuck = rows(COUNT, (row) => 2.3 * ripple(row));
const learning = rows(COUNT, (row) => 0.2 + 2 / (1 + row / 5));

export const cases: MonitorCases = {
  triggers: {
    'saturated while the loss stands still': {
      columns: {
        'activation/layers.0/saturated': rising,
        'activation/layers.1/saturated': rising,
        'train/loss': stuck,
      },
      finds: [{ symptom: 'activations', severity: 'warning', fromStep: [30, 34], explanation: /2 of 2 layers/ }],
    },
    'saturated gates of a network that learns': {
      columns: { 'activation/gate/saturated': rows(COUNT, () => 0.7), 'train/loss': learning },
      finds: [{ symptom: 'activations', severity: 'info' }],
    },
  },
  lookAlikes: {
    'a third of the activations': {
      columns: { 'activation/layers.0/saturated': rows(COUNT, () => 0.35), 'train/loss': stuck },
    },
    'a layer that comes back': {
      columns: {
        'activation/layers.0/saturated': rows(COUNT, (row) => (row > 20 && row < 50 ? 0.9 : 0.1)),
        'train/loss': stuck,
      },
    },
  },
  notEvaluated: {
    'no such statistic': { columns: { 'activation/mlp/rms': stuck }, missing: /saturated/ },
    'few rows': { columns: { 'activation/mlp/saturated': [0.9, 0.9, 0.9] }, missing: /at least \d+ rows/ },
  },
};
