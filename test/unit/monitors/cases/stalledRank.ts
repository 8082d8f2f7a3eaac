import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';
import type { Columns } from '../observe.js';

/** A log for each rank, so many rows long. */
const ranks = (...counts: number[]): Columns[] =>
  counts.map((count) => ({ loss: rows(count, (row) => 3 / (1 + row / 50)) }));

export const cases: MonitorCases = {
  triggers: {
    'one rank of three stops': {
      columns: ranks(300, 80, 300),
      finds: [
        {
          symptom: 'worker-mismatch',
          severity: 'warning',
          fromStep: 79,
          toStep: 299,
          title: /^Rank 1 has logged nothing/,
        },
      ],
    },
    'one rank stops late in a long run': {
      columns: ranks(10_000, 8_500),
      finds: [{ symptom: 'worker-mismatch', severity: 'warning', fromStep: 8499 }],
    },
  },
  lookAlikes: {
    'a block not written yet': { columns: ranks(300, 260, 290) },
    'some blocks behind in a long run': { columns: ranks(10_000, 9_100) },
    'a log left over from before a restart of the others': {
      steps: [...rows(300, (row) => row), ...rows(200, (row) => 100 + row)],
      columns: ranks(350, 300, 350),
    },
    'a rank that writes every twentieth row': {
      columns: [
        { loss: rows(300, () => 1) },
        { loss: rows(300, () => 1).map((value, row) => (row % 20 === 0 ? value : undefined)) },
      ],
    },
  },
  notEvaluated: {
    'one log': { columns: ranks(300), missing: /at least 2 ranks/ },
    'two short ones': { columns: ranks(4, 4), missing: /at least 2 ranks/ },
  },
};
