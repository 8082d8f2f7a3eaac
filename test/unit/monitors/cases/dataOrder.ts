import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const EPOCH = 48;
const epochsOf = (count: number): number[] => rows(count * EPOCH, (row) => row / EPOCH);
/** Falls slowly, with a shape over each epoch. */
const shaped = (count: number, shape: (part: number, epoch: number) => number): number[] =>
  rows(
    count * EPOCH,
    (row) => (1 + 2 * Math.exp(-row / 100)) * (1 + shape((row % EPOCH) / EPOCH, Math.floor(row / EPOCH))),
  );
const sorted =
  (size: number) =>
  (part: number): number =>
    size * Math.sin(part * 6 * Math.PI);

export const cases: MonitorCases = {
  triggers: {
    'the same waves in every epoch': {
      columns: { loss: shaped(8, sorted(0.2)), epoch: epochsOf(8) },
      finds: [{ symptom: 'data', severity: 'info', fromStep: [46, 50], title: /same course/ }],
    },
    'counted in whole epochs, for five of them': {
      columns: { loss: shaped(6, sorted(0.2)), epoch: epochsOf(6).map(Math.floor) },
      finds: [{ symptom: 'data', severity: 'info' }],
    },
    'a last batch that is small': {
      columns: {
        loss: shaped(8, (part, epoch) => (part > 0.95 ? 0.5 : 0.02 * Math.sin(part * 90 + epoch * 5))),
        epoch: epochsOf(8),
      },
      finds: [{ symptom: 'data', severity: 'info', title: /at the end/ }],
    },
    'half of it noise': {
      columns: {
        loss: shaped(8, (part, epoch) => sorted(0.2)(part) + 0.1 * Math.sin(part * 67 + epoch * 5)),
        epoch: epochsOf(8),
      },
      finds: [{ symptom: 'data', severity: 'info' }],
    },
  },
  lookAlikes: {
    'waves that come elsewhere each time': {
      columns: { loss: shaped(8, (part, epoch) => sorted(0.2)(part + epoch * 0.27)), epoch: epochsOf(8) },
    },
    'a staircase': {
      columns: { loss: rows(8 * EPOCH, (row) => 3 * 0.6 ** Math.floor(row / EPOCH)), epoch: epochsOf(8) },
    },
    'the same waves, a hundredth high': { columns: { loss: shaped(8, sorted(0.01)), epoch: epochsOf(8) } },
  },
  notEvaluated: {
    'three epochs': { columns: { loss: shaped(3, sorted(0.2)), epoch: epochsOf(3) }, missing: /4 epochs/ },
    'one row an epoch': { columns: { loss: rows(20, () => 1), epoch: rows(20, (row) => row) }, missing: /24 rows/ },
    'no epochs': { columns: { loss: shaped(8, sorted(0.2)) }, missing: /epoch/ },
    'a run that learns from rewards': {
      columns: { loss: shaped(8, sorted(0.2)), epoch: epochsOf(8), reward: rows(10, () => 1) },
      missing: /rewards/,
    },
  },
};
