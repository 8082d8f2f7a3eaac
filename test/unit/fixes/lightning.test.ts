import { beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../../src/fixes/editing/applyEdits.js';
import { applyFix } from '../../../src/fixes/fixes.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import { packagedGrammars } from '../loops/grammars.js';

let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

const MODULE = [
  'import torch',
  'import lightning as L',
  'class Lit(L.LightningModule):',
  '    def training_step(self, batch, batch_idx):',
  '        return self.net(batch).mean()',
  '    def configure_optimizers(self):',
  '        optimizer = torch.optim.Adam(self.parameters(), lr=2e-4, weight_decay=1e-4)',
  '        scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100)',
  '        return [optimizer], [scheduler]',
];

/** The script as the fix leaves it, or why it is left alone. */
function result(id: string, trainer: readonly string[]): string {
  const text = [...MODULE, ...trainer].join('\n');
  const outcome = applyFix(finder, id, { path: 'train.py', language: 'python', text }, {});
  return outcome.kind === 'edits'
    ? applyEdits(text, outcome.edits)
    : outcome.kind === 'refused'
      ? outcome.reason
      : outcome.kind;
}

describe('Lightning’s own loop', () => {
  it.each([
    ['clip-gradients', 'trainer = L.Trainer(max_epochs=3, gradient_clip_val=1.0)'],
    ['clip-by-value', 'trainer = L.Trainer(max_epochs=3, gradient_clip_val=1.0, gradient_clip_algorithm="value")'],
    ['gradient-accumulation', 'trainer = L.Trainer(max_epochs=3, accumulate_grad_batches=4)'],
  ])('is told by its Trainer: %s', (id, line) => {
    expect(result(id, ['trainer = L.Trainer(max_epochs=3)'])).toContain(line);
    expect(result(id, [line])).toBe('already-there');
  });

  it.each([
    ["'16-mixed'", "'bf16-mixed'"],
    ['16', '"bf16"'],
    ['"16-true"', '"bf16-true"'],
  ])('computes in bfloat16 instead of %s', (given, wanted) => {
    expect(result('bf16-instead-of-fp16', [`trainer = L.Trainer(precision=${given})`])).toContain(
      `precision=${wanted.replaceAll(/['"]/g, given.startsWith("'") ? "'" : '"')}`,
    );
    expect(result('bf16-instead-of-fp16', [`trainer = L.Trainer(precision=${wanted})`])).toBe('already-there');
  });

  it('is left alone where it computes in float32', () => {
    expect(result('bf16-instead-of-fp16', ['trainer = L.Trainer(max_epochs=3)'])).toContain('not told in this file');
  });

  it.each([
    ['lower-learning-rate', 'lr=6e-5'],
    ['lower-beta2', 'betas=(0.9, 0.95)'],
    ['adamw-instead-of-adam', 'torch.optim.AdamW('],
    ['radam', 'torch.optim.RAdam('],
    ['amsgrad', 'amsgrad=True'],
  ])('takes the optimizer that the module configures, and no scheduler for one: %s', (id, added) => {
    const text = result(id, ['trainer = L.Trainer(max_epochs=3)']);
    expect(text).toContain(added);
    expect(text).toContain('CosineAnnealingLR(optimizer, T_max=100)');
  });

  it.each([
    [[], 'built in another file: give it gradient_clip_val=1.0 there'],
    [['from lightning.pytorch.cli import LightningCLI', 'LightningCLI(Lit)'], 'trainer.gradient_clip_val'],
    [['one = L.Trainer(max_epochs=1)', 'other = L.Trainer(max_epochs=9)'], 'Several trainers'],
    [['trainer = L.Trainer(**options)'], 'come from outside this call'],
    [['trainer = L.Trainer(gradient_clip_val=0.5, gradient_clip_algorithm="value")'], 'by the value already'],
  ])('is not told where that would be a guess: %s', (trainer, reason) => {
    expect(result('clip-gradients', trainer)).toContain(reason);
  });
});
