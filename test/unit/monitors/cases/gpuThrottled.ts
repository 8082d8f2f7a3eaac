import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

export const cases: MonitorCases = {
  triggers: {
    'too hot from the middle on': {
      columns: { 'gpu/0/throttled_thermal': rows(120, (row) => (row >= 60 ? 1 : 0)) },
      finds: [{ symptom: 'hardware', severity: 'warning', fromStep: [40, 62], toStep: 119, open: true }],
    },
    'in two rows of three, by heat, which the hardware says too: one story': {
      columns: {
        'gpu/3/throttled_hardware': rows(90, (row) => (row % 3 === 0 ? 0 : 1)),
        'gpu/3/throttled_thermal': rows(90, (row) => (row % 3 === 0 ? 0 : 1)),
      },
      finds: [{ symptom: 'hardware', severity: 'warning', fromStep: 0, toStep: 89 }],
    },
    'two GPUs, one by the power brake, for a while': {
      columns: {
        'gpu/0/throttled_thermal': rows(200, () => 0),
        'gpu/0/throttled_power_brake': rows(200, () => 0),
        'gpu/1/throttled_power_brake': rows(200, (row) => (row > 50 && row < 120 ? 1 : 0)),
      },
      finds: [{ symptom: 'hardware', severity: 'warning', open: false }],
    },
  },
  lookAlikes: {
    'at its power limit': {
      columns: { 'gpu/0/power_capped': rows(90, () => 1), 'gpu/0/throttled_thermal': rows(90, () => 0) },
    },
    'touches the limit in one row of four': {
      columns: { 'gpu/0/throttled_thermal': rows(120, (row) => (row % 4 === 0 ? 1 : 0)) },
    },
    'hot for ten rows': {
      columns: { 'gpu/0/throttled_thermal': rows(120, (row) => (row >= 60 && row < 70 ? 1 : 0)) },
    },
  },
  notEvaluated: {
    'twenty rows': { columns: { 'gpu/0/throttled_thermal': rows(20, () => 1) }, missing: /30 rows/ },
    'a GPU that does not say': { columns: { 'gpu/0/utilization': rows(90, () => 90) }, missing: /throttled/ },
    'no GPU': { columns: { loss: rows(90, () => 1) }, missing: /gpu/ },
  },
};
