import { describe, expect, it } from 'vitest';
import { alarmsOf, fallingLoss, observe, rows, symptomsOf } from './observe.js';

describe('divergence', () => {
  it('tells from where the loss rose and where it stands', () => {
    const loss = rows(400, (row) =>
      row < 250 ? fallingLoss(row) : fallingLoss(row) + 5 * (1 - Math.exp((250 - row) / 20)),
    );
    const [finding, ...others] = alarmsOf(observe({ loss }));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ symptom: 'divergence', severity: 'error', open: true, toStep: 399 });
    expect(Math.abs((finding?.fromStep ?? 0) - 250)).toBeLessThan(15);
    expect(finding?.evidence[0]?.baseline).toBeCloseTo(2.6, 0);
  });

  it('is one story with the NaN that ends it', () => {
    const loss = rows(300, (row) =>
      row < 200 ? fallingLoss(row) : row < 280 ? fallingLoss(row) * 1.06 ** (row - 200) : NaN,
    );
    const [finding, ...others] = alarmsOf(observe({ loss }));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ symptom: 'non-finite', severity: 'error' });
    expect(finding?.chain?.at(-1)?.symptom).toBe('non-finite');
  });

  it.each([
    [
      'a loss that grows with the rewards',
      { loss: rows(400, (row) => 0.01 * 1.02 ** row), 'rollout/ep_rew_mean': rows(400, (row) => row) },
    ],
    ['a saw tooth', { loss: rows(600, (row) => fallingLoss(row) * (1 + 0.3 * ((row % 100) / 100))) }],
    ['a new run in the same log', { loss: [...rows(100, fallingLoss)] }],
    [
      'harder data while the evaluation improves',
      {
        loss: rows(300, (row) => fallingLoss(row) * (row > 150 ? 1 + (row - 150) / 500 : 1)),
        val_loss: rows(300, (row) => (row % 10 === 9 ? fallingLoss(row) : undefined) as number),
      },
    ],
  ])('stays silent on %s', (_, columns) => {
    expect(symptomsOf(observe(columns))).toEqual([]);
  });
});

describe('a rise at the start', () => {
  it('is reported even when the loss comes down again', () => {
    const loss = [12.5, 32.8, 15.2, 11, 8.8, 8.4, 8.4, 8.3];
    expect(alarmsOf(observe({ loss }, { stride: 10 }))).toMatchObject([{ symptom: 'early-rise', fromStep: 0 }]);
  });

  it.each([
    ['a head that begins at 24,000', { loss: [24211, 2514, 1311, 900, 700, 600, 550, 500, 480, 470] }],
    [
      'a contrastive loss with an empty queue',
      { loss: rows(100, (row) => 6.5 + 2 * (1 - Math.exp(-row / 8)) - row / 50) },
    ],
    ['a spike later on', { loss: rows(100, (row) => (row === 20 ? 30 : fallingLoss(row))) }],
  ])('is not seen in %s', (_, columns) => {
    expect(symptomsOf(observe(columns))).not.toContain('early-rise');
  });
});

describe('plateau', () => {
  it('sees a run that learns nothing', () => {
    const loss = rows(500, (row) => 10.95 + 0.03 * Math.sin(row * 1.7));
    expect(alarmsOf(observe({ loss }))).toMatchObject([{ symptom: 'plateau', open: true }]);
  });

  it('sees guessing in few rows', () => {
    const loss = rows(60, (row) => Math.log(2) + 0.004 * Math.sin(row * 1.7));
    expect(symptomsOf(observe({ loss }))).toEqual(['plateau']);
  });

  it.each([
    ['a converged run', { loss: rows(800, (row) => 0.3 + 2 * Math.exp(-row / 30)) }],
    ['noise at its floor', { loss: rows(800, (row) => 1.1 + 0.3 * Math.exp(-row / 10) + 0.1 * Math.sin(row * 2.3)) }],
    [
      'a learning rate that was switched off',
      { loss: rows(800, (row) => 2 + 0.5 * Math.exp(-row / 20)), lr: rows(800, (row) => (row < 60 ? 1e-3 : 0)) },
    ],
    ['a loss that still falls slowly', { loss: rows(800, (row) => 3 - row / 1000) }],
    ['rewards', { loss: rows(800, () => 0.69), reward: rows(800, (row) => row) }],
  ])('stays silent on %s', (_, columns) => {
    expect(symptomsOf(observe(columns))).toEqual([]);
  });
});

describe('overfitting', () => {
  const train = rows(400, (row) => 0.2 + 3 * Math.exp(-row / 120));
  const evaluation = (value: (share: number) => number): (number | undefined)[] =>
    Array.from({ length: 400 }, (_, row) => (row % 20 === 19 ? value(row / 400) : undefined));

  it('holds the evaluation against the training loss', () => {
    const [finding] = alarmsOf(
      observe({ train_loss: train, val_loss: evaluation((share) => 1 + 2 * (share - 0.4) ** 2) }),
    );
    expect(finding).toMatchObject({ symptom: 'overfitting', severity: 'warning' });
    expect(Math.abs((finding?.fromStep ?? 0) - 160)).toBeLessThanOrEqual(20);
    expect(finding?.evidence.map(({ tag }) => tag)).toEqual(['val_loss', 'train_loss']);
  });

  it('works when evaluations are counted in epochs', () => {
    const analysis = observe({
      loss: rows(60, (row) => 0.1 + 2 * Math.exp(-row / 12)),
      val_loss: rows(60, (row) => 0.8 + Math.exp(-row / 5) + row / 100),
    });
    expect(symptomsOf(analysis)).toEqual(['overfitting']);
  });

  it.each([
    ['a rise of 1 %', { train_loss: train, val_loss: evaluation((share) => 1 + 0.02 * Math.abs(share - 0.5)) }],
    [
      'an evaluation that swings',
      { train_loss: train, val_loss: evaluation((share) => 1 + 0.3 * Math.abs(Math.sin(share * 900))) },
    ],
    [
      'a training loss that rises too',
      {
        train_loss: rows(400, (row) => 2 + Math.abs(row - 160) / 3000),
        val_loss: evaluation((share) => 2 + Math.abs(share - 0.4) / 5),
      },
    ],
  ])('stays silent on %s', (_, columns) => {
    expect(symptomsOf(observe(columns))).not.toContain('overfitting');
  });
});

