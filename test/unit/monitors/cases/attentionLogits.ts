import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 100;
const ripple = (row: number): number => 1 + 0.03 * Math.sin(row * 1.9);
const growing = rows(COUNT, (row) => 6 * Math.exp(row / 25) * ripple(row));
const flat = rows(COUNT, (row) => 0.5 * ripple(row));

export const cases: MonitorCases = {
  triggers: {
    'logits and gradients grow': {
      columns: {
        'attention-logit/layers.0': growing,
        'attention-logit/layers.1': rows(COUNT, (row) => 5 * ripple(row)),
        'gradient-norm': rows(COUNT, (row) => 0.3 * Math.exp(row / 60) * ripple(row)),
      },
      finds: [
        { symptom: 'attention', severity: 'warning', explanation: /1 of 2 layers \(layers\.0\).*gradient norm rises/ },
      ],
    },
    'logits as large as where runs broke': {
      columns: { max_attention_logit: rows(COUNT, (row) => 20 * Math.exp(row / 22)), 'gradient-norm': flat },
      finds: [{ symptom: 'attention', severity: 'warning' }],
    },
    'logits grow under flat gradients': {
      columns: { 'attention-logit/layers.0': growing, 'gradient-norm': flat },
      finds: [{ symptom: 'attention', severity: 'info', fromStep: [40, 60] }],
    },
  },
  lookAlikes: {
    'large from the start': { columns: { 'attention-logit/0': rows(COUNT, (row) => 800 * ripple(row)) } },
    capped: { columns: { 'attention-logit/0': rows(COUNT, (row) => Math.min(10 + 6 * row, 300)) } },
    'growth to sixty': { columns: { 'attention-logit/0': rows(COUNT, (row) => 5 + 0.55 * row) } },
  },
  notEvaluated: {
    'five rows': { columns: { 'attention-logit/0': [1, 10, 100, 1000, 10_000] }, missing: /at least \d+ rows/ },
    none: { columns: { loss: flat }, missing: /attention-logit/ },
  },
};
