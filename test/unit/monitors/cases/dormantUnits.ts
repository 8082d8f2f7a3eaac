import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 80;
const ripple = (row: number): number => 1 + 0.02 * Math.sin(row * 1.9);
const dying = rows(COUNT, (row) => (row < 30 ? 0.1 : 0.8) * ripple(row));
const sparse = rows(COUNT, (row) => 0.6 * ripple(row));
const stuck = rows(COUNT, (row) => 2.3 * ripple(row));
const learning = rows(COUNT, (row) => 0.2 + 2 / (1 + row / 5));

export const cases: MonitorCases = {
  triggers: {
    'units die and the loss stands still': {
      columns: {
        'activation/layers.0/dormant': dying,
        'activation/layers.1/dormant': dying,
        'activation/layers.2/dormant': rows(COUNT, () => 0.05),
        'train/loss': stuck,
      },
      finds: [
        {
          symptom: 'activations',
          severity: 'warning',
          fromStep: [30, 34],
          toStep: 79,
          explanation: /2 of 3 layers \(layers\.0 and layers\.1\).*hardly fallen/,
        },
      ],
    },
    'dead from the first row on, in percent': {
      columns: { 'activation/mlp/dormant': rows(COUNT, (row) => 97 * ripple(row)), 'train/loss': stuck },
      finds: [{ symptom: 'activations', severity: 'warning', fromStep: 0, title: /97 % of the units/ }],
    },
    'dead layers while the loss still falls': {
      columns: {
        'activation/layers.0/dormant': sparse,
        'activation/layers.1/dormant': rows(COUNT, () => 1),
        'activation/layers.2/dormant': rows(COUNT, () => 1),
        'train/loss': learning,
      },
      finds: [{ symptom: 'activations', severity: 'warning', explanation: /2 layers pass nothing on/ }],
    },
    'units die while the loss falls': {
      columns: { 'activation/layers.0/dormant': dying, 'train/loss': learning },
      finds: [{ symptom: 'activations', severity: 'info' }],
    },
    'the reward gains nothing': {
      columns: { dormant_ratio: dying, reward: rows(COUNT, (row) => (row < 25 ? row / 25 : 0)) },
      finds: [{ symptom: 'activations', severity: 'warning', explanation: /reward has gained next to nothing/ }],
    },
  },
  lookAlikes: {
    'sparse from the start, and learning': { columns: { 'activation/mlp/dormant': sparse, 'train/loss': learning } },
    'sparse from the start, with rewards that grow': {
      columns: { 'activation/mlp/dormant': sparse, reward: rows(COUNT, (row) => 1 - Math.exp(-row / 20)) },
    },
    'sparse from the start, at the end of a loss that has come down': {
      columns: { 'activation/mlp/dormant': sparse, 'train/loss': rows(COUNT, (row) => (row < 4 ? 2.3 : 0.4)) },
    },
    'units that come back': {
      columns: {
        'activation/mlp/dormant': rows(COUNT, (row) => (row > 30 && row < 60 ? 0.8 : 0.1)),
        'train/loss': stuck,
      },
    },
    'zeros of ReLU, not units': {
      columns: {
        'activation/mlp/dormant': rows(COUNT, () => 0.02),
        'activation/mlp/zeros': rows(COUNT, () => 0.9),
        'train/loss': stuck,
      },
    },
  },
  notEvaluated: {
    'other statistics': { columns: { 'activation/mlp/rms': stuck, 'train/loss': stuck }, missing: /dormant/ },
    'few rows': {
      columns: { 'activation/mlp/dormant': rows(5, () => 0.9), 'train/loss': stuck },
      missing: /at least \d+ rows/,
    },
  },
};
