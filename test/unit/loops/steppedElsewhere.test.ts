import { beforeAll, describe, expect, it } from 'vitest';
import { applyFix, FIXES } from '../../../src/fixes/fixes.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import { packagedGrammars } from './grammars.js';

let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

function find(...lines: readonly string[]) {
  return finder.find([...lines, ''].join('\n'), 'python');
}

function fix(id: string, lines: readonly string[]) {
  return applyFix(finder, id, { path: 'train.py', language: 'python', text: lines.join('\n') + '\n' }, {});
}

describe('optimizers that step in hooks of the backward pass', () => {
  const IN_HOOKS = (register: string) => [
    'import torch',
    'steppers = {p: torch.optim.Adam([p], foreach=False) for p in model.parameters()}',
    'opts = steppers',
    'def hook(p):',
    '    opts[p].step()',
    '    opts[p].zero_grad()',
    'def hook_of(p):',
    '    def inner(_):',
    '        opts[p].step()',
    '        opts[p].zero_grad()',
    '    return inner',
    'for p in model.parameters():',
    `    p.register_post_accumulate_grad_hook(${register})`,
    'for x, y in loader:',
    '    loss = loss_of(model(x), y)',
    '    loss.backward()',
  ];

  it.each([
    ['hook', 4],
    ['partial(hook)', 4],
    ['hook=hook', 4],
    ['hook_of(p)', 8],
    ['lambda p: opts[p].step()', 12],
  ])('are found with the loop whose backward pass runs them: %s', (register, step) => {
    expect(find(...IN_HOOKS(register))).toMatchObject([
      { framework: 'pytorch', from: { line: 13 }, backward: { line: 15 }, step: { line: step } },
    ]);
  });

  it('are cleared there, too', () => {
    expect(find(...IN_HOOKS('hook'))).toMatchObject([{ zeroGrad: { line: 5 }, warnings: [] }]);
  });

  it('are nothing to a loop without the hook', () => {
    expect(find(...IN_HOOKS('measure'))).toEqual([]);
    expect(find(...IN_HOOKS('hook').map((line) => line.replace('post_accumulate_grad_hook', 'buffer')))).toEqual([]);
  });

  it('leave no place for anything between the gradients and the step', () => {
    const outcomes = FIXES.map(({ description: { id } }) => ({ id, outcome: fix(id, IN_HOOKS('hook')) }));
    expect(outcomes.filter(({ outcome }) => outcome.kind === 'edits')).toEqual([]);
    expect(fix('clip-gradients', IN_HOOKS('hook'))).toMatchObject({
      reason: expect.stringContaining('in a hook (line 5)'),
    });
  });
});

describe('engines that are given the loss', () => {
  it.each([
    ['booster.backward(loss, optimizer)', 'optimizer.step()'],
    ['engine.backward(loss)', 'engine.step()'],
    [
      'self.strategy.backward(actor_loss, self.actor, optimizer)',
      'self.strategy.optimizer_step(optimizer, self.actor)',
    ],
  ])('are found, and left to what they do themselves: %s', (backward, step) => {
    const script = [
      'import torch',
      'optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)',
      'for x in loader:',
      '    loss = actor_loss = model(x)',
      `    ${backward}`,
      `    ${step}`,
    ];
    expect(find(...script)).toMatchObject([{ backward: { line: 4 }, step: { line: 5 } }]);
    for (const id of ['clip-gradients', 'zclip', 'skip-non-finite-steps', 'gradient-accumulation', 'add-warmup']) {
      expect(fix(id, script)).toMatchObject({ kind: 'refused' });
    }
  });

  it('are no function of the file, which is read instead', () => {
    const script = [
      'import torch',
      'class Agent:',
      '    def optimizer_step(self, optimizer):',
      '        optimizer.step()',
      '    def fit(self, optimizer):',
      '        for x in loader:',
      '            self.net(x).backward()',
      '            self.optimizer_step(optimizer)',
    ];
    expect(find(...script)).toMatchObject([{ backward: { line: 6 }, step: { line: 3 } }]);
  });

  it('torch.autograd.backward is no engine, and its loss is an argument', () => {
    const script = [
      'import torch',
      'optimizer = torch.optim.SGD(model.parameters(), lr=0.1)',
      'for x in loader:',
      '    optimizer.zero_grad()',
      '    loss = model(x)',
      '    torch.autograd.backward(loss)',
      '    optimizer.step()',
    ];
    const outcome = fix('gradient-accumulation', script);
    expect(outcome).toMatchObject({ kind: 'edits' });
    expect(JSON.stringify(outcome)).toContain('loss / 4');
    expect(JSON.stringify(outcome)).not.toContain('autograd /');
    const several = script.map((line) => line.replace('(loss)', '([loss, other])'));
    expect(fix('gradient-accumulation', several)).toMatchObject({ kind: 'refused' });
    expect(fix('clip-gradients', several)).toMatchObject({ kind: 'edits' });
  });
});

