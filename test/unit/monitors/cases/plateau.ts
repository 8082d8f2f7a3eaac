import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { fallingLoss, rows } from '../observe.js';

const stuck: FindingCase['finds'] = [{ symptom: 'plateau', severity: 'warning' }];
const hum = (row: number, share = 0.003): number => 1 + share * Math.sin(row * 1.7);

export const cases: MonitorCases = {
  triggers: {
    'nothing learned': {
      columns: { loss: rows(500, (row) => 10.9 * hum(row)) },
      finds: [{ ...stuck[0]!, open: true }],
    },
    'sixty rows at ln 10': { columns: { loss: rows(60, (row) => Math.log(10) * hum(row)) }, finds: stuck },
    'fifteen epochs': { columns: { 'train/epoch_loss': rows(15, (row) => 1.9 * hum(row)) }, finds: stuck },
    'stuck at four fifths after a short fall': {
      columns: { loss: rows(600, (row) => (8 + 2 * Math.exp(-row / 10)) * hum(row)) },
      finds: stuck,
    },
    'stuck for the first half': {
      columns: { loss: rows(600, (row) => (row < 320 ? 10 : 2 + 8 * Math.exp((320 - row) / 30)) * hum(row)) },
      finds: [{ symptom: 'plateau', severity: 'warning', open: false }],
    },
    'creeping down, slower and slower': {
      columns: { loss: rows(500, (row) => (10.9 - 0.2 * Math.sqrt(row / 500)) * hum(row, 0.01)) },
      finds: stuck,
    },
    'a fall at its end that is lost in its noise': {
      columns: { loss: rows(210, (row) => (3 - 0.03 * (row / 210) ** 2) * hum(row, 0.016)) },
      finds: stuck,
    },
    'a fall at its end of a thousandth': {
      columns: { loss: rows(500, (row) => (3 - 0.012 * (row / 500) ** 2) * hum(row, 0.001)) },
      finds: stuck,
    },
    'a little noise': { columns: { loss: rows(500, (row) => 10.9 * hum(row, 0.012)) }, finds: stuck },
    'a rate at a twentieth of its peak': {
      columns: { loss: rows(500, (row) => 10.9 * hum(row)), lr: rows(500, (row) => (row < 5 ? 1e-3 : 5e-5)) },
      finds: stuck,
    },
    'ten classes, creeping down to their frequencies': {
      columns: { loss: rows(500, (row) => (2.16 + 0.15 * Math.exp(-row / 60)) * hum(row, 0.02)) },
      finds: stuck,
    },
    'a warmup that is over': {
      columns: { loss: rows(500, (row) => 10.9 * hum(row)), lr: rows(500, (row) => 1e-3 * Math.min(1, row / 100)) },
      finds: stuck,
    },
    'an evaluation that gains 1 %': {
      columns: {
        loss: rows(500, (row) => 10.9 * hum(row)),
        val_loss: rows(500, (row) => (row % 50 === 49 ? 10.9 - row / 5000 : undefined) as number),
      },
      finds: stuck,
    },
  },
  lookAlikes: {
    'a flat tail': { columns: { loss: rows(800, fallingLoss) } },
    'a flat stretch that begins at a third': {
      columns: { loss: rows(900, (row) => 10 * hum(row) - Math.min(row, 300) / 150) },
    },
    'a short flat beginning': {
      columns: { loss: rows(2000, (row) => (row < 300 ? 10 : 2 + 8 * Math.exp((300 - row) / 300)) * hum(row)) },
    },
    'a slow start that speeds up': {
      columns: { loss: rows(560, (row) => (3 - 0.06 * (row / 560) ** 2) * hum(row, 0.01)) },
    },
    'a slow but steady fall': { columns: { loss: rows(500, (row) => (10.9 - row / 100) * hum(row)) } },
    'converged at half of its start': {
      columns: { loss: rows(600, (row) => (5 + 5 * Math.exp(-row / 10)) * hum(row)) },
    },
    'a noise floor': { columns: { loss: rows(500, (row) => 2 * hum(row, 0.15)) } },
    'a run whose configuration knows of checkpoints, and used none': {
      columns: { loss: rows(800, fallingLoss) },
      configuration: { resume_from_checkpoint: 'None' },
    },
    'ln 10 while the rate rises': {
      columns: { loss: rows(120, (row) => Math.log(10) * hum(row)), lr: rows(120, (row) => 1e-5 * (1 + row)) },
    },
    'ln 10 for sixty rows, and then a fall': {
      columns: { loss: rows(90, (row) => Math.log(10) * (row < 60 ? 1 : 0.97 ** (row - 59)) * hum(row)) },
    },
    'the rate is off': {
      columns: { loss: rows(500, (row) => 10.9 * hum(row)), lr: rows(500, (row) => (row < 5 ? 1e-3 : 1e-7)) },
    },
    'an evaluation that gains a tenth': {
      columns: {
        loss: rows(500, (row) => 10.9 * hum(row)),
        val_loss: rows(500, (row) => (row % 50 === 49 ? 10.9 - row / 500 : undefined) as number),
      },
    },
    'a hundred rows away from any number of classes': { columns: { loss: rows(100, (row) => 10.4 * hum(row)) } },
    'ten classes, creeping on': { columns: { loss: rows(500, (row) => (2.3 - row / 2000) * hum(row, 0.02)) } },
    'ten classes, at five sixths of guessing': {
      columns: { loss: rows(500, (row) => (1.92 + 0.38 * Math.exp(-row / 60)) * hum(row, 0.02)) },
    },
    'fine-tuning that gains little': {
      columns: { loss: rows(500, (row) => (2.14 + 0.08 * Math.exp(-row / 60)) * hum(row, 0.035)) },
    },
    'preferences at ln 2': {
      columns: { loss: rows(500, (row) => (0.65 + 0.043 * Math.exp(-row / 60)) * hum(row, 0.02)) },
    },
    'ten classes that are learned late': {
      columns: {
        loss: rows(500, (row) => (row < 260 ? 2.25 : 1 + 1.25 * Math.exp((260 - row) / 40)) * hum(row, 0.035)),
      },
    },
    'a hundred rows between ln 10 and ln 20': { columns: { loss: rows(100, (row) => 2.5 * hum(row)) } },
    'a hundred rows that came down to ln 3': {
      columns: { loss: rows(100, (row) => (Math.log(3) + 0.12 * Math.exp(-row / 4)) * hum(row)) },
    },
  },
  notEvaluated: {
    'thirty rows': { columns: { loss: rows(30, () => 10) }, missing: /at least \d+ rows/ },
    'seven epochs': { columns: { 'train/epoch_loss': rows(7, () => 2.3) }, missing: /epochs/ },
    'a run that goes on from a checkpoint': {
      columns: { loss: rows(500, (row) => 1.2 * hum(row)) },
      configuration: { 'job/resume_from_checkpoint': '/runs/first/step-400.pt' },
      missing: /beginning of the run/,
    },
    rewards: { columns: { loss: rows(500, () => 1), reward: rows(500, (row) => row) }, missing: /rewards/ },
  },
};
