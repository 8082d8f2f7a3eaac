import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';
import type { Columns } from '../observe.js';

const COUNT = 200;
/** Four ranks whose losses spread by a share of their level around it. */
const ranks = (spread: (row: number) => number, level: (row: number) => number = () => 2, number = 4): Columns[] =>
  Array.from({ length: number }, (_, rank) => ({
    loss: rows(COUNT, (row) => level(row) * (1 + spread(row) * Math.sin(row * (1.7 + 0.31 * rank) + rank))),
  }));

export const cases: MonitorCases = {
  triggers: {
    'the spread grows tenfold from row 120 on': {
      columns: ranks((row) => (row < 120 ? 0.01 : 0.1)),
      finds: [{ symptom: 'worker-mismatch', severity: 'info', fromStep: [112, 128] }],
    },
  },
  lookAlikes: {
    'noise of the batches': { columns: ranks(() => 0.1) },
    'a spread that grows with the level': {
      columns: ranks(
        () => 0.02,
        (row) => Math.exp(row / 50),
      ),
    },
    'a level that jumps, and the spread with it': {
      columns: ranks(
        (row) => (row < 100 ? 0.01 : 0.04),
        (row) => (row < 100 ? 1 : 5),
      ),
    },
    'a spread that shrinks': { columns: ranks((row) => 0.1 / (1 + row / 20)) },
  },
  notEvaluated: {
    'three ranks': { columns: ranks((row) => (row < 120 ? 0.01 : 0.1), undefined, 3), missing: /at least \d+ ranks/ },
    'no ranks': { columns: { loss: rows(COUNT, () => 1) }, missing: /at least \d+ ranks/ },
  },
};