describe('weights that are moved all at once', () => {
  const moved = (...update: readonly string[]) =>
    find(
      'import torch',
      'for x in loader:',
      '    model(x).backward()',
      '    grads = [p.grad for p in params]',
      ...update,
    );

  it.each([
    'torch._foreach_add_(params, grads, alpha=-lr)',
    'torch._foreach_sub_(params, grads, alpha=lr)',
    'torch._foreach_add_(params, [p.grad for p in params], alpha=-lr)',
  ])('step by plain descent: %s', (update) => {
    expect(moved(`    ${update}`)).toMatchObject([{ optimizer: 'sgd', step: { line: 4 } }]);
  });

  it.each([
    ['a sum of gradients', 'torch._foreach_add_(grads, other_grads, alpha=-1)'],
    ['a moment', 'torch._foreach_add_(moments, grads)'],
    ['an ascent', 'torch._foreach_add_(params, grads, alpha=eps)'],
  ])('%s is no step', (_, update) => {
    expect(moved(`    ${update}`)).toEqual([]);
  });
});

describe('what only shares the name of a class of transformers', () => {
  const OLD = [
    'from trl import PPOConfig, PPOTrainer',
    'config = PPOConfig(model_name="gpt2", learning_rate=1.41e-5, batch_size=128)',
    'ppo_trainer = PPOTrainer(config, model, ref_model, tokenizer)',
    'for batch in ppo_trainer.dataloader:',
    '    stats = ppo_trainer.step(batch["query"], batch["response"], rewards)',
  ];

  it.each([OLD, OLD.map((line) => line.replace('model_name="gpt2", ', '')), OLD.slice(0, 3)])(
    'PPOConfig before TRL 0.12 takes none of the arguments',
    (...script) => {
      expect(find(...script)).toMatchObject([{ clipping: { kind: 'none' } }]);
      for (const id of ['add-warmup', 'zclip', 'gradient-accumulation']) {
        expect(fix(id, script)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('0.12') });
      }
    },
  );

  it('PPOConfig of today is one', () => {
    const today = ['from trl import PPOConfig', 'args = PPOConfig(output_dir="out", num_ppo_epochs=4)'];
    expect(fix('add-warmup', today)).toMatchObject({ kind: 'edits' });
  });

  it.each([
    ['adamw_torch', 'adamw'],
    ['paged_adamw_8bit', 'adamw'],
    ['schedule_free_adamw', 'adamw'],
    ['adafactor', 'adafactor'],
  ])('the optimizer %s is called %s', (optim, name) => {
    const script = ['from transformers import TrainingArguments', `a = TrainingArguments("o", optim="${optim}")`];
    expect(find(...script)).toMatchObject([{ optimizer: name }]);
  });

  it('arguments of a class of its own are found where a parser fills it', () => {
    const script = (base: string) => [
      'from transformers import HfArgumentParser, TrainingArguments',
      '@dataclass',
      `class TrainArgs(${base}):`,
      '    length: int = 512',
      'training_args, = HfArgumentParser((ModelArgs, TrainArgs)).parse_args_into_dataclasses()',
    ];
    expect(find(...script('TrainingArguments'))).toMatchObject([{ framework: 'transformers' }]);
    expect(find(...script('object'))).toEqual([]);
    const built = [...script('TrainingArguments').slice(0, -1), 'args = TrainArgs("out", max_grad_norm=0.5)'];
    expect(find(...built)).toMatchObject([{ clipping: { kind: 'norm', limit: 0.5 } }]);
  });
});
