import { expect, it } from 'vitest';
import type { Signal } from '../../../src/model/signal.js';
import { RunSignals } from '../../../src/signals/runSignals.js';
import { StoredSeries } from '../../../src/store/storedSeries.js';

/** Roles of these tags once all have turned up, in this order. */
function rolesOf(...tags: string[]): Record<string, string> {
  const signals = new RunSignals({});
  const added: Signal[] = tags.map((tag) => signals.add(new StoredSeries(tag, undefined, 'step')));
  return Object.fromEntries(added.map(({ role, series }) => [series.tag, role]));
}

it('judges a loss of any name as that of the run where it is the only one', () => {
  expect(rolesOf('iteration_ms', 'kd_loss', 'temperature')['kd_loss']).toBe('train/loss');
  expect(rolesOf('l', 'g_norm')).toEqual({ l: 'train/loss', g_norm: 'gradient-norm' });
});

it('judges the parts together, until the total turns up', () => {
  expect(rolesOf('seg_loss', 'depth_loss')).toEqual({ seg_loss: 'train/loss', depth_loss: 'train/loss' });
  expect(rolesOf('seg_loss', 'depth_loss', 'loss')).toEqual({
    seg_loss: 'other',
    depth_loss: 'other',
    loss: 'train/loss',
  });
});

it('judges the first measure where there is no loss at all', () => {
  expect(rolesOf('mse', 'rmse')).toEqual({ mse: 'train/loss', rmse: 'other' });
  expect(rolesOf('mse', 'recon_loss')).toEqual({ mse: 'other', recon_loss: 'train/loss' });
  expect(rolesOf('loss', 'ppl')).toEqual({ loss: 'train/loss', ppl: 'perplexity' });
});

it('holds evaluations against a measure only where training is, too', () => {
  expect(rolesOf('ppl', 'valid ppl')).toEqual({ ppl: 'train/loss', 'valid ppl': 'eval/loss' });
  expect(rolesOf('loss', 'val_mae')['val_mae']).toBe('other');
  expect(rolesOf('val_mae', 'loss')['val_mae']).toBe('other');
  expect(rolesOf('val_mae', 'loss', 'val_loss')).toEqual({
    val_mae: 'other',
    loss: 'train/loss',
    val_loss: 'eval/loss',
  });
});
