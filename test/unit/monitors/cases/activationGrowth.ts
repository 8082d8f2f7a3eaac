import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';
import type { Columns } from '../observe.js';

const COUNT = 60;
const ripple = (row: number): number => 1 + 0.03 * Math.sin(row * 1.9);
/** Six layers of which each is `factor` times as large as the one before. */
const stack = (factor: number): Columns =>
  Object.fromEntries(
    [0, 1, 2, 3, 4, 5].map((layer) => [
      `activation/layers.${layer}/rms`,
      rows(COUNT, (row) => factor ** layer * ripple(row)),
    ]),
  );

export const cases: MonitorCases = {
  triggers: {
    'growth by factors that goes on': {
      columns: { 'activation/layers.7/rms': rows(COUNT, (row) => Math.exp(row / 12) * ripple(row)) },
      finds: [{ symptom: 'activations', severity: 'info', fromStep: [14, 17], title: /grown .* times and grow on/ }],
    },
    'growth by factors over depth': {
      columns: stack(6),
      finds: [{ symptom: 'activations', severity: 'info', title: /from the first to the last layers/ }],
    },
    'near the limit of half precision': {
      columns: {
        'activation/layers.3/absmax': rows(COUNT, (row) => 500 * row * ripple(row)),
        'loss-scale': rows(COUNT, () => 1024),
      },
      finds: [{ symptom: 'activations', severity: 'warning', title: /half precision/ }],
    },
  },
  lookAlikes: {
    'small first weights': {
      columns: { 'activation/layers.7/rms': rows(COUNT, (row) => (0.02 + Math.min(row / 12, 1)) * ripple(row)) },
    },
    'growth that has levelled off': {
      columns: {
        'activation/layers.7/rms': rows(COUNT, (row) => (0.1 + 2 / (1 + Math.exp((30 - row) / 3))) * ripple(row)),
      },
    },
    'a sum over blocks': { columns: stack(1.5) },
    'massive activations without half precision': {
      columns: { 'activation/layers.3/absmax': rows(COUNT, () => 40_000) },
    },
  },
  notEvaluated: {
    'other statistics': {
      columns: { 'activation/mlp/dormant': rows(COUNT, () => 0.1) },
      missing: /rms or/,
    },
    'no activations': { columns: { loss: rows(COUNT, () => 1) }, missing: /activation/ },
  },
};
