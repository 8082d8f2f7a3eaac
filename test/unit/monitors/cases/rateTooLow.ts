import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const crawling = (gain: number, count = 800): number[] =>
  rows(count, (row) => 5 * (1 - (gain * row) / count) + 0.002 * Math.sin(row * 2.4));
const still = rows(200, (row) => 5 - 0.0001 * row + 0.01 * Math.sin(row * 2.4));
const updates = (ratio: number, count = 200): number[] => rows(count, (row) => ratio * (1 + 0.1 * Math.sin(row * 2.4)));
const found = { symptom: 'learning-rate', severity: 'info', open: true } as const;

/** Falls to 0 in a straight line by a row and stays there. */
const switchedOffAt = (row: number, peak = 2e-3): number[] => rows(200, (now) => peak * Math.max(0, 1 - now / row));
/** Falls to 3 by row 40 and moves by a share from there on. */
const settled = (share = 0): number[] =>
  rows(
    200,
    (row) => (3 + 2 * Math.exp(-row / 8)) * (1 - (share * Math.max(0, row - 40)) / 80) + 0.01 * Math.sin(row * 2.4),
  );
const off = {
  symptom: 'learning-rate',
  severity: 'warning',
  fromStep: 40,
  toStep: 199,
  title: /80 % of the run/,
} as const;

export const cases: MonitorCases = {
  triggers: {
    'a schedule that ends after a fifth of the run': {
      columns: { loss: settled(), lr: switchedOffAt(40) },
      finds: [off],
    },
    'a loss that drifts by a hundredth': { columns: { loss: settled(0.01), lr: switchedOffAt(40) }, finds: [off] },
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
    'a schedule that ends with the run': {
      columns: { loss: settled(), lr: switchedOffAt(160), 'update-ratio/fc.weight': updates(1e-4) },
    },
    'a rate that is rounded to 0': {
      columns: {
        loss: settled(),
        lr: switchedOffAt(40).map((rate) => Math.round(rate * 1e4) / 1e4),
        'update-ratio/fc.weight': updates(1e-4),
      },
    },
    'another group that goes on': {
      columns: { loss: settled(0.1), lr: switchedOffAt(40), 'update-ratio/fc.weight': updates(1e-4) },
    },
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
