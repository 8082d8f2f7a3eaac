import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const linear = (to: number) => rows(100, (row) => 1e-3 * (1 - ((1 - to) * row) / 99));

export const cases: MonitorCases = {
  triggers: {
    'constant to the end': {
      columns: { lr: rows(100, () => 1e-3) },
      totalSteps: 100,
      finds: [{ symptom: 'learning-rate', severity: 'info', toStep: 99 }],
    },
    'at four fifths at the end': {
      columns: { lr: linear(0.8) },
      totalSteps: 100,
      finds: [{ symptom: 'learning-rate', severity: 'info' }],
    },
  },
  lookAlikes: {
    'decayed to zero': { columns: { lr: linear(0) }, totalSteps: 100 },
    'decayed to a fifth': { columns: { lr: linear(0.2) }, totalSteps: 100 },
  },
  notEvaluated: {
    'half-way': { columns: { lr: rows(50, () => 1e-3) }, totalSteps: 100, missing: /./ },
    'ten rows': { columns: { lr: rows(10, () => 1e-3) }, totalSteps: 10, missing: /./ },
    'no plan': { columns: { lr: rows(100, () => 1e-3) }, missing: /./ },
  },
};
