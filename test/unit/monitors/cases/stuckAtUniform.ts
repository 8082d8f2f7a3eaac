import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const chance = (classes: number, count = 200): number[] =>
  rows(count, (row) => Math.log(classes) * (1 + 0.004 * Math.sin(row * 2.4)));
const accuracy = (share: number, count = 200): number[] =>
  rows(count, (row) => share * (1 + 0.05 * Math.sin(row * 1.7)));
const found = { symptom: 'plateau', severity: 'warning', open: true } as const;

export const cases: MonitorCases = {
  triggers: {
    'seven classes, as loss and accuracy say': {
      columns: { loss: chance(7), acc: accuracy(1 / 7) },
      finds: [{ ...found, fromStep: 0, toStep: 199, title: /7 classes/, confidence: 0.85 }],
    },
    'the number of classes in the configuration': {
      columns: { loss: chance(50_304) },
      configuration: { vocab_size: 50_304 },
      finds: [{ ...found, confidence: 0.7 }],
    },
    'after a collapse, for half of the run': {
      columns: { loss: rows(400, (row) => (row < 200 ? 1 : 2.306)), acc: accuracy(0.1, 400) },
      finds: [{ ...found, fromStep: [198, 204] }],
    },
    'accuracy in percent, a little above, over a hundred rows': {
      columns: { loss: chance(10, 100), acc: accuracy(11, 100) },
      finds: [found],
    },
    'with a batch that stands out now and then': {
      columns: { loss: rows(200, (row) => Math.log(7) * (row % 25 < 3 ? 1.1 : 1)), acc: accuracy(1 / 7) },
      finds: [found],
    },
    'a rate that has reached its peak': {
      columns: { loss: chance(7), acc: accuracy(1 / 7), lr: rows(200, (row) => (row < 20 ? row / 20 : 0.99)) },
      finds: [found],
    },
  },
  lookAlikes: {
    'a loss of smoothed labels, six percent above': {
      columns: { loss: chance(7).map((value) => 1.06 * value) },
      configuration: { num_classes: 7 },
    },
    'an accuracy that says otherwise': { columns: { loss: chance(7), acc: accuracy(0.4) } },
    'an accuracy a fifth above': { columns: { loss: chance(7), acc: accuracy(1.22 / 7) } },
    'between two such losses': {
      columns: { loss: rows(200, () => 0.5 * (Math.log(2) + Math.log(3))), acc: accuracy(0.4) },
    },
    'left again': {
      columns: { loss: rows(200, (row) => (row < 150 ? Math.log(7) : 1.2)), acc: accuracy(1 / 7) },
    },
    'for the last fifth': {
      columns: { loss: rows(1000, (row) => (row < 800 ? 1 : 2.3026)), acc: accuracy(0.1, 1000) },
    },
    'a loss that passes by': { columns: { loss: rows(300, (row) => 2.5 - row / 600), acc: accuracy(0.1, 300) } },
    'a warmup': {
      columns: { loss: chance(7), acc: accuracy(1 / 7), lr: rows(200, (row) => 1e-6 * (row + 1)) },
    },
    'too many classes to guess': { columns: { loss: chance(5000), acc: accuracy(1 / 5000) } },
  },
  notEvaluated: {
    'eighty rows': { columns: { loss: chance(7, 80), acc: accuracy(1 / 7, 80) }, missing: /100 rows/ },
    'neither an accuracy nor a number of classes': { columns: { loss: chance(7) }, missing: /number of classes/ },
    'a run that learns from rewards': {
      columns: { loss: chance(7), acc: accuracy(1 / 7), reward: rows(10, () => 1) },
      missing: /rewards/,
    },
  },
};
