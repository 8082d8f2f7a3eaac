import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const crawling = (gain: number, count = 800): number[] =>
  rows(count, (row) => 5 * (1 - (gain * row) / count) + 0.002 * Math.sin(row * 2.4));
const still = rows(200, (row) => 5 - 0.0001 * row + 0.01 * Math.sin(row * 2.4));
const updates = (ratio: number, count = 200): number[] => rows(count, (row) => ratio * (1 + 0.1 * Math.sin(row * 2.4)));
const found = { symptom: 'learning-rate', severity: 'info', open: true } as const;

export const cases: MonitorCases = {
  triggers: {
    'updates of a hundred-thousandth': {
      columns: { loss: still, 'update-ratio/fc.weight': updates(1e-5) },
      finds: [{ ...found, fromStep: 0, toStep: 199, title: /e-5|1e-5/ }],
    },
    'seen after fifty rows': {
      columns: { loss: still.slice(0, 60), 'update-ratio/fc.weight': updates(1e-5, 60) },
      finds: [found],
    },
    'a loss that crawls': {
      columns: { loss: crawling(0.02) },
      finds: [{ ...found, fromStep: 0, toStep: 799, title: /crawls/ }],
    },
    'at a constant rate, by nearly five percent': {
      columns: { loss: crawling(0.05), lr: rows(800, () => 1e-6) },
      finds: [found],
    },
    'a little more slowly at the end': {
      columns: { loss: rows(800, (row) => 5 * (1 - 0.03 * (1 - Math.exp(-row / 2000)))) },
      finds: [found],
    },
  },
  lookAlikes: {
    'usual updates': { columns: { loss: still, 'update-ratio/fc.weight': updates(1e-4) } },
    'short updates at the end of a decay': {
      columns: {
        loss: still,
        'update-ratio/fc.weight': updates(1e-5),
        lr: rows(200, (row) => 1e-3 * (1 - row / 200) + 1e-5),
      },
    },
    'short updates of a loss that has come down': {
      columns: { loss: rows(200, (row) => 1 + 4 * Math.exp(-row / 20)), 'update-ratio/fc.weight': updates(1e-5) },
    },
    'down by a twentieth less than a fifth': { columns: { loss: crawling(0.15) } },
    'a loss that settles': { columns: { loss: rows(800, (row) => 5 * (1 - 0.03 * (1 - Math.exp(-row / 300)))) } },
    'a flat loss': { columns: { loss: rows(800, (row) => 5 + 0.05 * Math.sin(row * row * 2.4)) } },
    'a loss that rises at times': {
      columns: { loss: rows(800, (row) => 5 * (1 - 0.02 * (row / 800)) + 0.05 * Math.sin(row / 30)) },
    },
    'a long warmup': { columns: { loss: crawling(0.02), lr: rows(800, (row) => 1e-6 * (row + 1)) } },
  },
  notEvaluated: {
    'three hundred rows': { columns: { loss: crawling(0.02, 300) }, missing: /400 rows.*50 of update-ratio/ },
    'a log that begins late': {
      columns: { loss: crawling(0.02) },
      steps: rows(800, (row) => 5000 + row),
      missing: /from the first steps/,
    },
    'a run that learns from rewards': {
      columns: { loss: crawling(0.02), reward: rows(10, () => 1) },
      missing: /rewards/,
    },
  },
};
