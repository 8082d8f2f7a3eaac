import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const time = rows(120, (row) => 1 + 0.05 * Math.sin(row * 2.4));
const waits = (share: number, many = 120): number[] => rows(many, (row) => share * (1 + 0.1 * Math.sin(row * 1.7)));

export const cases: MonitorCases = {
  triggers: {
    'half of every step': {
      columns: { data_time: waits(0.5), time },
      finds: [{ symptom: 'throughput', severity: 'info', fromStep: 0, toStep: 119, open: true }],
    },
    'since the disk became slow': {
      columns: { data_time: rows(120, (row) => (row < 40 ? 0.02 : 0.6)), time },
      finds: [{ symptom: 'throughput', severity: 'info', open: true }],
    },
  },
  lookAlikes: {
    'a third': { columns: { data_time: waits(0.33), time } },
    'at the beginning of an epoch': {
      columns: { data_time: rows(120, (row) => (row % 20 === 0 ? 0.9 : 0.03)), time },
    },
    'for twenty rows': { columns: { data_time: rows(120, (row) => (row > 60 && row < 81 ? 0.9 : 0.03)), time } },
  },
  notEvaluated: {
    'other units': { columns: { data_time: waits(30), time }, missing: /same unit/ },
    'forty rows': { columns: { data_time: waits(0.5, 40), time: time.slice(0, 40) }, missing: /50 rows/ },
    'no time of a step': { columns: { data_time: waits(0.5) }, missing: /step-time/ },
  },
};
