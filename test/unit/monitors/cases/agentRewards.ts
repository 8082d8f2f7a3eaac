import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 100;
const ripple = (row: number): number => 1 + 0.02 * Math.sin(row * 1.9);

export const cases: MonitorCases = {
  triggers: {
    'one agent gets tenths, the other tens': {
      columns: {
        'rewards/agent_0/mean': rows(COUNT, (row) => 0.5 * ripple(row)),
        'rewards/agent_0/std': rows(COUNT, (row) => 0.2 * ripple(row)),
        'rewards/agent_1/mean': rows(COUNT, (row) => 2.5 * ripple(row)),
        'rewards/agent_1/std': rows(COUNT, (row) => 1 * ripple(row)),
      },
      finds: [{ symptom: 'policy-collapse', severity: 'info', title: /within agent_0/ }],
    },
  },
  lookAlikes: {
    'rewards that overlap': {
      columns: {
        'rewards/agent_0/mean': rows(COUNT, () => 0.5),
        'rewards/agent_0/std': rows(COUNT, () => 0.4),
        'rewards/agent_1/mean': rows(COUNT, () => 0.9),
        'rewards/agent_1/std': rows(COUNT, () => 0.4),
      },
    },
    'apart in the first half only': {
      columns: {
        'rewards/agent_0/mean': rows(COUNT, (row) => (row < 50 ? 0 : 2.2)),
        'rewards/agent_0/std': rows(COUNT, () => 0.3),
        'rewards/agent_1/mean': rows(COUNT, () => 2.5),
        'rewards/agent_1/std': rows(COUNT, () => 0.3),
      },
    },
  },
  notEvaluated: {
    'functions that give rewards': {
      columns: {
        'rewards/format_reward/mean': rows(COUNT, () => 0.01),
        'rewards/format_reward/std': rows(COUNT, () => 0.01),
        'rewards/accuracy_reward/mean': rows(COUNT, () => 9),
        'rewards/accuracy_reward/std': rows(COUNT, () => 0.01),
      },
      missing: /two agents/,
    },
    'few rows': {
      columns: {
        'rewards/agent_0/mean': [0, 0],
        'rewards/agent_0/std': [0.1, 0.1],
        'rewards/agent_1/mean': [9, 9],
        'rewards/agent_1/std': [0.1, 0.1],
      },
      missing: /over \d+ rows/,
    },
  },
};
