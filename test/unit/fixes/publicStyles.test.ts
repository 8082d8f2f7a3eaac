import { beforeAll, describe, expect, it } from 'vitest';
import { applyFix } from '../../../src/fixes/fixes.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import { packagedGrammars } from '../loops/grammars.js';

let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

function fix(id: string, lines: readonly string[]) {
  return applyFix(finder, id, { path: 'train.py', language: 'python', text: lines.join('\n') + '\n' }, {});
}

/** What public training code does that fixes once got wrong, written anew. */
describe('styles found in public code', () => {
  const PROBE = [
    'import torch',
    'def probe(model, batches):',
    '    for batch in batches:',
    '        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)',
    '        optimizer.zero_grad()',
    '        model(batch).sum().backward()',
    '        optimizer.step()',
  ];

  it.each(['add-warmup', 'linear-decay', 'zclip', 'spam'])(
    'an optimizer built anew in every round has no past: %s',
    (id) => {
      expect(fix(id, PROBE).kind).toBe('refused');
    },
  );

  it('a clipping without a memory is made there all the same', () => {
    expect(fix('clip-gradients', PROBE).kind).toBe('edits');
  });

  it('Horovod counts backward passes itself', () => {
    const script = [
      'import torch',
      'import horovod.torch as hvd',
      'optimizer = hvd.DistributedOptimizer(torch.optim.SGD(model.parameters(), lr=0.1))',
      'for batch in batches:',
      '    optimizer.zero_grad()',
      '    loss = model(batch).sum()',
      '    loss.backward()',
      '    optimizer.step()',
    ];
    expect(fix('gradient-accumulation', script)).toMatchObject({ kind: 'refused' });
    expect(fix('skip-non-finite-steps', script)).toMatchObject({ kind: 'refused' });
  });

  it('schedule_free weighs steps by its own rate', () => {
    const script = [
      'import jax',
      'import optax',
      'opt = optax.contrib.schedule_free(optax.sgd(1e-2), learning_rate=1e-2)',
      'state = opt.init(params)',
      'for batch in batches:',
      '    grads = jax.grad(loss_fn)(params, batch)',
      '    updates, state = opt.update(grads, state, params)',
      '    params = optax.apply_updates(params, updates)',
    ];
    expect(fix('add-warmup', script)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('schedule_free'),
    });
  });

  it('targets of a cross entropy may be probabilities', () => {
    const outcome = fix('stablemax', [
      'import torch',
      'from torch import nn',
      'criterion = nn.CrossEntropyLoss()',
      'optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)',
      'for x, relevance in batches:',
      '    optimizer.zero_grad()',
      '    loss = criterion(model(x), relevance.softmax(dim=1))',
      '    loss.backward()',
      '    optimizer.step()',
    ]);
    const added = outcome.kind === 'edits' ? outcome.edits.map(({ newText }) => newText).join('') : '';
    expect(added).toContain('if targets.shape == logits.shape:');
  });

  it('a PPOConfig of another library is none of TRL', () => {
    const script = [
      'from ray.rllib.algorithms import AlgorithmConfig',
      'class PPOConfig(AlgorithmConfig):',
      '    pass',
      'config = PPOConfig(lr=3e-4)',
    ];
    expect(finder.find(script.join('\n'), 'python')).toEqual([]);
  });

  it('a subclass of TrainingArguments stands for it', () => {
    const script = [
      'from transformers import TrainingArguments',
      'class MyTrainingArguments(TrainingArguments):',
      '    pass',
      'args = MyTrainingArguments(output_dir="out", learning_rate=1e-4)',
    ];
    expect(finder.find(script.join('\n'), 'python')).toHaveLength(1);
  });
});
