import { describe, expect, it } from 'vitest';
import { RunAnalysis } from '../../../src/engine/runs/runAnalysis.js';
import { fallingLoss } from './observe.js';

type Values = (rank: number, row: number) => number;

const COUNT = 300;
const noise: Values = (rank, row) => 1 + 0.02 * Math.sin(row * 2.1 + rank * 1.7);
const noisyLoss: Values = (rank, row) => fallingLoss(row) * noise(rank, row);

/** One file per rank, read in step (`order` "rows") or one after the other ("files"). */
function observeRanks(
  tags: Readonly<Record<string, Values>>,
  ranks = 4,
  order: 'rows' | 'files' = 'rows',
): RunAnalysis {
  const analysis = new RunAnalysis({ roles: {} });
  const sinks = Array.from({ length: ranks }, (_, rank) => analysis.fileSink({ path: `rank_${rank}`, rank }));
  const write = (rank: number, row: number): void => {
    for (const [tag, value] of Object.entries(tags)) {
      const sink = sinks[rank]!;
      sink.scalar(sink.tag(tag), row, value(rank, row), Number.NaN);
    }
  };
  for (let at = 0; at < ranks * COUNT; at++) {
    if (order === 'rows') {
      write(at % ranks, Math.floor(at / ranks));
    } else {
      write(Math.floor(at / COUNT), at % COUNT);
    }
  }
  return analysis;
}

function seen(analysis: RunAnalysis) {
  return analysis.findings().filter(({ monitor }) => monitor === 'worker-mismatch');
}

const leftBehind: Values = (rank, row) => noisyLoss(rank, row) + (rank === 2 && row > 100 ? 2 : 0);
const same: Values = (_, row) => noisyLoss(0, row);

describe('one rank apart', () => {
  it('is named, since it left', () => {
    const [finding, ...others] = seen(observeRanks({ loss: leftBehind }));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ symptom: 'worker-mismatch', severity: 'warning', open: true, toStep: 299 });
    expect(finding?.title).toMatch(/^Rank 2 /);
    expect(finding?.evidence[0]?.rank).toBe(2);
    expect(Math.abs((finding?.fromStep ?? 0) - 100)).toBeLessThan(20);
  });

  it('is a note when it was so from the start', () => {
    expect(seen(observeRanks({ loss: (rank, row) => noisyLoss(rank, row) + (rank === 2 ? 2 : 0) }))).toMatchObject([
      { severity: 'info' },
    ]);
  });

  it.each([
    ['the noise of batches', noisyLoss],
    ['a hard batch', (rank: number, row: number) => noisyLoss(rank, row) * (rank === 1 && row === 150 ? 4 : 1)],
    ['a difference of 3 %', (rank: number, row: number) => fallingLoss(row) * (rank === 1 && row > 100 ? 1.03 : 1)],
    [
      'noise of which each rank has much',
      (rank: number, row: number) => fallingLoss(row) * (1 + 0.5 * Math.sin(row * 2.1 + rank * 1.7)),
    ],
  ])('is not %s', (_, loss) => {
    expect(seen(observeRanks({ loss }))).toEqual([]);
  });

  it('cannot be told among two', () => {
    expect(
      seen(observeRanks({ loss: (rank, row) => noisyLoss(rank, row) + (rank === 1 && row > 100 ? 2 : 0) }, 2)),
    ).toEqual([]);
  });

  it('is the same finding whether ranks are read in step or one after the other', () => {
    const inStep = observeRanks({ loss: leftBehind }).findings();
    expect(inStep).not.toEqual([]);
    expect(observeRanks({ loss: leftBehind }, 4, 'files').findings()).toEqual(inStep);
  });
});

describe('ranks that agree to the last digit', () => {
  it('may see the same data', () => {
    expect(seen(observeRanks({ loss: same, grad_norm: same }))).toMatchObject([
      { severity: 'info', confidence: 0.6, fromStep: 0, open: true, title: expect.stringContaining('same data') },
    ]);
  });

  it('are less sure where the loss alone is logged', () => {
    expect(seen(observeRanks({ loss: same }))).toMatchObject([{ severity: 'info', confidence: 0.4 }]);
  });

  it.each([
    ['the name says that they were averaged', { 'train/loss_avg': same, grad_norm: same }],
    ['their gradients differ', { loss: same, grad_norm: noisyLoss }],
    ['they log a constant', { loss: () => 1, grad_norm: () => 1 }],
  ])('are healthy when %s', (_, tags) => {
    expect(seen(observeRanks(tags))).toEqual([]);
  });
});

it('is not evaluated for one worker', () => {
  const missing = observeRanks({ loss: noisyLoss }, 1)
    .notEvaluated()
    .find(({ monitor }) => monitor === 'worker-mismatch');
  expect(missing?.missing[0]).toContain('from two ranks or more');
});
