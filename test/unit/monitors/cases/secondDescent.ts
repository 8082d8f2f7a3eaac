import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 120;
const loss = rows(COUNT, (row) => 2 * Math.exp(-row / 40) + 0.01);
/** Falls to 1, rises to `1 + rise` around row 40, and falls again. */
const hump = (rise: number, undone: number): number[] =>
  rows(COUNT, (row) => {
    const down = 1 + Math.exp(-row / 4);
    const up = rise / (1 + Math.exp(-(row - 25) / 3));
    const again = (rise * undone) / (1 + Math.exp(-(row - 70) / 6));
    return down + up - again;
  });
const found = { symptom: 'other', severity: 'info', open: true, toStep: COUNT - 1 } as const;

export const cases: MonitorCases = {
  triggers: {
    'up by a half, and down': {
      columns: { loss, val_loss: hump(0.5, 0.9) },
      finds: [{ ...found, fromStep: [8, 22], title: /second time/ }],
    },
    'up by a seventh, half of it undone': {
      columns: { loss, val_loss: hump(0.17, 0.5) },
      finds: [found],
    },
    'in noise': {
      columns: { loss, val_loss: hump(0.5, 0.9).map((value, row) => value + 0.03 * Math.sin(row * row * 2.4)) },
      finds: [found],
    },
    'while the training loss falls slowly': {
      columns: { loss: rows(COUNT, (row) => 1 - 0.002 * row), val_loss: hump(0.5, 0.9) },
      finds: [found],
    },
    'with late generalisation': {
      columns: {
        loss,
        val_loss: hump(3, 0.9),
        train_acc: rows(COUNT, (row) => Math.min(1, 0.1 + row / 10)),
        val_acc: rows(COUNT, (row) => (row < 60 ? 0.05 : Math.min(0.95, 0.05 + (row - 60) / 40))),
      },
      finds: [{ ...found, explanation: /grokking/ }],
    },
    'learned by heart, with an accuracy that stands still': {
      columns: {
        loss,
        val_loss: hump(3, 0.9),
        train_acc: rows(COUNT, () => 1),
        val_acc: rows(COUNT, (row) => 0.05 + 0.0002 * row),
      },
      finds: [{ ...found, explanation: /double descent/ }],
    },
    'not quite learned by heart': {
      columns: {
        loss,
        val_loss: hump(0.5, 0.9),
        train_acc: rows(COUNT, () => 0.9),
        val_acc: rows(COUNT, (row) => 0.5 + 0.003 * row),
      },
      finds: [{ ...found, explanation: /double descent/ }],
    },
    'at the same learning rate': {
      columns: { loss, val_loss: hump(0.5, 0.9), lr: rows(COUNT, (row) => 1e-3 * (1 - (0.3 * row) / COUNT)) },
      finds: [found],
    },
  },
  lookAlikes: {
    'plain overfitting': { columns: { loss, val_loss: hump(0.5, 0) } },
    'a quarter undone': { columns: { loss, val_loss: hump(0.5, 0.25) } },
    'up by a twentieth': { columns: { loss, val_loss: hump(0.05, 0.9) } },
    'a blow to the weights': {
      columns: {
        loss: rows(COUNT, (row) => 1 + (row > 22 && row < 75 ? 0.5 : 0)),
        val_loss: hump(0.5, 0.9),
      },
    },
    'a learning rate divided by ten': {
      columns: { loss, val_loss: hump(0.5, 0.9), lr: rows(COUNT, (row) => (row < 65 ? 1e-3 : 1e-4)) },
    },
    'two bad evaluations': {
      columns: { loss, val_loss: rows(COUNT, (row) => 1 + Math.exp(-row / 4) + (row === 60 || row === 61 ? 1 : 0)) },
    },
    noise: { columns: { loss, val_loss: rows(COUNT, (row) => 1 + 0.3 * Math.sin(row * row * 2.4)) } },
    'a wobble': { columns: { loss, val_loss: rows(COUNT, (row) => 1 + 0.3 * Math.sin(row / 4)) } },
  },
  notEvaluated: {
    'eight evaluations': {
      columns: { loss: loss.slice(0, 8), val_loss: hump(0.5, 0.9).slice(0, 8) },
      missing: /12 rows/,
    },
    'no training loss': { columns: { val_loss: hump(0.5, 0.9) }, missing: /train\/loss/ },
  },
};
