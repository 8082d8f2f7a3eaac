import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const EPOCH = 40;
const epoch = rows(5 * EPOCH, (row) => row / EPOCH);
/** Falls by a share at each edge of an epoch and by another one within. */
const staircase = (atEdge: number, within: number, noise = 0.01, steps = 5, chirp = 2.4): number[] =>
  rows(
    5 * EPOCH,
    (row) =>
      2 *
      (1 - atEdge) ** Math.min(steps, Math.floor(row / EPOCH)) *
      (1 - within) ** (row / EPOCH) *
      (1 + noise * Math.sin(row * row * chirp)),
  );

export const cases: MonitorCases = {
  triggers: {
    'a fifth at each edge': {
      columns: { loss: staircase(0.2, 0.03), epoch },
      finds: [{ symptom: 'overfitting', severity: 'info', fromStep: EPOCH, title: /step 40/ }],
    },
    'a sixteenth, after which nothing more': {
      columns: { loss: staircase(0.07, 0.01, 0.005, 2), epoch },
      finds: [{ symptom: 'overfitting', severity: 'info' }],
    },
    'a staircase over three epochs': {
      columns: { loss: staircase(0.2, 0.03).slice(0, 3 * EPOCH), epoch: epoch.slice(0, 3 * EPOCH) },
      finds: [{ symptom: 'overfitting', severity: 'info' }],
    },
  },
  lookAlikes: {
    'an even fall': { columns: { loss: staircase(0, 0.3), epoch } },
    'three percent at each edge': { columns: { loss: staircase(0.03, 0.005, 0.002), epoch } },
    'steps beside a fall within': { columns: { loss: staircase(0.1, 0.3), epoch } },
    'steps in the noise': { columns: { loss: staircase(0.25, 0, 0.3, 5, 3.1), epoch } },
    'one step': { columns: { loss: staircase(0.2, 0.03, 0.01, 1), epoch } },
    'sorted data, whose hard end meets their easy beginning': {
      columns: { loss: rows(5 * EPOCH, (row) => 1 + ((row % EPOCH) / EPOCH) ** 6), epoch },
    },
  },
  notEvaluated: {
    'two epochs': { columns: { loss: staircase(0.2, 0).slice(0, 80), epoch: epoch.slice(0, 80) }, missing: /3 whole/ },
    'six rows an epoch': {
      columns: { loss: rows(60, () => 1), epoch: rows(60, (row) => row / 6) },
      missing: /8 rows/,
    },
    'no epochs': { columns: { loss: staircase(0.2, 0) }, missing: /epoch/ },
    'a run that learns from rewards': {
      columns: { loss: staircase(0.2, 0), epoch, reward: rows(10, () => 1) },
      missing: /rewards/,
    },
  },
};
