import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 40;
const newer = rows(COUNT, (row) => (row < 20 ? 0.2 : Math.min(0.9, 0.2 + (row - 20) / 4)));
const older = (low: number, end: number): number[] =>
  rows(COUNT, (row) => (row < 20 ? Math.min(0.9, row / 8) : row < 24 ? low : end));
const found = { symptom: 'data', severity: 'info' } as const;

export const cases: MonitorCases = {
  triggers: {
    'a gap that closes': {
      columns: { 'eval/a/accuracy': older(0.4, 0.88), 'eval/b/accuracy': newer },
      finds: [{ ...found, open: false, toStep: 20, title: /came back/ }],
    },
    'a task that is forgotten': {
      columns: { 'eval/a/accuracy': older(0.6, 0.3), 'eval/b/accuracy': newer },
      finds: [{ ...found, open: true, toStep: 39, explanation: /forgotten/ }],
    },
    'by a seventh, half of it won back': {
      columns: { 'eval/a/accuracy': older(0.76, 0.82), 'eval/b/accuracy': newer },
      finds: [{ ...found, open: true }],
    },
    'evaluated from the switch on, in percent': {
      columns: {
        'eval/a/accuracy': older(0.4, 0.5).map((value) => 100 * value),
        'eval/b/accuracy': rows(COUNT, (row) => (row < 20 ? undefined : 10 + 2 * (row - 20)) as number),
      },
      finds: [found],
    },
    'ten evaluations': {
      columns: {
        'eval/a/accuracy': [0.2, 0.6, 0.9, 0.9, 0.9, 0.4, 0.4, 0.4, 0.4, 0.4],
        'eval/b/accuracy': [0.2, 0.2, 0.2, 0.2, 0.2, 0.8, 0.9, 0.9, 0.9, 0.9],
      },
      finds: [found],
    },
  },
  lookAlikes: {
    'side by side': { columns: { 'eval/a/accuracy': newer, 'eval/b/accuracy': newer } },
    'a loss of a twentieth': { columns: { 'eval/a/accuracy': older(0.85, 0.85), 'eval/b/accuracy': newer } },
    'a fall while the other one stands still': {
      columns: { 'eval/a/accuracy': older(0.4, 0.4), 'eval/b/accuracy': rows(COUNT, () => 0.5) },
    },
    'a fall while the other one gains a tenth': {
      columns: { 'eval/a/accuracy': older(0.4, 0.4), 'eval/b/accuracy': rows(COUNT, (row) => (row < 20 ? 0.5 : 0.6)) },
    },
  },
  notEvaluated: {
    'five evaluations': {
      columns: { 'eval/a/accuracy': older(0.4, 0.4).slice(0, 5), 'eval/b/accuracy': newer.slice(0, 5) },
      missing: /8 accuracies/,
    },
    'one task': { columns: { 'eval/a/accuracy': older(0.4, 0.4) }, missing: /two tasks/ },
    'no tasks': { columns: { val_acc: newer }, missing: /eval\/\*\/accuracy/ },
  },
};
