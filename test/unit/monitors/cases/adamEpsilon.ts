import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const around = (ratio: number, count = 40): number[] => rows(count, (row) => ratio * (1 + 0.2 * Math.sin(row * 2.4)));
const tensors = (ratios: readonly number[], count = 40) =>
  Object.fromEntries(ratios.map((ratio, at) => [`moment/layers.${at}.weight/rms-over-epsilon`, around(ratio, count)]));

export const cases: MonitorCases = {
  triggers: {
    'in most tensors': {
      columns: tensors([0.3, 0.5, 40]),
      finds: [{ symptom: 'precision', severity: 'warning', fromStep: 0, toStep: 39, title: /2 of 3/ }],
    },
    'in one of four': {
      columns: tensors([0.3, 20, 30, 40], 20),
      finds: [{ symptom: 'precision', severity: 'info', title: /1 of 4/ }],
    },
    'as they shrink': {
      columns: { 'moment/a.weight/rms-over-epsilon': rows(80, (row) => 100 * 0.9 ** row) },
      finds: [{ symptom: 'precision', severity: 'warning', toStep: 79 }],
    },
  },
  lookAlikes: {
    'a few times epsilon': { columns: tensors([4, 5]) },
    'below it for eight rows': {
      columns: { 'moment/a.weight/rms-over-epsilon': rows(60, (row) => (row > 30 && row < 39 ? 0.1 : 9)) },
    },
    'above it again': {
      columns: { 'moment/a.weight/rms-over-epsilon': rows(90, (row) => (row < 40 ? 0.2 : 12)) },
    },
  },
  notEvaluated: {
    'ten rows': { columns: tensors([0.3], 10), missing: /20 rows/ },
    'another moment': { columns: { 'moment/a.weight/spike': around(0.3) }, missing: /rms-over-epsilon/ },
  },
};
