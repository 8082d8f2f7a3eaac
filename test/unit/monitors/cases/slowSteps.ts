import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 400;
const speed = (row: number): number => 1000 * (1 + 0.05 * Math.sin(row * 1.9));
const slowed = (share: number, from = 200, to = Infinity) =>
  rows(COUNT, (row) => speed(row) * (row >= from && row < to ? share : 1));
const note: FindingCase['finds'] = [{ symptom: 'throughput', severity: 'info' }];

export const cases: MonitorCases = {
  triggers: {
    'a third of its speed': {
      columns: { tokens_per_second: slowed(0.3) },
      finds: [{ symptom: 'throughput', severity: 'info', fromStep: [195, 206] }],
    },
    'half of its speed': { columns: { tokens_per_second: slowed(0.5) }, finds: note },
    'steps that take twice as long': { columns: { step_time: slowed(2) }, finds: note },
    'slow since row 75': {
      columns: { tokens_per_second: slowed(0.3, 75) },
      finds: [{ symptom: 'throughput', severity: 'info', fromStep: [70, 82] }],
    },
    'slow for the last 50 rows': { columns: { tokens_per_second: slowed(0.3, 350) }, finds: note },
    'slow from row 62 on, after the first rows': {
      columns: { tokens_per_second: slowed(0.3, 66).slice(0, 120) },
      finds: note,
    },
  },
  lookAlikes: {
    'a fifth slower': { columns: { tokens_per_second: slowed(0.8) } },
    'a pause for an evaluation': { columns: { tokens_per_second: slowed(0.1, 200, 203) } },
    'slow for 12 rows at the end': { columns: { tokens_per_second: slowed(0.3, 388) } },
    'the time since the start': { columns: { step_time: rows(COUNT, (row) => 1 + row * 0.5) } },
    'fast in the first eight rows': {
      columns: { tokens_per_second: rows(COUNT, (row) => speed(row) * (row < 8 ? 5 : 1)) },
    },
  },
  notEvaluated: {
    'thirty rows': { columns: { tokens_per_second: rows(30, speed) }, missing: /at least \d+ rows/ },
    'no speed': { columns: { loss: rows(100, speed) }, missing: /throughput/ },
  },
};
