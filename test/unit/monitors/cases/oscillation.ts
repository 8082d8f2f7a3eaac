import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

/** Falls to a level and stays there, with a swing on top. */
const settled = (count: number, swing: (row: number) => number): number[] =>
  rows(count, (row) => (1 + 4 * Math.exp(-row / 10)) * (1 + swing(row)));
const alternating =
  (size: number) =>
  (row: number): number =>
    row % 2 === 0 ? size : -size;
const slow =
  (size: number, period: number) =>
  (row: number): number =>
    size * Math.sin((2 * Math.PI * row) / period);
const lr = (rate: (row: number) => number): number[] => rows(600, rate);
const found = { symptom: 'oscillation', severity: 'info', open: true } as const;

export const cases: MonitorCases = {
  triggers: {
    'up and down in turns': {
      columns: { loss: settled(300, alternating(0.3)) },
      finds: [{ ...found, fromStep: [140, 160], toStep: 299, explanation: /in turns/ }],
    },
    'in turns, by a little more than a tenth, over few rows': {
      columns: { loss: settled(90, alternating(0.06)) },
      finds: [found],
    },
    'in turns, two thirds of the time': {
      columns: { loss: settled(300, (row) => alternating(0.3)(row) + 0.15 * Math.sin(row * 0.7)) },
      finds: [found],
    },
    'slow swings': {
      columns: { loss: settled(600, slow(0.3, 50)) },
      finds: [{ ...found, explanation: /50 steps long/ }],
    },
    'slow swings that stand out of their noise': {
      columns: { loss: settled(600, (row) => slow(0.3, 50)(row) + 0.05 * Math.sin(row * 2.4)) },
      finds: [found],
    },
    'low down, yet not next to nothing': {
      columns: { loss: rows(300, (row) => (0.08 + 3 * Math.exp(-row / 5)) * (1 + alternating(0.3)(row))) },
      finds: [found],
    },
  },
  lookAlikes: {
    'the noise of small batches': { columns: { loss: settled(600, (row) => 0.6 * Math.sin(row * row * 2.4)) } },
    'ripples of two percent': { columns: { loss: settled(300, alternating(0.02)) } },
    'an oscillation that still comes down': {
      columns: { loss: rows(300, (row) => (1 + 4 * Math.exp(-row / 150)) * (1 + alternating(0.3)(row))) },
    },
    'an oscillation while the evaluation loss improves': {
      columns: { loss: settled(300, alternating(0.3)), val_loss: rows(300, (row) => 3 * Math.exp(-row / 300)) },
    },
    'warm restarts': {
      columns: { loss: settled(600, slow(0.3, 50)), lr: lr((row) => 1e-3 * (1.2 - slow(1, 50)(row))) },
    },
    'swings as long as an epoch': {
      columns: { loss: settled(600, slow(0.3, 50)), epoch: rows(600, (row) => row / 48) },
    },
    'a swing twice as long': { columns: { loss: settled(600, slow(0.3, 200)) } },
    'swings without a rhythm': {
      columns: {
        loss: settled(600, (row) =>
          [0, 1, 2, 10, 11, 12].includes((Math.floor(row / 10) % 22) >> 0) && row % 20 < 10 ? 0.4 : 0,
        ),
      },
    },
    'next to nothing': {
      columns: { loss: rows(300, (row) => (1e-4 + 3 * Math.exp(-row / 5)) * (1 + alternating(0.3)(row))) },
    },
  },
  notEvaluated: {
    'sixty rows': { columns: { loss: settled(60, alternating(0.3)) }, missing: /80 rows/ },
    'a run that learns from rewards': {
      columns: { loss: settled(300, alternating(0.3)), reward: rows(300, () => 1) },
      missing: /rewards/,
    },
  },
};
