import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const learned = (count = 40, top = 0.9): number[] => rows(count, (row) => top * (1 - Math.exp(-row / 3)));
const low = (score: number, count = 40): number[] => rows(count, (row) => score * (1 + 0.2 * Math.sin(row)));
const classes = (...scores: readonly (readonly number[])[]) =>
  Object.fromEntries(scores.map((values, at) => [`val/acc_class_${at}`, values]));
const found = { symptom: 'data', severity: 'info', open: true } as const;

export const cases: MonitorCases = {
  triggers: {
    'one of four at zero': {
      columns: classes(low(0), learned(), learned(), learned()),
      finds: [{ ...found, fromStep: 0, toStep: 39, title: /1 of 4 classes is/ }],
    },
    'two of five, in percent': {
      columns: classes(low(3), low(2), ...[1, 2, 3].map(() => learned(40, 90))),
      finds: [{ ...found, title: /2 of 5 classes are/ }],
    },
    'at a twentieth, over ten rows': {
      columns: classes(low(0.04, 10), ...[1, 2].map(() => rows(10, (row) => (row < 3 ? 0.4 : 0.8)))),
      finds: [found],
    },
    'of usual classes that are half learned, still gaining a little': {
      columns: classes(low(0.01), ...[1, 2].map(() => rows(40, (row) => 0.5 + 0.002 * row))),
      finds: [found],
    },
  },
  lookAlikes: {
    'a harder class': { columns: classes(low(0.3), learned(), learned()) },
    'while the usual class still gains': {
      columns: classes(low(0), ...[1, 2].map(() => rows(40, (row) => 0.02 * row))),
    },
    'where nothing is learned yet': { columns: classes(low(0), low(0.3), low(0.3)) },
    'all classes learned': { columns: classes(learned(), learned(), learned()) },
  },
  notEvaluated: {
    'two classes': { columns: classes(low(0), learned()), missing: /3 classes/ },
    'eight rows': { columns: classes(low(0, 8), learned(8), learned(8)), missing: /10 scores/ },
    'no classes': { columns: { val_acc: learned() }, missing: /class-score/ },
  },
};
