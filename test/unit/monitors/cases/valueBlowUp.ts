import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

const COUNT = 200;
const finds = (fromStep: readonly [number, number]): FindingCase['finds'] => [
  { symptom: 'divergence', severity: 'warning', fromStep, title: /run away/ },
];
const constant = (value: number, count = COUNT) => rows(count, () => value);
/** Grows by a factor with every row, up to a height. */
const growing = (start: number, factor: number, height = Infinity, count = COUNT) =>
  rows(count, (row) => Math.min(height, start * factor ** row));

export const cases: MonitorCases = {
  triggers: {
    'grows by factors above a return of 100': {
      columns: { 'losses/q_values': growing(10, 1.06), 'charts/episodic_return': constant(100) },
      finds: finds([75, 90]),
    },
    'below zero': {
      columns: { q_values: growing(10, 1.06).map((value) => -value), episode_return: constant(-100) },
      finds: finds([75, 90]),
    },
    'comes to rest at thirty times the returns': {
      columns: { q_values: growing(10, 1.06, 3000), episode_return: constant(100) },
      finds: finds([75, 90]),
    },
    'sixty rows, the last twenty beyond': {
      columns: { q_values: rows(60, (row) => (row < 40 ? row : 5000)), episode_return: constant(100, 60) },
      finds: finds([38, 44]),
    },
    'no reward in the log': { columns: { mean_q: growing(0.1, 1.15) }, finds: finds([62, 75]) },
    'forty times 1 / (1 - discount) of a configured discount': {
      columns: { q_values: constant(400), episode_return: constant(5) },
      configuration: { gamma: 0.9 },
      finds: finds([0, 3]),
    },
  },
  lookAlikes: {
    'grows as high as the returns are': {
      columns: {
        q_values: rows(COUNT, (row) => 400 * (1 - Math.exp(-row / 40))),
        episode_return: rows(COUNT, (row) => 20 + 2 * row),
      },
    },
    'grows by factors, and stays near the returns': {
      columns: { q_values: growing(0.01, 1.1, 90), episode_return: constant(20) },
    },
    'an entropy bonus above returns of nearly nothing': {
      columns: { q_values: constant(500), episode_return: constant(0.2) },
    },
    'rewards of single steps': { columns: { q_values: growing(1, 1.1, 4500), reward: constant(50) } },
    'a few rows that come back': {
      columns: {
        q_values: rows(COUNT, (row) => (row > 120 && row < 130 ? 1e6 : 50)),
        episode_return: constant(100),
      },
    },
    'grows evenly, with no reward in the log': { columns: { max_q: rows(COUNT, (row) => 25 * row) } },
  },
  notEvaluated: {
    'ten rows': {
      columns: { q_values: constant(1, 10), episode_return: constant(1, 10) },
      missing: /at least \d+ rows/,
    },
    'no values': { columns: { episode_return: constant(1) }, missing: /q-value/ },
  },
};
