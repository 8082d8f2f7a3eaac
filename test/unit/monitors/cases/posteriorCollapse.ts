import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 200;
/** From one level to another at a row. */
const falls = (to: number, from = 5, at = 100): number[] => rows(COUNT, (row) => (row < at ? from : to));
const flat = rows(COUNT, (row) => 44 + 0.2 * Math.sin(row * 2.4));
const found = (fromStep = 100): FindingCase['finds'] => [
  { symptom: 'other', severity: 'warning', fromStep: [fromStep - 5, fromStep + 5], toStep: COUNT - 1, open: true },
];

export const cases: MonitorCases = {
  triggers: {
    'a code of no nats': { columns: { loss: flat, kld: falls(0.002), recon_loss: flat }, finds: found() },
    'terms without their sum': { columns: { kld: falls(0.002), recon_loss: flat }, finds: found() },
    'once it carried a fifth of a nat': { columns: { kl: falls(0.0015, 0.2), recon_loss: flat }, finds: found() },
    'for the last quarter of the rows': {
      columns: { kl_loss: falls(0.002, 5, 145), reconstruction_loss: flat },
      finds: found(145),
    },
    'a reconstruction that gains a hundredth': {
      columns: { kl: falls(0.002), recon: rows(COUNT, (row) => 44 * (1 - row / 10000)) },
      finds: found(),
    },
    'in the hundredth row': {
      columns: { kl: falls(0.002, 5, 60).slice(0, 100), recon: flat.slice(0, 100) },
      finds: [{ symptom: 'other', severity: 'warning', fromStep: [55, 65] }],
    },
  },
  lookAlikes: {
    'a twentieth of a nat': { columns: { kl: falls(0.03, 50), recon: flat } },
    'small all along': { columns: { kl: falls(0.002, 0.05), recon: flat } },
    'for the last tenth of the rows': { columns: { kl: falls(0.002, 5, 185), recon: flat } },
    'a reconstruction that gets better': {
      columns: { kl: falls(0.002), recon: rows(COUNT, (row) => 44 * Math.exp(-row / 200)) },
    },
    'comes back': { columns: { kl: rows(COUNT, (row) => (row > 60 && row < 150 ? 0.002 : 5)), recon: flat } },
  },
  notEvaluated: {
    'thirty rows': {
      columns: { kl: falls(0.002).slice(0, 30), recon: flat.slice(0, 30) },
      missing: /at least \d+ rows/,
    },
    'a student and its teacher': { columns: { kl_loss: falls(0.002), loss: flat }, missing: /reconstruction/ },
    'a policy': {
      columns: { kl: falls(0.002), recon: flat, reward: rows(COUNT, (row) => row) },
      missing: /policy/,
    },
  },
};
