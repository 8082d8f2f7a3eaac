import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';
import type { Columns } from '../observe.js';

const COUNT = 100;
/** A log for each rank, with the cosine that it has with the mean. */
const ranks = (...cosines: ((row: number) => number)[]): Columns[] =>
  cosines.map((cosine) => ({ 'worker-direction': rows(COUNT, cosine) }));

/** Numbers that look random and are the same every time. */
const noise = (seed: number): number => 2 * ((Math.abs(Math.sin(seed * 12.9898) * 43758.5453) % 1) - 0.5);

/**
 * A log for each rank with a sketch of 16 numbers of its own gradient at every step: what all share, as much of it as
 * `shared` says, and the noise of its batch.
 */
const sketches = (...shared: number[]): Columns[] =>
  shared.map((part, rank) =>
    Object.fromEntries(
      Array.from({ length: 16 }, (_, place) => [
        `direction-sketch/${String(place).padStart(2, '0')}`,
        rows(COUNT, (row) => part * noise(16 * row + place) + 0.4 * noise(16 * row + place + 1e4 * (rank + 1))),
      ]),
    ),
  );
const agreed = (row: number): number => 0.5 + 0.05 * Math.sin(row * 1.9);

export const cases: MonitorCases = {
  triggers: {
    'one rank pulls elsewhere': {
      columns: ranks(agreed, agreed, () => 0.05, agreed),
      finds: [{ symptom: 'worker-mismatch', severity: 'warning', title: /rank 2/ }],
    },
    'one rank’s sketches point against the others': {
      columns: sketches(1, 1, 1, -1),
      finds: [{ symptom: 'worker-mismatch', severity: 'warning', title: /rank 3/ }],
    },
    'all sketches are the same': {
      columns: [0, 1, 2].map(() => sketches(1)[0] as Columns),
      finds: [{ symptom: 'worker-mismatch', severity: 'info', title: /all 3 ranks are the same/ }],
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
    'sketches that agree': { columns: sketches(1, 1, 1, 1) },
    'sketches of nothing but noise': { columns: sketches(0, 0, 0, 0) },
    'ranks that agree': { columns: ranks(agreed, agreed, agreed) },
    'one rank apart for some rows': { columns: ranks(agreed, agreed, (row) => (row > 40 && row < 70 ? 0 : 0.5)) },
  },
  notEvaluated: {
    'two ranks that sketch': { columns: sketches(1, -1), missing: /at least \d+ ranks/ },
    'two ranks': { columns: ranks(agreed, () => 0), missing: /at least \d+ ranks/ },
    'no directions': { columns: { loss: rows(COUNT, () => 1) }, missing: /worker-direction/ },
  },
};
