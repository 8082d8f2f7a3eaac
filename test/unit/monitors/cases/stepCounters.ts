import type { MonitorCases } from '../monitorCases.js';
import { fallingLoss, rows } from '../observe.js';

const loss = rows(200, fallingLoss);
const every = (period: number, value: (row: number) => number): (number | undefined)[] =>
  Array.from({ length: 200 }, (_, row) => (row % period === period - 1 ? value(row) : undefined));
/** A log whose evaluations count other steps: a row for each, its step as told. */
const interleaved = (ratio: number, evaluations = 20, late = 0) => {
  const steps: number[] = [];
  const train: (number | undefined)[] = [];
  const val: (number | undefined)[] = [];
  for (let evaluation = 0; evaluation < evaluations; evaluation++) {
    for (let row = 0; row < 10; row++) {
      steps.push((evaluation * 10 + row + 1) * 100);
      train.push(2);
      val.push(undefined);
    }
    steps.push((evaluation + 1) * 1000 * (evaluation < late ? 1 : ratio));
    train.push(undefined);
    val.push(2.1);
  }
  return { steps, columns: { loss: train, val_loss: val } };
};
const found = { symptom: 'data', severity: 'info', open: true } as const;

export const cases: MonitorCases = {
  triggers: {
    'evaluations that count four steps for one': {
      ...interleaved(4),
      finds: [{ ...found, title: /4 times apart/ }],
    },
    'evaluations that count updates': {
      ...interleaved(1 / 8, 5),
      finds: [{ ...found, title: /8 times apart/ }],
    },
    'one of fifteen written as it should be': { ...interleaved(4, 15, 1), finds: [found] },
    'a sum against a mean': {
      columns: { loss, val_loss: every(20, (row) => 300 * fallingLoss(row)) },
      finds: [{ ...found, title: /units: \d+ times/ }],
    },
    'eight times the highest, over four evaluations': {
      columns: { loss: loss.slice(0, 80), val_loss: every(20, (row) => 16 * fallingLoss(row)).slice(0, 80) },
      finds: [found],
    },
    'from some time on, for many evaluations': { ...interleaved(4, 120, 60), finds: [found] },
  },
  lookAlikes: {
    'the same steps': { columns: { loss, val_loss: every(20, fallingLoss) } },
    overfitting: { columns: { loss, val_loss: every(20, (row) => fallingLoss(row) * (1 + row / 10)) } },
    'learned by heart before the first evaluation': {
      columns: { loss: rows(200, (row) => 3 * Math.exp(-row / 4)), val_loss: every(20, () => 8) },
    },
    'three times as high': { columns: { loss, val_loss: every(20, (row) => 3 * fallingLoss(row)) } },
    'a fifth of the evaluations late': { ...interleaved(4, 20, 16) },
    'a little ahead': { ...interleaved(1.2) },
  },
  notEvaluated: {
    'three evaluations': {
      columns: { loss: loss.slice(0, 60), val_loss: every(20, () => 2).slice(0, 60) },
      missing: /4 evaluations/,
    },
    'no evaluations': { columns: { loss }, missing: /eval\/loss/ },
    'a run that learns from rewards': {
      columns: { loss, val_loss: every(20, () => 2), reward: rows(10, () => 1) },
      missing: /rewards/,
    },
  },
};
