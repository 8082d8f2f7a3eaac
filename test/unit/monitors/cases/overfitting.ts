import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const found: FindingCase['finds'] = [{ symptom: 'overfitting', severity: 'warning' }];
const falling = (row: number): number => 0.1 + 2 * 0.99 ** row;
/** Evaluated every tenth row. */
const evaluations = (count: number, value: (evaluation: number) => number) =>
  rows(count * 10, (row) => (row % 10 === 9 ? value((row - 9) / 10) : undefined) as number);
/** Best at an evaluation, and risen to so many times that at the end. */
const turning = (count: number, best: number, to: number, noise = 0) =>
  evaluations(
    count,
    (at) =>
      (at < best ? 1 + (best - at) / best : 1 + ((to - 1) * (at - best)) / (count - 1 - best)) *
      (1 + noise * Math.sin(at * 2.4)),
  );
const both = (count: number, val_loss: readonly number[]) => ({ train_loss: rows(count * 10, falling), val_loss });

export const cases: MonitorCases = {
  triggers: {
    'a half up': {
      columns: both(40, turning(40, 15, 1.5)),
      finds: [{ symptom: 'overfitting', severity: 'warning', fromStep: [140, 180], confidence: 0.9 }],
    },
    '6 % up': { columns: both(40, turning(40, 15, 1.07)), finds: found },
    'five evaluations': { columns: both(5, turning(5, 2, 1.5)), finds: found },
    'a third up, two evaluations on': { columns: both(10, turning(10, 7, 1.3)), finds: found },
    'noisy evaluations': { columns: both(40, turning(40, 15, 1.6, 0.04)), finds: found },
    'no training loss': { columns: { val_loss: turning(40, 15, 1.4) }, finds: [{ ...found[0]!, confidence: 0.6 }] },
    'a training loss that falls by 5 %': {
      columns: { train_loss: rows(400, (row) => 1 - row / 5000), val_loss: turning(40, 15, 1.5) },
      finds: found,
    },
    'training counted in fifths of the steps of the evaluations': {
      columns: { train_loss: rows(80, (row) => falling(5 * row)), val_loss: turning(40, 15, 1.5) },
      finds: found,
    },
    'a peak and a small way back': {
      columns: both(
        40,
        evaluations(40, (at) => (at < 15 ? 1 + (15 - at) / 15 : at < 22 ? 1 + (at - 15) / 14 : 1.5 - (at - 22) / 400)),
      ),
      finds: found,
    },
  },
  lookAlikes: {
    flattens: { columns: both(40, turning(40, 15, 1.0)) },
    '2 % up': { columns: both(40, turning(40, 15, 1.02)) },
    '5 % up, two evaluations on': { columns: both(10, turning(10, 7, 1.05)) },
    'both rise': { columns: { train_loss: rows(400, (row) => 1 + row / 100), val_loss: turning(40, 15, 1.5) } },
    'swings as wide': { columns: both(40, turning(40, 15, 1.06, 0.12)) },
    'one evaluation is up': {
      columns: both(
        20,
        evaluations(20, (at) => (at === 19 ? 1.5 : 2 - at / 20)),
      ),
    },
    'a blow that heals': {
      columns: both(
        40,
        evaluations(40, (at) =>
          at < 15 ? 1 + (15 - at) / 15 : 1 + 0.8 * Math.exp((15 - at) / 8) - (at === 15 ? 0.8 : 0),
        ),
      ),
    },
    'a tenth of the descent is little': {
      columns: both(
        40,
        evaluations(40, (at) => (at < 15 ? 1 + 60 * ((15 - at) / 15) ** 2 : 1 + (at - 15) / 25 / 2)),
      ),
    },
    '6 % up without a training loss': { columns: { val_loss: turning(40, 15, 1.06) } },
    'two evaluations without a training loss': { columns: { val_loss: turning(14, 11, 1.4) } },
  },
  notEvaluated: {
    'three evaluations': { columns: both(3, turning(3, 0, 2)), missing: /at least \d+ rows/ },
    'no evaluation': { columns: { loss: rows(100, falling) }, missing: /eval\/loss/ },
  },
};
