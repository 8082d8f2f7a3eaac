import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const usual = (row: number): number => 1 + 0.05 * Math.sin(row * 2.4);
const every = (period: number, long: number, count = 400): number[] =>
  rows(count, (row) => (row % period === period - 1 ? long : usual(row)));

export const cases: MonitorCases = {
  triggers: {
    'twenty times as long in every twentieth row': {
      columns: { step_time: every(20, 20) },
      finds: [{ symptom: 'throughput', severity: 'info', fromStep: [59, 80], toStep: 399 }],
    },
    'eight rows that take a third of the time': {
      columns: { step_time: rows(130, (row) => (row > 70 && row % 7 === 0 ? 6 : usual(row))) },
      finds: [{ symptom: 'throughput', severity: 'info', title: /8 rows/ }],
    },
  },
  lookAlikes: {
    'twice as long': { columns: { step_time: every(2, 2.8) } },
    'a checkpoint now and then': { columns: { step_time: every(100, 10) } },
    'four rows of a night': {
      columns: { step_time: rows(400, (row) => (row % 100 === 99 ? 100 : usual(row))) },
    },
    'compilation in the first rows': { columns: { step_time: rows(200, (row) => (row < 9 ? 60 : usual(row))) } },
    'outliers of rows that stand for a hundred steps': { columns: { step_time: every(10, 30) }, stride: 100 },
    'the time since the start, with pauses': {
      columns: { step_time: rows(400, (row) => 2 ** (row / 4)) },
    },
  },
  notEvaluated: {
    'fifty rows': { columns: { step_time: every(20, 20, 50) }, missing: /60 rows/ },
    'no times': { columns: { loss: rows(100, usual) }, missing: /step-time/ },
  },
};
