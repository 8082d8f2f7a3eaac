import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';
import type { Columns } from '../observe.js';

const COUNT = 100;
/** A log for each rank, with the cosine that it has with the mean. */
const ranks = (...cosines: ((row: number) => number)[]): Columns[] =>
  cosines.map((cosine) => ({ 'worker-direction': rows(COUNT, cosine) }));
const agreed = (row: number): number => 0.5 + 0.05 * Math.sin(row * 1.9);

export const cases: MonitorCases = {
  triggers: {
    'one rank pulls elsewhere': {
      columns: ranks(agreed, agreed, () => 0.05, agreed),
      finds: [{ symptom: 'worker-mismatch', severity: 'warning', title: /rank 2/ }],
    },
    'all gradients are the same': {
      columns: ranks(
        () => 1,
        () => 1,
        () => 1,
      ),
      finds: [{ symptom: 'worker-mismatch', severity: 'info', title: /all 3 ranks are the same/ }],
    },
  },
  lookAlikes: {
    'small batches on all ranks': {
      columns: ranks(
        () => 0.02,
        () => 0.05,
        () => -0.01,
        () => 0.03,
      ),
    },
    'ranks that agree': { columns: ranks(agreed, agreed, agreed) },
    'one rank apart for some rows': { columns: ranks(agreed, agreed, (row) => (row > 40 && row < 70 ? 0 : 0.5)) },
  },
  notEvaluated: {
    'two ranks': { columns: ranks(agreed, () => 0), missing: /at least \d+ ranks/ },
    'no directions': { columns: { loss: rows(COUNT, () => 1) }, missing: /worker-direction/ },
  },
};
