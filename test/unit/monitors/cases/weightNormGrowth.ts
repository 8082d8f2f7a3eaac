import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 150;
const ripple = (row: number): number => 1 + 0.003 * Math.sin(row * 1.9);
const growing = rows(COUNT, (row) => 10 + 0.6 * row);
const rate = rows(COUNT, () => 0.1);
const standing = rows(COUNT, (row) => (0.8 + 1.5 * Math.exp(-row / 12)) * ripple(row));

export const cases: MonitorCases = {
  triggers: {
    'weights grow at a kept rate, and the loss stands': {
      columns: { 'weight-norm': growing, 'learning-rate': rate, 'train/loss': standing },
      finds: [{ symptom: 'learning-rate', severity: 'info', toStep: 149 }],
    },
    'so in most tensors': {
      columns: {
        'weight-norm/layers.0.conv.weight': growing,
        'weight-norm/layers.1.conv.weight': growing,
        'weight-norm/embed.weight': rows(COUNT, () => 3),
        'weight-norm/layers.0.norm.weight': rows(COUNT, () => 3),
        'learning-rate': rate,
        'train/loss': standing,
      },
      finds: [{ symptom: 'learning-rate', severity: 'info', explanation: /2 of 2 series/ }],
    },
  },
  lookAlikes: {
    'the rate decays': {
      columns: {
        'weight-norm': growing,
        'learning-rate': rows(COUNT, (row) => 0.1 * 0.985 ** row),
        'train/loss': standing,
      },
    },
    'the loss falls on': {
      columns: { 'weight-norm': growing, 'learning-rate': rate, 'train/loss': rows(COUNT, (row) => 2 - 0.003 * row) },
    },
    'everything is learned': {
      columns: {
        'weight-norm': growing,
        'learning-rate': rate,
        'train/loss': rows(COUNT, (row) => 0.01 + 2 * Math.exp(-row / 5)),
      },
    },
    'an equilibrium with weight decay': {
      columns: {
        'weight-norm': rows(COUNT, (row) => 10 + 8 * (1 - Math.exp(-row / 20))),
        'learning-rate': rate,
        'train/loss': standing,
      },
    },
  },
  notEvaluated: {
    'few rows': {
      columns: { 'weight-norm': [1, 5, 50], 'learning-rate': rate, 'train/loss': standing },
      missing: /at least \d+ rows/,
    },
    'no rate': { columns: { 'weight-norm': growing, 'train/loss': standing }, missing: /learning-rate/ },
  },
};
