import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 300;
/** Rows 0 to 199, then on from step 150. */
const steps = rows(COUNT, (row) => (row < 200 ? row : row - 50));
const level = (step: number): number => (2 + 4 * 0.99 ** step) * (1 + 0.01 * Math.sin(step * 2.4));
/** The loss times something, by how many rows after the resume it is. */
const resumed = (times: (after: number) => number, noise = 0) =>
  rows(COUNT, (row) => level(steps[row] ?? 0) * (row < 200 ? 1 : times(row - 200)) + noise * Math.sin(row * 2.1));
const found = (severity: 'info' | 'warning'): FindingCase['finds'] => [{ symptom: 'resume', severity, fromStep: 150 }];

export const cases: MonitorCases = {
  triggers: {
    'twice as high for good': { columns: { loss: resumed(() => 2) }, steps, finds: found('warning') },
    'twice as high, back after 20 rows': {
      columns: { loss: resumed((after) => (after < 20 ? 2 : 1)) },
      steps,
      finds: found('info'),
    },
    'three times as high, and a half higher in the end': {
      columns: { loss: resumed((after) => 1.4 + 1.6 * Math.exp(-after / 8)) },
      steps,
      finds: found('warning'),
    },
    'a third higher for good': { columns: { loss: resumed(() => 1.35) }, steps, finds: found('info') },
    'forty rows before': {
      columns: { loss: rows(100, (row) => level(row < 40 ? row : row - 20) * (row < 40 ? 1 : 2)) },
      steps: rows(100, (row) => (row < 40 ? row : row - 20)),
      finds: [{ symptom: 'resume', severity: 'warning', fromStep: 20 }],
    },
    'twelve rows after': {
      columns: { loss: resumed(() => 2).slice(0, 212) },
      steps,
      finds: found('info'),
    },
  },
  lookAlikes: {
    'goes on where it was': { columns: { loss: resumed(() => 1) }, steps },
    'a tenth higher': { columns: { loss: resumed(() => 1.1) }, steps },
    'noise as wide': { columns: { loss: resumed(() => 1.3, 1.5) }, steps },
    'three rows': { columns: { loss: resumed((after) => (after < 3 ? 3 : 1)) }, steps },
  },
  notEvaluated: {
    'no resume': { columns: { loss: rows(COUNT, level) }, missing: /resumed run/ },
    'a new run in the same log': {
      columns: { loss: rows(COUNT, (row) => level(row % 150)) },
      steps: rows(COUNT, (row) => row % 150),
      missing: /resumed run/,
    },
    'resumed after ten rows': {
      columns: { loss: rows(100, (row) => (row < 10 ? 1 : 3)) },
      steps: rows(100, (row) => (row < 10 ? row : row - 5)),
      missing: /resumed run/,
    },
  },
};
