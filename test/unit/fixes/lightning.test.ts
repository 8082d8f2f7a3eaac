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
  return changed(id, [...MODULE, ...trainer]);
}

function changed(id: string, lines: readonly string[]): string {
  const text = lines.join('\n');
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

  const SIMPLE = (body: readonly string[], annotation = '') => [
    'import torch',
    'import pytorch_lightning as pl',
    'class Lit(pl.LightningModule):',
    '    def training_step(self, batch, batch_idx):',
    '        return self.net(batch).mean()',
    '    def validation_step(self, batch, batch_idx):',
    "        self.log('val_loss', self.net(batch).mean())",
    `    def configure_optimizers(self)${annotation}:`,
    ...body.map((line) => `        ${line}`),
  ];
  const BUILT = 'torch.optim.Adam(self.parameters(), lr=1e-3)';

  it.each([
    ['by name', [`optimizer = ${BUILT}`, 'return optimizer'], 'optimizer'],
    ['on the spot', [`return ${BUILT}`], 'optimizer'],
    [
      'over several lines',
      ['return torch.optim.Adam(', '    self.parameters(),  # all', '    lr=1e-3,', ')'],
      'optimizer',
    ],
    ['in a list', [`opt = ${BUILT}`, 'return [opt]'], 'opt'],
    ['on the spot in a list', [`return [${BUILT},]`], 'optimizer'],
    ['in a dictionary', [`opt = ${BUILT}`, "return {'optimizer': opt}"], 'opt'],
    ['beside what it is watched by', [`opt = ${BUILT}`, "return {'optimizer': opt, 'monitor': 'x'}"], 'opt'],
  ])('steps a schedule with the optimizer that is returned %s', (_how, body, name) => {
    for (const [id, variable] of [
      ['add-warmup', 'warmup_scheduler'],
      ['linear-decay', 'decay_scheduler'],
      ['wsd-schedule', 'wsd_scheduler'],
      ['cosine-restarts', 'restart_scheduler'],
    ] as const) {
      const text = changed(id, SIMPLE(body));
      expect(text).toContain(`        total_steps = self.trainer.estimated_stepping_batches\n        ${variable} = `);
      expect(text).toContain(
        `        return {'optimizer': ${name}, 'lr_scheduler': {'scheduler': ${variable}, 'interval': 'step'}`,
      );
      expect(text.match(/return \{/g)).toHaveLength(1);
      expect(changed(id, text.split('\n'))).toBe('already-there');
    }
  });

  it('has a warmup of the length that was asked for, however long the run', () => {
    const outcome = applyFix(
      finder,
      'add-warmup',
      {
        path: 'train.py',
        language: 'python',
        text: SIMPLE([`return ${BUILT}`], ' -> torch.optim.Optimizer').join('\n'),
      },
      { 'warmup-steps': 50 },
    );
    expect(outcome.kind === 'edits' ? outcome.notes : outcome).toEqual([
      expect.stringContaining('over 50 optimizer steps.'),
      expect.stringContaining('annotated'),
    ]);
    expect(JSON.stringify(outcome)).not.toContain('total_steps');
  });

  it.each([
    [['if self.small:', `    return ${BUILT}`, `return ${BUILT}`], 'may return in several ways (line 10 and line 11)'],
    [[`a = ${BUILT}`, `b = ${BUILT}`, 'return a, b'], 'more than one optimizer'],
    [['return build(self.parameters())'], 'What build() gives'],
    [['return self.optimizers_of_base()'], 'What self.optimizers_of_base() gives'],
    [['optimizer = [make(p) for p in self.parts]', 'return optimizer'], 'is one optimizer'],
    [['pass'], 'returns no optimizer'],
    [['return []'], 'returns no optimizer'],
    [[`return {'optimizer': ${BUILT}}`], 'give it a name first'],
    [
      [`opt = ${BUILT}`, 'return [opt], [torch.optim.lr_scheduler.StepLR(opt, 3)]'],
      'returns a schedule already (StepLR on line 10)',
    ],
    [[`return torch.optim.LBFGS(self.parameters())`], 'LBFGS searches'],
  ])('is left alone where the schedule has no certain place: %s', (body, reason) => {
    expect(changed('add-warmup', SIMPLE(body))).toContain(reason);
  });

  it('keeps the layout and the comments of the dictionary that is returned', () => {
    const body = [
      'optim = torch.optim.SGD(self.parameters(), lr=0.1)',
      'return {',
      "    'optimizer': optim,  # one",
      '    # none',
      '}',
    ];
    const [imports, ...rest] = SIMPLE(body);
    const text = changed('add-warmup', [imports!, 'from torch import optim', ...rest]);
    expect(text).toContain('= torch.optim.lr_scheduler.LambdaLR(optim, ');
    expect(text).toContain(
      "            'optimizer': optim,\n            'lr_scheduler': {'scheduler': warmup_scheduler, 'interval': 'step'},  # one\n            # none\n",
    );
  });

  it('stops early by the loss that the best weights are kept by', () => {
    const script = SIMPLE([`return ${BUILT}`]).with(6, "        self.log(f'{stage}/loss', 0)");
    const trainer = ["trainer = pl.Trainer(callbacks=[pl.callbacks.ModelCheckpoint(monitor='val/loss')])"];
    expect(changed('early-stopping', [...script, ...trainer])).toContain("EarlyStopping(monitor='val/loss'");
  });

  it('has no schedule over a run without an end', () => {
    const script = [...SIMPLE([`return ${BUILT}`]), 'trainer = pl.Trainer(max_epochs=-1)'];
    expect(changed('linear-decay', script)).toContain('has no end');
    expect(changed('add-warmup', script)).toContain('warmup_scheduler');
  });

  it.each([
    ['pl.Trainer(max_epochs=3)', 'pl.Trainer(max_epochs=3, callbacks=[EARLY])'],
    ['pl.Trainer(callbacks=None)', 'pl.Trainer(callbacks=[EARLY])'],
    ['pl.Trainer(callbacks=[checkpoint])', 'pl.Trainer(callbacks=[checkpoint, EARLY])'],
  ])('stops early by a callback of its Trainer: %s', (trainer, expected) => {
    const early = "pl.callbacks.EarlyStopping(monitor='val_loss', mode='min', patience=3)";
    const text = changed('early-stopping', [...SIMPLE([`return ${BUILT}`]), `trainer = ${trainer}`]);
    expect(text).toContain(expected.replace('EARLY', early));
    expect(changed('early-stopping', text.split('\n'))).toBe('already-there');
  });

  it('stops early by the list of callbacks that the script makes', () => {
    const text = changed('early-stopping', [
      ...SIMPLE([`return ${BUILT}`]),
      'callbacks = [checkpoint]',
      'trainer = pl.Trainer(callbacks=callbacks)',
    ]);
    expect(text).toContain('callbacks = [checkpoint, pl.callbacks.EarlyStopping(');
    expect(text).toContain('pl.Trainer(callbacks=callbacks)');
  });

  it.each([
    [[], 'built in another file: give it callbacks=[EarlyStopping(monitor='],
    [['a = pl.Trainer()', 'b = pl.Trainer()'], 'Several trainers'],
    [['trainer = pl.Trainer(**options)'], 'come from outside this call'],
    [['trainer = pl.Trainer(callbacks=make())'], 'put together elsewhere'],
  ])('does not stop early where that would be a guess: %s', (trainer, reason) => {
    expect(changed('early-stopping', [...SIMPLE([`return ${BUILT}`]), ...trainer])).toContain(reason);
  });

  it('does not stop early by what it has to guess', () => {
    const silent = SIMPLE([`return ${BUILT}`]).with(6, "        self.log(f'{stage}_loss', 0)");
    const several = SIMPLE([`return ${BUILT}`]).with(
      6,
      "        self.log_dict({'val_kl_loss': 0, 'val_pixel_loss': 0})",
    );
    expect(changed('early-stopping', silent)).toContain('logs no evaluation loss');
    expect(changed('early-stopping', several)).toContain('val_kl_loss, val_pixel_loss');
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
