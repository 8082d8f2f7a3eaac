import { beforeAll, describe, expect, it } from 'vitest';
import { applyFix } from '../../../src/fixes/fixes.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import type { SourceLanguage } from '../../../src/model/sourceLanguage.js';
import { packagedGrammars } from '../loops/grammars.js';

let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

function fix(id: string, lines: readonly string[], language: SourceLanguage = 'python') {
  return applyFix(finder, id, { path: 'train.py', language, text: lines.join('\n') + '\n' }, {});
}

const SCHEDULES = ['add-warmup', 'linear-decay', 'wsd-schedule', 'cosine-restarts', 'learning-rate-range-test'];

const WITH_CLOSURE = (optimizer: string) => [
  'import torch',
  `optimizer = ${optimizer}`,
  'for step in range(1000):',
  '    def closure():',
  '        optimizer.zero_grad()',
  '        loss = loss_of(model)',
  '        loss.backward()',
  '        return loss',
  '    optimizer.step(closure)',
];

const PLAIN = (optimizer: string) => [
  'import torch',
  'import schedulefree',
  'from transformers import Adafactor',
  `optimizer = ${optimizer}`,
  'for step in range(1000):',
  '    optimizer.zero_grad()',
  '    loss_of(model).backward()',
  '    optimizer.step()',
];

const IN_LIGHTNING = (optimizer: string) => [
  'import torch',
  'import lightning as L',
  'class Module(L.LightningModule):',
  '    def training_step(self, batch, index):',
  '        return self.net(batch)',
  '    def configure_optimizers(self):',
  `        return ${optimizer}`,
  'trainer = L.Trainer(max_epochs=10)',
];

describe.each(SCHEDULES)('optimizers that work out their steps themselves take no schedule: %s', (id) => {
  it.each([
    ['LBFGS', WITH_CLOSURE('torch.optim.LBFGS(model.parameters())'), 'LBFGS'],
    ['what runs a closure and is built elsewhere', WITH_CLOSURE('build(model)'), 'closure'],
    ['Schedule-Free', PLAIN('schedulefree.AdamWScheduleFree(model.parameters(), lr=1e-3)'), 'Schedule-free'],
    ['Adafactor without a rate', PLAIN('Adafactor(model.parameters())'), 'Adafactor'],
  ])('%s', (_, script, word) => {
    expect(fix(id, script)).toMatchObject({ kind: 'refused', reason: expect.stringContaining(word) });
  });

  it('those that are given a rate do', () => {
    expect(fix(id, WITH_CLOSURE('torch.optim.SGD(model.parameters(), lr=0.1)')).kind).toBe('edits');
    expect(fix(id, PLAIN('torch.optim.SGD(model.parameters(), lr=0.1)')).kind).toBe('edits');
  });
});

describe('LBFGS in the hands of Lightning', () => {
  const script = IN_LIGHTNING('torch.optim.LBFGS(self.parameters(), lr=1.0)');

  it.each([
    'add-warmup',
    'linear-decay',
    'wsd-schedule',
    'cosine-restarts',
    'zclip',
    'spam',
    'redo',
    'gradient-accumulation',
  ])('%s', (id) => {
    expect(fix(id, script)).toMatchObject({ kind: 'refused' });
    expect(fix(id, IN_LIGHTNING('torch.optim.AdamW(self.parameters(), lr=1e-3)')).kind).toBe('edits');
  });
});

describe('LBFGS of optax', () => {
  const script = (optimizer: string) => [
    'import jax',
    'import optax',
    `opt = ${optimizer}`,
    'state = opt.init(params)',
    'for _ in range(200):',
    '    value, grad = jax.value_and_grad(loss)(params)',
    '    updates, state = opt.update(grad, state, params)',
    '    params = optax.apply_updates(params, updates)',
  ];

  it.each(['add-warmup', 'linear-decay', 'wsd-schedule', 'clip-gradients', 'clip-by-value', 'gradient-accumulation'])(
    '%s',
    (id) => {
      expect(fix(id, script('optax.lbfgs()'))).toMatchObject({ kind: 'refused' });
      expect(fix(id, script('optax.adam(1e-3)')).kind).toBe('edits');
    },
  );
});

describe('Schedule-Free optimizers of the Trainer', () => {
  const script = (schedule: string, more = '') => [
    'from transformers import TrainingArguments',
    `args = TrainingArguments("out", optim="schedule_free_adamw", lr_scheduler_type="${schedule}", max_steps=1000${more})`,
  ];

  it.each(['linear-decay', 'wsd-schedule', 'cosine-restarts'])('%s', (id) => {
    expect(fix(id, script('constant'))).toMatchObject({ reason: expect.stringContaining('Schedule-free') });
    const plain = script('constant').map((line) => line.replace('schedule_free_adamw', 'adamw_torch'));
    expect(fix(id, plain).kind).toBe('edits');
  });

  it('are told of a warmup by its steps, and keep their constant rate', () => {
    const outcome = fix('add-warmup', script('constant'));
    expect(JSON.stringify(outcome)).toContain('warmup');
    expect(JSON.stringify(outcome)).not.toContain('constant_with_warmup');
    expect(fix('add-warmup', script('constant', ', warmup_steps=100')).kind).toBe('already-there');
  });

  it.each(['linear-decay', 'wsd-schedule', 'cosine-restarts'])('%s in a configuration', (id) => {
    const yaml = (optimizer: string) => [
      'base_model: some/model',
      'adapter: lora',
      'micro_batch_size: 2',
      `optimizer: ${optimizer}`,
      'lr_scheduler: constant',
      'learning_rate: 0.0002',
      'max_steps: 1000',
    ];
    expect(fix(id, yaml('schedule_free_adamw'), 'yaml')).toMatchObject({
      reason: expect.stringContaining('Schedule-free'),
    });
    expect(fix(id, yaml('adamw_torch'), 'yaml').kind).toBe('edits');
  });
});

describe('a line search begins at the learning rate', () => {
  it.each([
    ['lr=1.0, line_search_fn="strong_wolfe"', 'refused'],
    ['lr=1.0, line_search_fn=None', 'edits'],
    ['lr=1.0', 'edits'],
  ])('lower-learning-rate: LBFGS(%s)', (given, kind) => {
    expect(fix('lower-learning-rate', WITH_CLOSURE(`torch.optim.LBFGS(model.parameters(), ${given})`)).kind).toBe(kind);
  });
});
