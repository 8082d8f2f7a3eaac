import type { MonitorCases } from '../monitorCases.js';
import { rows } from '../observe.js';

/** Noise by formula: independent from row to row for all that matters here. */
const noise = (row: number): number => {
  const value = Math.sin((row + 1) * 12.9898) * 43_758.5453;
  return 2 * (value - Math.floor(value)) - 1;
};

/** A series that is pulled back ever more slowly: autoregressive, its coefficient rising from row to row. */
function slowing(count: number, memory: (share: number) => number, size: (share: number) => number): number[] {
  let deviation = 0;
  return rows(count, (row) => {
    deviation = memory(row / count) * deviation + size(row / count) * noise(row);
    return 2 + deviation;
  });
}
const one = (): number => 0.02;
const rising = (share: number): number => Math.max(0, 1.8 * (share - 0.5));
const lr = rows(2400, () => 1e-3);

export const cases: MonitorCases = {
  triggers: {
    'a memory that grows': {
      columns: { loss: slowing(9600, rising, one), lr: rows(9600, (row) => 1e-3 * (1 - (0.15 * row) / 9600)) },
      finds: [{ symptom: 'early-warning', severity: 'info', confidence: 0.2, fromStep: [4780, 4820], open: true }],
    },
  },
  lookAlikes: {
    'noise that does not change': { columns: { loss: slowing(2400, () => 0, one), lr } },
    'a spread that grows without a memory': {
      columns: {
        loss: slowing(
          2400,
          () => 0.4,
          (share) => 0.02 * 2 ** (3 * share),
        ),
        lr,
      },
    },
    'a memory that grows while the spread shrinks': {
      columns: { loss: slowing(2400, rising, (share) => 0.02 * (1 - share) ** 1.5), lr },
    },
    'a memory that stays small': {
      columns: {
        loss: slowing(
          2400,
          (share) => rising(share) * 0.2,
          (share) => 0.02 * (1 + 2 * share),
        ),
        lr,
      },
    },
    'a spread that hardly grows': {
      columns: {
        loss: slowing(
          2400,
          (share) => rising(share) * 0.6,
          (share) => 0.02 * (1 - 0.15 * share),
        ),
        lr,
      },
    },
  },
  notEvaluated: {
    'a rate that comes down': {
      columns: { loss: slowing(2400, rising, one), lr: rows(2400, (row) => 1e-3 * (1 - row / 2400)) },
      missing: /constant learning rate/,
    },
    'a smoothed log': { columns: { loss: slowing(2400, () => 0.95, one), lr }, missing: /smoothed/ },
    'three hundred rows': { columns: { loss: slowing(300, rising, one) }, missing: /400 rows/ },
    'a run that learns from rewards': {
      columns: { loss: slowing(600, rising, one), reward: rows(10, () => 1) },
      missing: /rewards/,
    },
  },
};