describe('missing warmup', () => {
  const constant = { loss: rows(100, fallingLoss), lr: rows(100, () => 1e-3) };
  const warmupOf = (analysis: ReturnType<typeof observe>) =>
    analysis.findings().filter(({ symptom }) => symptom === 'warmup');

  it('is a note for Adam', () => {
    expect(warmupOf(observe(constant, { configuration: { optimizer: 'AdamW' } }))).toMatchObject([
      { severity: 'info' },
    ]);
  });

  it('is not seen with a warmup, or with SGD', () => {
    const warm = { ...constant, lr: rows(100, (row) => Math.min(1, (row + 1) / 20) * 1e-3) };
    expect(warmupOf(observe(warm, { configuration: { optimizer: 'AdamW' } }))).toEqual([]);
    expect(warmupOf(observe(constant, { configuration: { optimizer: 'SGD' } }))).toEqual([]);
  });

  it('is not evaluated when nobody says which optimizer it is', () => {
    const missing = observe(constant)
      .notEvaluated()
      .find(({ monitor }) => monitor === 'warmup');
    expect(missing?.missing[0]).toContain('an optimizer known to be Adam');
  });
});

describe('gradient spikes', () => {
  const calm = rows(300, (row) => 1 + 0.2 * Math.sin(row * 1.3));

  it('warns of a thousandfold jump and notes a tenfold one', () => {
    const jump = (factor: number) => ({
      loss: rows(300, fallingLoss),
      grad_norm: calm.map((value, row) => (row === 200 ? value * factor : value)),
    });
    expect(alarmsOf(observe(jump(1000)))).toMatchObject([{ symptom: 'gradient-spike', fromStep: 200, toStep: 200 }]);
    expect(observe(jump(10)).findings()).toMatchObject([{ symptom: 'gradient-spike', severity: 'info' }]);
  });

  it.each([
    ['norms that fall during warmup', rows(300, (row) => 9000 * Math.exp(-row / 3) + 1)],
    ['norms clipped to one', rows(300, () => 1)],
  ])('stays silent on %s', (_, norms) => {
    const findings = observe({ loss: rows(300, fallingLoss), grad_norm: norms }).findings();
    // That they stand still to the last digit is a note of its own.
    expect(findings.filter(({ monitor }) => monitor !== 'clipping')).toEqual([]);
  });
});

describe('what real training programs log', () => {
  it('finds a divergence by factors in epochs that only ever rose', () => {
    const loss = [1.8, 2.9, 4.6, 9.8, 35, 66, 260, 943, 1500, 3200, 9900, 18000, 84000, 99000, 172000, 419000];
    expect(symptomsOf(observe({ loss }))).toContain('divergence');
  });

  it('finds a corrupted batch in the means of a few epochs', () => {
    const loss = [
      ...[2.05, 0.73, 0.0862, 0.0363, 0.0254, 0.0182, 0.0131, 0.0108, 0.00897, 0.00745, 0.00645],
      ...[6.2, 0.88, 0.205, 0.0688, 0.0387, 0.0234, 0.0154, 0.0116, 0.00899],
    ];
    expect(alarmsOf(observe({ loss }))).toMatchObject([{ symptom: 'loss-spike', fromStep: 11 }]);
  });

  it('does not call a warm restart within few rows a spike', () => {
    const course = (row: number): number => (row % 10 < 1 && row > 0 ? 0.9 : 0.05 + 0.3 / (1 + (row % 10)));
    const columns = { loss: rows(40, course), lr: rows(40, (row) => 0.1 * (1 - (row % 10) / 10)) };
    expect(symptomsOf(observe(columns))).toEqual([]);
  });

  it('does not call a blow to the weights overfitting', () => {
    const val_loss = [1.87, 0.997, 0.342, 0.15, 0.0976, 0.0752, 0.0643, 0.0564, 0.0513, 0.0474, 0.0452];
    const after = [1.49, 0.418, 0.249, 0.254, 0.233, 0.225, 0.205, 0.213, 0.204];
    const loss = rows(20, (row) => (row === 11 ? 1.1 : 2 * 0.7 ** row));
    expect(symptomsOf(observe({ loss, val_loss: [...val_loss, ...after] }))).not.toContain('overfitting');
  });

  it('does not call a network that learns nothing overfitted', () => {
    const val_loss = [2.38, 2.48, 2.5, 2.5, 2.5, 2.51, 2.51, 2.52, 2.52, 2.52, 2.52, 2.52];
    const loss = [1610.8, 3.38, 2.55, 2.55, 2.56, 2.56, 2.57, 2.57, 2.57, 2.57, 2.57, 2.57];
    expect(symptomsOf(observe({ loss, val_loss }))).not.toContain('overfitting');
  });
});
