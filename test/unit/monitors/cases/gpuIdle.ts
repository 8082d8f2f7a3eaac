import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const use = (row: number, level: number): number => level + 3 * Math.sin(row * 2.4);

export const cases: MonitorCases = {
  triggers: {
    'half used all the time, with a busy row in thirty': {
      columns: { 'system/gpu.0.gpu': rows(90, (row) => (row % 30 === 7 ? 95 : use(row, 50))) },
      finds: [{ symptom: 'hardware', severity: 'info', fromStep: 0, toStep: 89, open: true }],
    },
    'as a share of one': {
      columns: { 'gpu/0/utilization': rows(50, (row) => use(row, 40) / 100) },
      finds: [{ symptom: 'hardware', severity: 'info' }],
    },
    'for a while': {
      columns: { 'gpu/0/utilization': rows(200, (row) => use(row, row > 60 && row < 140 ? 20 : 95)) },
      finds: [{ symptom: 'hardware', severity: 'info', toStep: [139, 145], open: false }],
    },
  },
  lookAlikes: {
    'a GPU at work': { columns: { 'gpu/0/utilization': rows(90, (row) => use(row, 90)) } },
    'busy in every fifth row': {
      columns: { 'gpu/0/utilization': rows(90, (row) => (row % 5 === 0 ? 95 : use(row, 40))) },
    },
    'a pause of thirty rows': {
      columns: { 'gpu/0/utilization': rows(120, (row) => (row > 50 && row < 80 ? 5 : use(row, 90))) },
    },
  },
  notEvaluated: {
    'forty rows': { columns: { 'gpu/0/utilization': rows(40, () => 10) }, missing: /50 rows/ },
    'temperatures alone': { columns: { 'gpu/0/temperature': rows(90, () => 60) }, missing: /utilization/ },
  },
};
