import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 60;
const batch = (after: number): number[] => rows(COUNT, (row) => (row < 30 ? 64 : after));
const rate = (after: number): number[] => rows(COUNT, (row) => (row < 30 ? 1e-3 : after));
const found = { symptom: 'learning-rate', severity: 'info', fromStep: 30 } as const;

export const cases: MonitorCases = {
  triggers: {
    'four times as large': {
      columns: { batch_size: batch(256), lr: rate(1e-3) },
      finds: [{ ...found, title: /4 times/, explanation: /SGD.*Adam/ }],
    },
    'twice as large, with Adam': {
      columns: { batch_size: batch(128), lr: rate(1e-3) },
      configuration: { optimizer: 'AdamW' },
      finds: [{ ...found, explanation: /square root of the factor: about 0\.00141/ }],
    },
    'a quarter': { columns: { batch_size: batch(16), lr: rate(1e-3) }, finds: [found] },
    'a rate that moves a little': { columns: { batch_size: batch(256), lr: rate(1.2e-3) }, finds: [found] },
    'four rows before the end': {
      columns: { batch_size: batch(256).slice(0, 34), lr: rate(1e-3).slice(0, 34) },
      finds: [found],
    },
  },
  lookAlikes: {
    'a rate that follows': { columns: { batch_size: batch(256), lr: rate(4e-3) } },
    'by the square root': { columns: { batch_size: batch(256), lr: rate(2e-3) } },
    'two rows later': {
      columns: { batch_size: batch(256), lr: rows(COUNT, (row) => (row < 32 ? 1e-3 : 4e-3)) },
    },
    'a ramp': { columns: { batch_size: rows(COUNT, (row) => 64 + 16 * row), lr: rate(1e-3) } },
    'half as much again': { columns: { batch_size: batch(96), lr: rate(1e-3) } },
  },
  notEvaluated: {
    'one row': { columns: { batch_size: [64], lr: [1e-3] }, missing: /2 rows/ },
    'no rate': { columns: { batch_size: batch(256) }, missing: /learning-rate/ },
  },
};
