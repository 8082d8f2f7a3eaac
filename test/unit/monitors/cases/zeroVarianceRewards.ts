import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 200;
const share = (to: number, from = 100, until = Infinity) =>
  rows(COUNT, (row) => (row >= from && row < until ? to : 0.1));
const found = (severity: 'info' | 'warning'): FindingCase['finds'] => [
  { symptom: 'policy-collapse', severity, fromStep: 100 },
];

export const cases: MonitorCases = {
  triggers: {
    'all groups agree': { columns: { frac_reward_zero_std: share(1) }, finds: found('warning') },
    'nineteen groups of twenty agree': { columns: { frac_reward_zero_std: share(0.95) }, finds: found('warning') },
    'seven groups of ten agree': { columns: { frac_reward_zero_std: share(0.7) }, finds: found('info') },
    'no spread at all': {
      columns: { reward_std: rows(COUNT, (row) => (row < 100 ? 0.3 : 0)) },
      finds: found('warning'),
    },
    'no spread but rounding': {
      columns: { reward_std: rows(COUNT, (row) => (row < 100 ? 0.3 : 2e-7)) },
      finds: found('warning'),
    },
    'thirty rows': { columns: { frac_reward_zero_std: share(1, 100, 130) }, finds: found('warning') },
    'solved one by one': {
      columns: {
        frac_reward_zero_std: rows(COUNT, (row) => Math.min(1, row / 100)),
        reward: rows(COUNT, (row) => Math.min(1, row / 100)),
      },
      finds: [{ symptom: 'policy-collapse', severity: 'info' }],
    },
    'a spread that fades as the reward nears its top': {
      columns: {
        reward_std: rows(COUNT, (row) => (row < 100 ? 0.3 * 0.96 ** row : 0)),
        reward: rows(COUNT, (row) => 1 - 0.96 ** row),
      },
      finds: [{ symptom: 'policy-collapse', severity: 'info' }],
    },
    'a spread that fades while the reward is at three quarters of its best': {
      columns: {
        reward_std: rows(COUNT, (row) => (row < 100 ? 0.3 * 0.96 ** row : 0)),
        reward: rows(COUNT, (row) => (row < 50 ? row / 50 : 0.75)),
      },
      finds: found('warning'),
    },
    'a spread that stops while the reward is at its top': {
      columns: {
        reward_std: rows(COUNT, (row) => (row < 100 ? 0.3 : 0)),
        reward: rows(COUNT, (row) => Math.min(1, row / 100)),
      },
      finds: found('warning'),
    },
  },
  lookAlikes: {
    'single batches': { columns: { frac_reward_zero_std: rows(COUNT, (row) => (row % 5 === 0 ? 1 : 0.1)) } },
    'four groups of ten agree': { columns: { frac_reward_zero_std: share(0.4) } },
    'ten rows': { columns: { frac_reward_zero_std: share(1, 100, 110) } },
    'a small spread': { columns: { reward_std: rows(COUNT, (row) => (row < 100 ? 0.3 : 0.001)) } },
    'a tiny spread': { columns: { reward_std: rows(COUNT, (row) => (row < 100 ? 0.3 : 2e-6)) } },
  },
  notEvaluated: {
    'ten rows of rewards': { columns: { reward_std: rows(10, () => 0.3) }, missing: /at least \d+ rows/ },
    'no spread in the log': { columns: { reward: rows(100, () => 1) }, missing: /reward-std/ },
  },
};
