import type { MonitorCases } from '../monitorCases.js';
import { fallingLoss, rows } from '../observe.js';

const still = rows(120, (row) => 1 + 0.1 * Math.sin(row * 2.4));
const falling = rows(120, (row) => 5 * Math.exp(-row / 60));
const updates = (ratio: number, count = 120): number[] => rows(count, (row) => ratio * (1 + 0.1 * Math.sin(row * 2.4)));
const tensors = (ratio: number, count = 120) => ({
  'update-ratio/layers.0.weight': updates(ratio, count),
  'update-ratio/layers.1.weight': updates(1.2 * ratio, count),
});

export const cases: MonitorCases = {
  triggers: {
    'steps three times too long for the softmax': {
      columns: { 'safe-step-ratio': rows(20, (row) => (row < 5 ? 0.8 : 3)) },
      finds: [{ symptom: 'learning-rate', severity: 'info', toStep: 19, open: true }],
    },
    'five times too long': {
      columns: { 'safe-step-ratio': rows(20, (row) => 5 + (row % 3)) },
      finds: [{ symptom: 'learning-rate', severity: 'warning' }],
    },
    'eight probes': {
      columns: { 'safe-step-ratio': rows(8, () => 3) },
      finds: [{ symptom: 'learning-rate', severity: 'info' }],
    },
    'updates of two percent that lead nowhere': {
      columns: { loss: still, ...tensors(0.02) },
      finds: [{ symptom: 'learning-rate', severity: 'info', title: /2\.\d+ %/ }],
    },
    'over fifty rows, while the loss hardly falls': {
      columns: { loss: rows(50, (row) => 1 - row / 2000), ...tensors(0.02, 50) },
      finds: [{ symptom: 'learning-rate', severity: 'info' }],
    },
  },
  lookAlikes: {
    'single probes above the radius': {
      columns: { 'safe-step-ratio': rows(40, (row) => (row % 4 === 0 ? 12 : 0.9)) },
    },
    'one and a half times the radius': { columns: { 'safe-step-ratio': rows(40, () => 1.5) } },
    'one median above it': {
      columns: { 'safe-step-ratio': rows(20, (row) => ([10, 12, 14].includes(row) ? 3 : 0.9)) },
    },
    'long updates while the loss falls': { columns: { loss: falling, ...tensors(0.02) } },
    'usual updates': { columns: { loss: still, ...tensors(0.004) } },
    'biases that begin at zero': {
      columns: { loss: still, ...tensors(0.001), 'update-ratio/layers.0.bias': updates(0.5) },
    },
  },
  notEvaluated: {
    'forty rows': { columns: { loss: still.slice(0, 40), ...tensors(0.02, 40) }, missing: /50 rows/ },
    'three probes': { columns: { 'safe-step-ratio': [3, 3, 3] }, missing: /5 of safe-step-ratio/ },
    'no updates': { columns: { loss: rows(100, fallingLoss) }, missing: /update-ratio/ },
  },
};
