import { describe, expect, it } from 'vitest';
import { alarmsOf, fallingLoss, observe, rows, symptomsOf } from './observe.js';

describe('values that are not numbers', () => {
  it('tells since when the loss is NaN, and what it was before', () => {
    const [finding] = alarmsOf(observe({ loss: rows(60, (row) => (row < 42 ? fallingLoss(row) : NaN)) }));
    expect(finding).toMatchObject({ symptom: 'non-finite', severity: 'error', fromStep: 42, toStep: 59, open: true });
    expect(finding?.evidence[0]).toMatchObject({ tag: 'loss', step: 42, value: NaN });
    expect(finding?.explanation).toContain('at step 41');
  });

  it('sees NaN behind a loss of 0.0 and a NaN gradient', () => {
    const analysis = observe({
      loss: rows(30, (row) => (row < 20 ? 1.5 : 0)),
      grad_norm: rows(30, (row) => (row < 20 ? 1 : NaN)),
      learning_rate: rows(30, () => 1e-4),
    });
    expect(symptomsOf(analysis)).toEqual(['non-finite']);
  });

  it('sees NaN behind a loss that looks normal', () => {
    const analysis = observe({ loss: rows(30, fallingLoss), grad_norm: rows(30, (row) => (row < 20 ? 1 : NaN)) });
    expect(symptomsOf(analysis)).toEqual(['non-finite']);
  });

  it('calls a sudden zero without other signs what it is', () => {
    expect(symptomsOf(observe({ loss: rows(40, (row) => (row < 20 ? 1.5 : 0)) }))).toEqual(['loss-zero']);
  });

  it('sees NaN again after a restart', () => {
    const analysis = observe({ loss: rows(100, (row) => (row < 40 ? 2 : NaN)) });
    const sink = analysis.fileSink({ path: 'again' });
    for (let row = 0; row < 60; row++) {
      sink.scalar(sink.tag('loss'), row, row < 40 ? 2 : NaN, NaN);
    }
    expect(alarmsOf(analysis)).toMatchObject([{ symptom: 'non-finite', severity: 'error', fromStep: 40, toStep: 59 }]);
  });

  it('says that rows were lost when the loss comes back', () => {
    const analysis = observe({ loss: rows(60, (row) => (row === 30 || row === 31 ? Infinity : fallingLoss(row))) });
    expect(alarmsOf(analysis)).toMatchObject([
      { symptom: 'non-finite', severity: 'warning', fromStep: 30, toStep: 31 },
    ]);
  });

  it.each([
    [
      'a memorised run whose log rounds to 0.0',
      { loss: rows(60, (row) => Math.round(2e4 * Math.exp(-row / 3)) / 1e4) },
    ],
    [
      'GRPO, whose loss is 0 by construction',
      {
        loss: rows(60, (row) => (row < 30 ? 0.02 : 0)),
        reward: rows(60, (row) => row / 60),
        grad_norm: rows(60, () => 0.1),
      },
    ],
    [
      'a loss scaler that skips single steps',
      { loss: rows(60, fallingLoss), grad_norm: rows(60, (row) => (row % 25 === 0 ? Infinity : 1)) },
    ],
    [
      'an evaluation in every third row',
      { loss: rows(60, fallingLoss), val_loss: rows(60, (row) => (row % 3 === 2 ? 2 : NaN)) },
    ],
    ['an evaluation that was never computed', { loss: rows(60, fallingLoss), val_loss: rows(60, () => NaN) }],
    ['other numbers that are NaN', { loss: rows(60, fallingLoss), 'metrics/f1_class_7': rows(60, () => NaN) }],
  ])('stays silent on %s', (_, columns) => {
    expect(symptomsOf(observe(columns))).toEqual([]);
  });

  it('is not evaluated without a loss or a gradient norm', () => {
    const missing = observe({ memory: [1, 2, 3] })
      .notEvaluated()
      .find(({ monitor }) => monitor === 'non-finite');
    expect(missing?.missing).toEqual([
      'train/loss or eval/loss or eval/*/loss or gradient-norm or loss/actor or loss/critic or loss/discriminator or loss/generator',
    ]);
  });
});
