import type { MonitorCases } from '../monitorCases.js';
import type { Columns } from '../observe.js';
import { fallingLoss, rows } from '../observe.js';

const COUNT = 300;
type Values = (rank: number, row: number) => number;
const noisy: Values = (rank, row) => fallingLoss(row) * (1 + 0.02 * Math.sin(row * 2.1 + rank * 1.7));
const ranks = (values: Values, number = 4, count = COUNT): Columns[] =>
  Array.from({ length: number }, (_, rank) => ({ loss: rows(count, (row) => values(rank, row)) }));
/** Rank 2 leaves at a row, by so much. */
const leaves =
  (by: number, at = 100, until = Infinity): Values =>
  (rank, row) =>
    noisy(rank, row) * (rank === 2 && row > at && row < until ? 1 + by : 1);

/** Rank 2 leaves a loss that stands, by so much of it, where batches swing by so much. */
const within =
  (by: number, swing: number, until = Infinity): Values =>
  (rank, row) =>
    2 * (1 + swing * Math.sin(row * row * 0.7 + rank * 1.9) + (rank === 2 && row > 100 && row < until ? by : 0));

export const cases: MonitorCases = {
  triggers: {
    'one leaves': {
      columns: ranks(leaves(0.7)),
      finds: [{ symptom: 'worker-mismatch', severity: 'warning', fromStep: [85, 115], title: /^Rank 2 / }],
    },
    'one of three leaves': {
      columns: ranks(leaves(0.7), 3),
      finds: [{ symptom: 'worker-mismatch', severity: 'warning' }],
    },
    'by a fifth': { columns: ranks(leaves(0.2)), finds: [{ symptom: 'worker-mismatch', severity: 'warning' }] },
    'by a half, within the noise of its batches': {
      columns: ranks(within(0.5, 0.2)),
      finds: [{ symptom: 'worker-mismatch', severity: 'warning' }],
    },
    'for forty rows': {
      columns: ranks(leaves(0.7, 100, 140)),
      finds: [{ symptom: 'worker-mismatch', severity: 'warning', toStep: [130, 155] }],
    },
    'apart from the start': {
      columns: ranks((rank, row) => noisy(rank, row) + (rank === 2 ? 2 : 0)),
      finds: [{ symptom: 'worker-mismatch', severity: 'info' }],
    },
    'fifty rows in all': {
      columns: ranks(leaves(0.7, 15), 4, 50),
      finds: [{ symptom: 'worker-mismatch', severity: 'warning' }],
    },
    'the same to the last digit': {
      columns: ranks((_, row) => noisy(0, row)),
      finds: [{ symptom: 'worker-mismatch', severity: 'info', title: /same data/ }],
    },
    'the same but for rounding': {
      columns: ranks((rank, row) => noisy(0, row) * (1 + 3e-10 * rank)),
      finds: [{ symptom: 'worker-mismatch', severity: 'info', title: /same data/ }],
    },
  },
  lookAlikes: {
    'the noise of batches': { columns: ranks(noisy) },
    'one of two leaves': { columns: ranks((rank, row) => noisy(rank, row) + (rank === 1 && row > 100 ? 2 : 0), 2) },
    'by 3 %': { columns: ranks((rank, row) => fallingLoss(row) * (rank === 1 && row > 100 ? 1.03 : 1)) },
    'a hard batch': { columns: ranks((rank, row) => noisy(rank, row) * (rank === 1 && row === 150 ? 4 : 1)) },
    'by three tenths, lost in the noise of its batches': { columns: ranks(within(0.3, 0.2)) },
    'by a seventh, within the noise of its batches': { columns: ranks(within(0.16, 0.1)) },
    'for forty rows, within the noise of its batches': { columns: ranks(within(0.5, 0.2, 140)) },
    'for eight rows': { columns: ranks(leaves(0.7, 100, 108)) },
    'noise of which each rank has much': {
      columns: ranks(
        (rank, row) =>
          fallingLoss(row) * (1 + 0.5 * Math.sin(row * 2.1 + rank * 1.7) + (rank === 2 && row > 100 ? 0.3 : 0)),
      ),
    },
    'nearly the same': { columns: ranks((rank, row) => noisy(0, row) * (1 + 5e-9 * rank)) },
  },
  notEvaluated: {
    'one worker': { columns: { loss: rows(COUNT, fallingLoss) }, missing: /two ranks or more/ },
    'ten rows': { columns: ranks(noisy, 4, 10), missing: /at least \d+ steps/ },
  },
};
