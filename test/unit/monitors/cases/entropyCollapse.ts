import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 200;
/** From 2 down to a share of it, at a row. */
const falls = (share: number, at = 100) => rows(COUNT, (row) => (row < at ? 2 : 2 * share));
const still = rows(COUNT, (row) => 0.2 + 0.3 * Math.min(1, row / 80) - (row > 100 ? 0.3 : 0));
const found = (severity: 'info' | 'warning'): FindingCase['finds'] => [
  { symptom: 'policy-collapse', severity, fromStep: [95, 110] },
];

export const cases: MonitorCases = {
  triggers: {
    'certain of nothing': { columns: { entropy: falls(0.02), reward: still }, finds: found('warning') },
    'at 7 % of its start': { columns: { entropy: falls(0.07), reward: still }, finds: found('warning') },
    'no reward in the log': { columns: { entropy: falls(0.02) }, finds: found('info') },
    'logged as a term of the loss': {
      columns: { 'train/entropy_loss': falls(0.02).map((entropy) => -entropy), reward: still },
      finds: found('warning'),
    },
    'for the last sixth of the rows': {
      columns: { entropy: falls(0.02, 165), reward: rows(COUNT, (row) => (row < 20 ? 0 : row < 150 ? 1 : 0.1)) },
      finds: [{ symptom: 'policy-collapse', severity: 'warning', fromStep: [160, 175] }],
    },
  },
  lookAlikes: {
    'a policy that converges': {
      columns: { entropy: falls(0.02), reward: rows(COUNT, (row) => Math.min(1, row / 100)) },
    },
    'half of its gain kept': {
      columns: { entropy: falls(0.02), reward: rows(COUNT, (row) => (row < 10 ? 0 : row < 100 ? 1 : 0.5)) },
    },
    'at a third of its start': { columns: { entropy: falls(0.33), reward: still } },
    'for the last six rows': { columns: { entropy: falls(0.02, 194), reward: still } },
  },
  notEvaluated: {
    'thirty rows': { columns: { entropy: rows(30, () => 2) }, missing: /at least \d+ rows/ },
    'a density': { columns: { entropy: rows(COUNT, () => -1) }, missing: /positive entropy/ },
  },
};
