import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

/** 65,536 until a row, then halved in every second row down to a floor. */
const collapsing = (from: number, halvings: number) =>
  rows(200, (row) => 65_536 / 2 ** Math.min(halvings, Math.max(0, Math.floor((row - from) / 2))));

export const cases: MonitorCases = {
  triggers: {
    'halved again and again': {
      columns: { loss_scale: collapsing(100, 10) },
      finds: [{ symptom: 'precision', severity: 'warning', fromStep: [100, 104] }],
    },
    'down to 1': {
      columns: { loss_scale: rows(200, (row) => (row < 30 ? 32 : row < 60 ? 8 : 1)) },
      finds: [{ symptom: 'precision', severity: 'warning', confidence: 0.9 }],
    },
    'down to where frameworks give up': {
      columns: { loss_scale: collapsing(100, 31) },
      finds: [{ symptom: 'precision', severity: 'error' }],
    },
    'settled for 30 rows': {
      columns: { loss_scale: rows(80, (row) => 65_536 / 2 ** Math.max(0, Math.min(9, row - 30))) },
      finds: [{ symptom: 'precision', severity: 'warning' }],
    },
    'down to a hundredth': {
      columns: { loss_scale: collapsing(100, 23) },
      finds: [{ symptom: 'precision', severity: 'warning' }],
    },
  },
  lookAlikes: {
    constant: { columns: { loss_scale: rows(200, () => 1) } },
    'halved twice': { columns: { loss_scale: collapsing(100, 2) } },
    'the search at the start': { columns: { loss_scale: rows(200, (row) => 2 ** Math.max(14, 32 - row)) } },
    'a small static scale that is lowered': { columns: { loss_scale: rows(200, (row) => (row < 100 ? 4 : 1)) } },
  },
  notEvaluated: {
    'ten rows': { columns: { loss_scale: rows(10, () => 65_536) }, missing: /at least \d+ rows/ },
    'no scale': { columns: { loss: rows(50, () => 1) }, missing: /loss-scale/ },
  },
};
