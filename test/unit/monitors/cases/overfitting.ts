import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const found: FindingCase['finds'] = [{ symptom: 'overfitting', severity: 'warning', title: /has risen from/ }];
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
/** Comes to rest at half of the evaluations: no gap to speak of. */
const shallow = (row: number): number => 0.55 + 1.5 * 0.99 ** row;
const both = (count: number, val_loss: readonly number[]) => ({ train_loss: rows(count * 10, falling), val_loss });

/** A training loss that falls to `left` of itself over the last two thirds of 300 rows. */
const memorising = (left: number) =>
  rows(300, (row) => 2 * Math.exp(-row / 25) + (row < 100 ? 0.2 : 0.2 * left ** ((row - 100) / 200)));
/** Thirty evaluations that fall to a level within the first ten. */
const still = (level: number, gain = 0, first = 2, noise = 0.02) =>
  evaluations(
    30,
    (at) =>
      (level + (first - level) * Math.exp(-at / 2)) *
      (1 + noise * Math.sin(at * 2.4)) *
      (1 - gain * Math.min(1, Math.max(0, (at - 14) / 8))),
  );
/** Twenty evaluations that fall to 1 and swing about it, and the newest of them as they are given. */
const ending = (newest: readonly number[], noise: number) =>
  evaluations(
    20,
    (at) => newest[at - 20 + newest.length] ?? Math.max(1, 3 - at / 5) * (1 + noise * Math.sin(at * 2.4)),
  );
const accuracy = (gain: number) => evaluations(30, (at) => 0.8 * (1 + gain * Math.min(1, Math.max(0, (at - 17) / 4))));
const gap: FindingCase['finds'] = [
  { symptom: 'overfitting', severity: 'warning', confidence: 0.6, title: /stays around/ },
];

export const cases: MonitorCases = {
  triggers: {
    'a half up': {
      columns: both(40, turning(40, 15, 1.5)),
      finds: [{ symptom: 'overfitting', severity: 'warning', fromStep: [140, 180], confidence: 0.9 }],
    },
    'climbs with each of the last three evaluations': {
      columns: both(20, ending([1, 1.02, 1.05, 1.1], 0.005)),
      finds: found,
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
    'a gap that grows below evaluations that stay': {
      columns: { train_loss: memorising(0.2), val_loss: still(0.9, 0.015) },
      finds: gap,
    },
    'a gap of six': {
      columns: { train_loss: memorising(0.3).map((value) => value + 0.06), val_loss: still(0.85) },
      finds: [{ ...gap[0]!, severity: 'info' }],
    },
    'a gap that grows below wide swings': {
      columns: { train_loss: memorising(0.1), val_loss: still(0.9, 0, 2, 0.25) },
      finds: gap,
    },
    'a gap below an accuracy that stands': {
      columns: { train_loss: memorising(0.2), val_loss: still(0.9), val_accuracy: accuracy(0.004) },
      finds: gap,
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
    'a gap that grows while the evaluation gains a tenth': {
      columns: { train_loss: memorising(0.2), val_loss: still(0.9, 0.1) },
    },
    'a gap that grows while the accuracy gains': {
      columns: { train_loss: memorising(0.2), val_loss: still(0.9), val_accuracy: accuracy(0.05) },
    },
    'a gap below a low evaluation loss': { columns: { train_loss: memorising(0.2), val_loss: still(0.3) } },
    'a gap that was there from the start': {
      columns: { train_loss: memorising(0.2), val_loss: still(4, 0, 9) },
    },
    'a gap that hardly grows': { columns: { train_loss: memorising(0.75), val_loss: still(0.9) } },
    'a training loss that halves above it': {
      columns: {
        train_loss: rows(300, (row) => (row < 100 ? 2 : 2 * 0.4 ** ((row - 100) / 200))),
        val_loss: still(0.9),
      },
    },
    'a gap over seven evaluations': {
      columns: {
        train_loss: memorising(0.2),
        val_loss: rows(300, (row) => (row % 40 === 19 ? 0.9 + 1.1 * Math.exp(-row / 20) : undefined) as number),
      },
    },
    flattens: { columns: { train_loss: rows(400, shallow), val_loss: turning(40, 15, 1.0) } },
    '2 % up': { columns: { train_loss: rows(400, shallow), val_loss: turning(40, 15, 1.02) } },
    '5 % up, two evaluations on': { columns: both(10, turning(10, 7, 1.05)) },
    'both rise': { columns: { train_loss: rows(400, (row) => 1 + row / 100), val_loss: turning(40, 15, 1.5) } },
    'swings as wide': { columns: { train_loss: rows(400, shallow), val_loss: turning(40, 15, 1.06, 0.12) } },
    'climbs with each of the last three evaluations, by 3 % in all': {
      columns: both(20, ending([1, 1.01, 1.02, 1.03], 0.005)),
    },
    'climbs with each of the last two alone': { columns: both(20, ending([1, 0.99, 1.02, 1.1], 0.005)) },
    'climbs with each of the last three within its swings': {
      columns: both(20, ending([0.97, 1, 1.05, 1.1], 0.12)),
    },
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
