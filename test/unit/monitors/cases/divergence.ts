import type { FindingCase, MonitorCases } from '../monitorCases.js';
import { fallingLoss, rows } from '../observe.js';

type Finds = FindingCase['finds'];
const lost = (fromStep: readonly [number, number]): Finds => [{ symptom: 'divergence', severity: 'error', fromStep }];
const worse: Finds = [{ symptom: 'divergence', severity: 'warning' }];

/** Falls from 4 to near 2. */
const gentle = (row: number): number => (2 + 2 / (1 + row / 20)) * (1 + 0.003 * Math.sin(row * 2.4));

/** A loss that falls until a row and then rises to `to` times its best within `within` rows. */
const risen = (count: number, from: number, to: number, within: number) =>
  rows(
    count,
    (row) => fallingLoss(Math.min(row, from)) * (1 + (to - 1) * Math.min(1, Math.max(0, (row - from) / within))),
  );

export const cases: MonitorCases = {
  triggers: {
    'leaves for good': { columns: { loss: risen(400, 250, 3, 60) }, finds: lost([240, 275]) },
    '9 % up over 200 rows': {
      columns: {
        loss: rows(500, (row) => gentle(Math.min(row, 280)) * (1 + 0.09 * Math.min(1, Math.max(0, (row - 280) / 100)))),
      },
      finds: worse,
    },
    '15 % up, 45 rows on': { columns: { loss: risen(145, 100, 1.15, 10) }, finds: worse },
    '30 % up, 25 rows on': { columns: { loss: risen(75, 50, 1.3, 5) }, finds: worse },
    '80 % up, 8 rows on': { columns: { loss: risen(28, 20, 1.8, 1) }, finds: lost([15, 25]) },
    'after a KL term was switched on, and settled': {
      columns: {
        loss: rows(600, (row) =>
          row < 300 ? fallingLoss(row) + Math.min(1, row / 100) : 2.2 + Math.max(0, row - 450) / 30,
        ),
        beta: rows(600, (row) => Math.min(1, row / 100)),
      },
      finds: lost([440, 520]),
    },
    'a length that goes up and down is no schedule': {
      columns: { loss: risen(400, 250, 3, 60), seq_len: rows(400, (row) => 100 + ((row * 37) % 64)) },
      finds: lost([240, 275]),
    },
    'up to half of the start at once, and a part of the way down': {
      columns: { loss: rows(400, (row) => (row < 200 ? fallingLoss(row) : 3.8 + 2 * Math.exp((200 - row) / 10))) },
      finds: worse,
    },
    'best at row 30, and a third up since': {
      columns: {
        loss: rows(
          250,
          (row) => fallingLoss(Math.min(row, 30)) * (1 + 0.35 * Math.min(1, Math.max(0, (row - 30) / 60))),
        ),
      },
      finds: worse,
    },
    'a loss at a twentieth of its first value that triples': {
      columns: { loss: rows(42, (row) => (row === 0 ? 0.3 : 0.0049 + 0.0003 * Math.max(0, row - 3))) },
      finds: [{ symptom: 'divergence', severity: 'error' }],
    },
    'twelve rows that only rise': {
      columns: { loss: rows(12, (row) => 2 * 1.2 ** row) },
      finds: lost([0, 6]),
    },
    'eight rows': { columns: { loss: [9, 6, 4, 30, 40, 40, 41, 42, 44] }, finds: lost([0, 6]) },
    'an evaluation loss alone that ends above its start': {
      columns: { val_loss: rows(60, (row) => (row < 30 ? 5 - row / 10 : 2 + (row - 30) / 5)) },
      finds: [{ symptom: 'divergence', severity: 'error' }],
    },
    'a rate that was raised long before': {
      columns: { loss: risen(400, 250, 3, 60), lr: rows(400, (row) => (row < 100 ? 1e-3 : 1.2e-3)) },
      finds: lost([240, 275]),
    },
    'a third rise after two small swings': {
      columns: {
        loss: rows(
          500,
          (row) => fallingLoss(row) * (row > 350 ? 3 : [100, 200].some((at) => Math.abs(row - at) < 12) ? 1.2 : 1),
        ),
      },
      finds: lost([340, 360]),
    },
  },
  lookAlikes: {
    falls: { columns: { loss: rows(400, fallingLoss) } },
    '1.5 % up over 200 rows': { columns: { loss: risen(500, 280, 1.015, 100) } },
    '4 % up, 45 rows on': { columns: { loss: risen(145, 100, 1.04, 10) } },
    '12 % up, 25 rows on': { columns: { loss: risen(75, 50, 1.12, 5) } },
    '35 % up, 8 rows on': { columns: { loss: risen(28, 20, 1.35, 1) } },
    'a spike of ten rows that is not over': {
      columns: { loss: rows(600, (row) => fallingLoss(row) * (row >= 590 ? 3 : 1)) },
    },
    'up for 30 rows of 1,000': { columns: { loss: risen(1000, 970, 2, 2) } },
    'up for six rows of 200': { columns: { loss: risen(200, 194, 2, 1) } },
    'a loss that has arrived after an epoch, and doubles': {
      columns: { loss: rows(42, (row) => (row === 0 ? 0.3 : 0.0009 + 0.00003 * Math.max(0, row - 3))) },
    },
    'a tiny loss that multiplies': {
      columns: { loss: rows(400, (row) => Math.max(0.01, 10 * 0.95 ** row) * (row > 250 ? 3 : 1)) },
    },
    'noise as wide as the rise': {
      columns: { loss: rows(300, (row) => 2 + 6 * 0.95 ** row + (0.9 * Math.sin(row * 2.4) + (row > 180 ? 0.35 : 0))) },
    },
    'a warm restart': {
      columns: {
        loss: rows(400, (row) => (row < 250 ? fallingLoss(row) : fallingLoss(row) * 1.3)),
        lr: rows(400, (row) => (row < 250 ? 1e-3 * (1 - row / 260) : 1e-3)),
      },
    },
    'a contrastive loss that rises by two thirds at first': {
      columns: { loss: rows(200, (row) => 3 + 2 * (1 - Math.exp(-row / 10))) },
    },
    'weights set back on purpose': { columns: { loss: rows(300, (row) => fallingLoss(row < 200 ? row : row - 200)) } },
    'a KL term whose weight is raised': {
      columns: {
        loss: rows(400, (row) => fallingLoss(row) + 3 * Math.min(1, Math.max(0, (row - 50) / 150))),
        kl_weight: rows(400, (row) => Math.min(1, Math.max(0, (row - 50) / 150))),
      },
    },
    'the stages of a curriculum': {
      columns: {
        loss: rows(400, (row) => fallingLoss(row) * (1 + Math.floor(row / 150))),
        'curriculum/stage': rows(400, (row) => Math.floor(row / 150)),
      },
    },
    'a saw tooth': { columns: { loss: rows(600, (row) => fallingLoss(row) * (1 + 0.3 * ((row % 100) / 100))) } },
    'harder data while the evaluation improves': {
      columns: {
        loss: rows(300, (row) => fallingLoss(row) * (row > 150 ? 1 + (row - 150) / 500 : 1)),
        val_loss: rows(300, (row) => (row % 10 === 9 ? fallingLoss(row) : Number.NaN)),
      },
    },
    'a swing in the middle': {
      columns: { loss: rows(500, (row) => fallingLoss(row) * (row > 200 && row < 260 ? 2 : 1)) },
    },
  },
  notEvaluated: {
    'five rows': { columns: { loss: [5, 4, 3, 2, 9] }, missing: /at least \d+ rows/ },
    'a codebook whose terms grow': {
      columns: { loss: rows(200, (row) => 0.69 + 1.3 * Math.min(1, row / 60)), 'codebook usage': rows(200, () => 0.9) },
      missing: /codebook/,
    },
    rewards: {
      columns: { loss: rows(400, (row) => 0.01 * 1.02 ** row), 'rollout/ep_rew_mean': rows(400, (row) => row) },
      missing: /rewards/,
    },
    'the values of a critic': {
      columns: { loss: rows(400, (row) => 0.01 * 1.02 ** row), max_q: rows(400, (row) => row) },
      missing: /rewards/,
    },
  },
};
