import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 150;
const dormant = rows(COUNT, (row) => 0.05 + 0.003 * row);
const rank = rows(COUNT, (row) => 0.6 * Math.exp(-row / 60));
const weights = rows(COUNT, (row) => 10 + 0.3 * row);
const lost = rows(COUNT, (row) => (row < 60 ? row / 60 : Math.max(0.1, 1 - (row - 60) / 15)));
const kept = rows(COUNT, (row) => Math.min(1, row / 60));
const probes = (last: number): (number | undefined)[] =>
  rows(COUNT, (row) => 1 + ((last - 1) * row) / 125).map((value, row) => (row % 25 === 0 ? value : undefined));

export const cases: MonitorCases = {
  triggers: {
    'a probe that ends three times as high': {
      columns: { 'plasticity-probe': probes(3) },
      finds: [{ symptom: 'plasticity', severity: 'warning', title: /3 times worse/ }],
    },
    'a probe that ends half as high again': {
      columns: { 'plasticity-probe': probes(1.5) },
      finds: [{ symptom: 'plasticity', severity: 'info' }],
    },
    'units die, the rank falls, and so does the reward': {
      columns: { 'activation/features/dormant': dormant, 'activation/features/rank': rank, reward: lost },
      finds: [
        {
          symptom: 'plasticity',
          severity: 'warning',
          explanation: /dormant units went from .*; the rank of the features fell/,
        },
      ],
    },
    'weights grow, the rank falls, and so does the reward': {
      columns: { 'weight-norm': weights, 'activation/features/rank': rank, reward: lost },
      finds: [{ symptom: 'plasticity', severity: 'warning' }],
    },
  },
  lookAlikes: {
    'all signs while the reward holds': {
      columns: {
        'activation/features/dormant': dormant,
        'weight-norm': weights,
        'activation/features/rank': rank,
        reward: kept,
      },
    },
    'a reward that falls with one sign alone': { columns: { 'weight-norm': weights, reward: lost } },
    'probes that swing': {
      columns: { 'plasticity-probe': probes(1).map((probe, row) => probe && probe * (row % 50 === 0 ? 1.1 : 0.95)) },
    },
  },
  notEvaluated: {
    'two probes': { columns: { 'plasticity-probe': [1, 5] }, missing: /at least \d+ plasticity probes/ },
    'rewards alone': { columns: { reward: lost }, missing: /rewards beside dormant units/ },
  },
};
