import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const found = (severity: 'info' | 'warning', fromStep: number): FindingCase['finds'] => [
  { symptom: 'gradient-spike', severity, fromStep },
];
/** Around 1, by a tenth up and down, and so many times as high in some rows. */
const norms = (count: number, height: (row: number) => number, noise = 0.1) =>
  rows(count, (row) => Math.exp(noise * Math.sin(row * 2.4)) * height(row));

export const cases: MonitorCases = {
  triggers: {
    'three hundred times as high': {
      columns: { grad_norm: norms(200, (row) => (row === 120 ? 300 : 1)) },
      finds: found('warning', 120),
    },
    'forty times as high': {
      columns: { grad_norm: norms(200, (row) => (row === 120 ? 40 : 1), 0.4) },
      finds: found('info', 120),
    },
    'forty times as high after a steady norm': {
      columns: { grad_norm: norms(200, (row) => (row === 120 ? 40 : 1)) },
      finds: found('warning', 120),
    },
    'fifteen times as high after a norm that hardly moves': {
      columns: { grad_norm: norms(200, (row) => (row === 120 ? 15 : 1), 0.01) },
      finds: found('info', 120),
    },
    'eight times as high': {
      columns: { grad_norm: norms(200, (row) => (row === 120 ? 8 : 1)) },
      finds: found('info', 120),
    },
    'thirty rows in': {
      columns: { grad_norm: norms(80, (row) => (row === 30 ? 300 : 1)) },
      finds: found('warning', 30),
    },
    'three thousand times as high from row 12 on': {
      columns: { grad_norm: norms(60, (row) => (row >= 12 && row < 18 ? 3e3 : 1)) },
      finds: [{ symptom: 'gradient-spike', severity: 'warning', fromStep: 12 }],
    },
    'two spikes far apart': {
      columns: { grad_norm: norms(2000, (row) => (row === 500 || row === 1500 ? 300 : 1)) },
      finds: [
        { symptom: 'gradient-spike', severity: 'warning', fromStep: 500 },
        { symptom: 'gradient-spike', severity: 'warning', fromStep: 1500 },
      ],
    },
    'a habit of eight spikes': {
      columns: { grad_norm: norms(1000, (row) => (row % 120 === 119 ? 3000 * (1 + row / 500) : 1)) },
      finds: [{ symptom: 'gradient-spike', severity: 'info' }],
    },
  },
  lookAlikes: {
    'three times as high': { columns: { grad_norm: norms(200, (row) => (row === 120 ? 3 : 1)) } },
    'a fall over orders of magnitude': { columns: { grad_norm: norms(200, (row) => 1000 * 0.95 ** row + 0.1) } },
    'row 8 of a run': { columns: { grad_norm: norms(60, (row) => (row === 8 ? 300 : 1)) } },
    'norms that swing by a factor of twelve': {
      columns: { grad_norm: norms(300, (row) => (row === 150 ? 12 : 1), 1.2) },
    },
    'heavy tails': {
      columns: { grad_norm: norms(400, (row) => (row % 37 === 20 ? 4.8 : row === 300 ? 6.5 : 1)) },
    },
  },
  notEvaluated: {
    'ten rows': { columns: { grad_norm: rows(10, () => 1) }, missing: /at least \d+ rows/ },
    'no gradient norm': { columns: { loss: rows(50, () => 1) }, missing: /gradient-norm/ },
  },
};
