import type { MonitorCases } from '../monitorCases.js';
import { fallingLoss, rows } from '../observe.js';

const columns = { loss: rows(120, fallingLoss) };
/** A row every `usual` seconds, with pauses before some rows. */
const clock =
  (usual: number, pauses: Readonly<Record<number, number>>) =>
  (row: number): number =>
    1.7e9 + usual * row + Object.entries(pauses).reduce((sum, [at, long]) => sum + (row >= Number(at) ? long : 0), 0);

export const cases: MonitorCases = {
  triggers: {
    'two hours': {
      columns,
      wallTime: clock(10, { 60: 7200 }),
      finds: [{ symptom: 'throughput', severity: 'info', fromStep: 59, toStep: 60, title: /2 h|120 min/ }],
    },
    'three times, at most 40 minutes': {
      columns,
      wallTime: clock(100, { 30: 2000, 60: 2400, 90: 1900 }),
      finds: [{ symptom: 'throughput', severity: 'info', fromStep: 59, explanation: /3 such pauses/ }],
    },
    'soon after the start': {
      columns,
      wallTime: clock(10, { 25: 3600 }),
      finds: [{ symptom: 'throughput', severity: 'info' }],
    },
  },
  lookAlikes: {
    'twenty minutes': { columns, wallTime: clock(10, { 60: 1200 }) },
    'rows that are rare anyway': { columns, wallTime: clock(900, { 60: 3600 }) },
    'evaluations of an hour': { columns, wallTime: clock(10, { 25: 3600, 50: 3600, 75: 3600, 100: 3600 }) },
    'a restart': {
      columns,
      steps: rows(120, (row) => (row < 60 ? row : row - 10)),
      wallTime: clock(10, { 60: 7200 }),
    },
  },
  notEvaluated: {
    'no times': { columns, missing: /time at which/ },
    'ten rows': { columns: { loss: rows(10, fallingLoss) }, wallTime: clock(10, {}), missing: /21 rows/ },
  },
};
