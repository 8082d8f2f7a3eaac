import { beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../../src/fixes/editing/applyEdits.js';
import { applyFix } from '../../../src/fixes/fixes.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import type { FixOutcome } from '../../../src/model/fix.js';
import { packagedGrammars } from '../loops/grammars.js';

let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

function fix(id: string, lines: readonly string[]) {
  return applyFix(finder, id, { path: 'train.py', language: 'python', text: lines.join('\n') + '\n' }, {});
}

function textOf(outcome: FixOutcome): string {
  return outcome.kind === 'edits' ? outcome.edits.map(({ newText }) => newText).join('') : outcome.kind;
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

  it.each([
    ['float("inf")', 'edits'],
    ["float('inf')", 'edits'],
    ['math.inf', 'edits'],
    ['max_norm=torch.inf', 'edits'],
    ['np.inf', 'edits'],
    ['float("5")', 'already-there'],
    ['args.inf_norm', 'already-there'],
    ['1e3', 'already-there'],
  ])('clipping at infinity only measures the norm: %s', (limit, kind) => {
    const script = [...PROBE];
    script.splice(6, 0, `        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), ${limit})`);
    expect(fix('clip-gradients', script).kind).toBe(kind);
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

  it('each model of several that are trained side by side has an average of its own', () => {
    const lines = ['import torch', 'class Pair:', '    def __init__(self, G, D):', '        self.G, self.D = G, D'];
    for (const name of ['D', 'G']) {
      lines.push(`        self.opt_${name} = torch.optim.Adam(${name}.parameters(), lr=1e-4)`);
    }
    for (const name of ['D', 'G']) {
      lines.push(`    def update_${name}(self, batch):`, `        self.opt_${name}.zero_grad()`);
      lines.push(`        self.${name}(batch).mean().backward()`, `        self.opt_${name}.step()`);
    }
    lines.push('    def train(self, epochs, loader):', '        for epoch in range(epochs):');
    lines.push(
      '            for batch in loader:',
      '                self.update_D(batch)',
      '                self.update_G(batch)',
    );
    const text = textOf(fix('checkpoint-averaging', lines));
    expect(text).toContain('averaged_D = torch.optim.swa_utils.AveragedModel(self.D)');
    expect(text).toContain('averaged_G.update_parameters(self.G)');
  });

  it('a scaler whose step is forgotten is switched off all the same', () => {
    const outcome = fix('bf16-instead-of-fp16', [
      'import torch',
      'optimizer = torch.optim.AdamW(model.parameters(), lr=3e-4)',
      'scaler = torch.amp.GradScaler()',
      'for x, y in batches:',
      '    optimizer.zero_grad()',
      "    with torch.autocast('cuda', dtype=torch.float16):",
      '        loss = criterion(model(x), y)',
      '    scaler.scale(loss).backward()',
      '    optimizer.step()',
    ]);
    expect(textOf(outcome)).toContain('enabled=False');
  });

  it.each(['gradient-accumulation', 'checkpoint-averaging', 'skip-non-finite-steps'])(
    'optimizers of Keras 2 are told by their arguments: %s',
    (id) => {
      const script = [
        'import tensorflow as tf',
        'opt = tf.keras.optimizers.SGD(learning_rate=1e-5, decay=1e-6, momentum=0.9)',
        "model.compile(optimizer=opt, loss='mse')",
        'model.fit(data, epochs=30)',
      ];
      expect(fix(id, script)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('Keras 2 (decay)') });
    },
  );

  const TRAIN_STEP = [
    'import tensorflow as tf',
    'class CustomModel(tf.keras.Model):',
    '    def train_step(self, data):',
    '        x, y = data',
    '        with tf.GradientTape() as tape:',
    '            loss = tf.reduce_mean((self(x) - y) ** 2)',
    '        gradients = tape.gradient(loss, self.trainable_variables)',
    '        gradients = [tf.clip_by_norm(g, 1.0) for g in gradients]',
    '        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))',
    "        return {'loss': loss}",
    'model = CustomModel(inputs, outputs)',
    "model.compile(optimizer=tf.keras.optimizers.Adam(1e-3), loss='mse')",
    'model.fit(x=data, epochs=5)',
  ];

  it('fit runs the train_step of the model, which clips and scales for itself', () => {
    expect(finder.find(TRAIN_STEP.join('\n'), 'python')[0]?.clipping).toMatchObject({ kind: 'norm', limit: 1 });
    expect(fix('clip-gradients', TRAIN_STEP).kind).toBe('already-there');
    expect(fix('skip-non-finite-steps', TRAIN_STEP).kind).toBe('refused');
  });

  it.each(['import mlx.nn as nn', 'from flax import nnx as nn', 'import paddle.nn as nn'])(
    'models of other libraries are none of PyTorch: %s',
    (line) => {
      const model = [
        line,
        'class Block(nn.Module):',
        '    def __init__(self, dim, vocab):',
        '        self.ln = nn.LayerNorm(dim)',
        '        self.mlp = nn.Linear(dim, dim)',
        '        self.head = nn.Linear(dim, vocab)',
        '    def __call__(self, x):',
        '        x = x + self.mlp(self.ln(x))',
        '        logits = self.head(x)',
        '        return logits',
      ];
      expect(fix('peri-ln', model)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('PyTorch') });
      expect(fix('logit-soft-cap', model).kind).toBe('refused');
    },
  );

  it('MLX steps by apply_gradients, too', () => {
    const script = [
      'import mlx.nn as nn',
      'import mlx.optimizers as optim',
      'optimizer = optim.AdamW(learning_rate=3e-4)',
      'loss_and_grad_fn = nn.value_and_grad(model, loss_fn)',
      'for inputs, targets in batches:',
      '    loss, grads = loss_and_grad_fn(model, inputs, targets)',
      '    model.update(optimizer.apply_gradients(grads, model))',
    ];
    expect(finder.find(script.join('\n'), 'python')).toHaveLength(1);
  });

  const SHARPNESS = [
    'import torch',
    'from sam import SAM',
    'optimizer = SAM(model.parameters(), torch.optim.SGD, rho=0.05, lr=0.1)',
    'for x, y in loader:',
    '    criterion(model(x), y).backward()',
    '    optimizer.first_step(zero_grad=True)',
    '    criterion(model(x), y).backward()',
    '    optimizer.second_step(zero_grad=True)',
  ];

  it('sharpness-aware minimisation steps when it has taken the second gradient', () => {
    const [loop, ...others] = finder.find(SHARPNESS.join('\n'), 'python');
    expect(others).toEqual([]);
    expect(loop).toMatchObject({ optimizer: 'sam', step: { line: 7 }, warnings: [], accumulation: false });
    const outcome = fix('clip-gradients', SHARPNESS);
    expect(outcome).toMatchObject({ kind: 'edits', edits: [{ range: { start: { line: 6 } } }] });
    expect(textOf(fix('add-warmup', SHARPNESS))).toContain('LambdaLR(optimizer');
  });

  it.each(['skip-non-finite-steps', 'pcgrad', 'redo', 'continual-backprop'])(
    'between the two steps of sharpness-aware minimisation the weights are not where they belong: %s',
    (id) => {
      expect(fix(id, SHARPNESS).kind).toBe('refused');
    },
  );

  it('a first step without a second is none', () => {
    const script = SHARPNESS.filter((line) => !line.includes('first_step'));
    expect(finder.find(script.join('\n'), 'python')).toEqual([]);
  });

  it.each(['clip', 'clipper'])('clipping is known under the name that the import gives it: %s', (name) => {
    const script = [
      `from torch.nn.utils import clip_grad_norm_ as ${name}`,
      'from torch.optim import AdamW as Opt',
      'mover = Opt(model.parameters(), lr=1e-3)',
      'for x, y in loader:',
      '    mover.zero_grad()',
      '    criterion(model(x), y).backward()',
      `    ${name}(model.parameters(), 0.5)`,
      '    mover.step()',
    ];
    expect(finder.find(script.join('\n'), 'python')[0]?.clipping).toMatchObject({ kind: 'norm', limit: 0.5 });
    expect(fix('clip-gradients', script)).toMatchObject({ kind: 'already-there', line: 6 });
  });

  it.each([
    ['scaler.step(optimizer)', []],
    ['optimizer.step()', ['missing-scaler-step']],
    ['optimizer.step() if cpu else scaler.step(optimizer)', []],
    ['scaler.unscale_(optimizer); optimizer.step()', []],
    ['finish(scaler); optimizer.step()', []],
  ])('scaled gradients are the business of the scaler: %s', (step, rules) => {
    const script = [
      'import torch',
      'scaler = torch.amp.GradScaler()',
      'optimizer = torch.optim.SGD(model.parameters(), lr=0.1)',
      'for x, y in loader:',
      '    optimizer.zero_grad()',
      '    scaler.scale(criterion(model(x), y)).backward()',
      `    ${step}`,
      '    scaler.update()',
    ];
    const warnings = finder.find(script.join('\n'), 'python').flatMap((loop) => loop.warnings);
    expect(warnings.map(({ rule }) => rule)).toEqual(rules);
  });

  it.each(['add-warmup', 'zclip', 'wsd-schedule'])('an optimizer built in every call has no past: %s', (id) => {
    const script = [
      'import torch',
      'def train_step(model, x, y):',
      '    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)',
      '    optimizer.zero_grad()',
      '    criterion(model(x), y).backward()',
      '    optimizer.step()',
    ];
    expect(fix(id, script)).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/anew in every call|elsewhere|can't be told/),
    });
    expect(fix('clip-gradients', script).kind).toBe('edits');
  });

  it.each(['add-warmup', 'clip-gradients'])('a state of optax belongs to the optimizer that made it: %s', (id) => {
    const script = [
      'import jax, optax',
      'state = optax.adam(LR).init(params)',
      'def step(params, state, x):',
      '    loss, grads = jax.value_and_grad(loss_fn)(params, x)',
      '    updates, state = optax.adam(LR).update(grads, state, params)',
      '    return optax.apply_updates(params, updates), state',
    ];
    expect(fix(id, script)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('under a name') });
  });

  it.each([
    [
      'for (let i = 0; i < 9; i += 1) { const optimizer = tf.train.sgd(0.1); optimizer.minimize(() => f()); }',
      'refused',
    ],
    ['export function step(lr) { const optimizer = tf.train.sgd(lr); optimizer.minimize(() => f()); }', 'refused'],
    ['const optimizer = tf.train.sgd(0.1);\nexport function step() { optimizer.minimize(() => f()); }', 'edits'],
    [
      'function run() { const optimizer = tf.train.sgd(0.1); for (const x of xs) { optimizer.minimize(() => f(x)); } }',
      'edits',
    ],
  ])('a rate that rises has to outlive its step: %s', (code, kind) => {
    const text = `import * as tf from '@tensorflow/tfjs';\n${code}\n`;
    expect(applyFix(finder, 'add-warmup', { path: 'train.js', language: 'javascript', text }, {}).kind).toBe(kind);
  });

  it('a name that the script gives to its optimizer is no longer the library', () => {
    const text = textOf(
      fix('add-warmup', [
        'from torch import nn, optim',
        'optim = optim.AdamW(model.parameters(), lr=1e-3)',
        'for x in batches:',
        '    optim.zero_grad()',
        '    model(x).backward()',
        '    optim.step()',
      ]),
    );
    expect(text).toContain('import torch');
    expect(text).toContain('torch.optim.lr_scheduler.LambdaLR(optim, ');
  });

  const REPLAY = [
    'import torch',
    'optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)',
    'for step in range(total):',
    '    if step > start and step % every == 0:',
    '        optimizer.zero_grad()',
    '        loss_of(buffer.sample()).backward()',
    '        optimizer.step()',
  ];

  it.each(['linear-decay', 'wsd-schedule', 'cosine-restarts'])(
    'rounds that make no step are no steps of a schedule: %s',
    (id) => {
      expect(fix(id, REPLAY)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('decided on line 4') });
      const always = REPLAY.toSpliced(3, 1).map((line) => line.replace(/^ {8}/, '    '));
      expect(fix(id, always).kind).toBe('edits');
    },
  );

  it('an average over the epochs of every collected batch would begin anew with each', () => {
    const script = [
      'import torch',
      'optimizer = torch.optim.Adam(agent.parameters(), lr=1e-3)',
      'for iteration in range(iterations):',
      '    data = collect(agent)',
      '    for epoch in range(epochs):',
      '        for batch in data.batches():',
      '            optimizer.zero_grad()',
      '            loss_of(agent, batch).backward()',
      '            optimizer.step()',
    ];
    expect(fix('checkpoint-averaging', script)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('anew'),
    });
  });

  it('what only follows a model is no optimizer that a schedule could steer', () => {
    const script = (built: string) => [
      'import torch',
      `optimizer = ${built}`,
      'for batch in batches:',
      '    optimizer.zero_grad()',
      '    model(batch).backward()',
      '    optimizer.step()',
    ];
    expect(fix('add-warmup', script('SGDTowardsModel(target, model, 0.9)'))).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('SGDTowardsModel'),
    });
    expect(fix('add-warmup', script('Tiger(model.parameters(), 0.9)')).kind).toBe('edits');
  });

  it('an optimizer that another file hands to a class may be scheduled there', () => {
    const script = [
      'import torch',
      'class Trainer:',
      '    def __init__(self, model, optimizer):',
      '        self.model, self.optimizer = model, optimizer',
      '    def step(self, batch):',
      '        self.optimizer.zero_grad()',
      '        self.model(batch).backward()',
      '        self.optimizer.step()',
    ];
    expect(fix('add-warmup', script)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('handed in') });
    const own = [...script, 'trainer = Trainer(model, torch.optim.AdamW(model.parameters(), lr=1e-3))'];
    expect(fix('add-warmup', own).kind).toBe('edits');
  });

  it('a loop that counts for nobody counts for the accumulation', () => {
    const script = [
      'import torch',
      'optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)',
      'for _ in range(100):',
      '    optimizer.zero_grad()',
      '    model(draw()).backward()',
      '    optimizer.step()',
    ];
    const outcome = fix('gradient-accumulation', script);
    const text = outcome.kind === 'edits' ? applyEdits(script.join('\n') + '\n', outcome.edits) : outcome.kind;
    expect(text).toContain('for batch_index in range(100):');
  });

  const LOOP = (optimizer: string, ...more: readonly string[]) => [
    'import torch',
    `optimizer = ${optimizer}`,
    ...more,
    'for step in range(100000):',
    '    optimizer.zero_grad()',
    '    model(draw()).backward()',
    '    optimizer.step()',
  ];

  it('weights that are moved by hand can be clipped and nothing else', () => {
    const update = (over: string) => [
      'import torch',
      'weights = [torch.zeros(3, requires_grad=True)]',
      'for x, y in loader:',
      '    loss_of(x, y).backward()',
      `    for p in ${over}:`,
      '        p.data -= 0.1 * p.grad',
      '        p.grad = None',
    ];
    const clipped = fix('clip-gradients', update('model.parameters()'));
    expect(clipped).toMatchObject({ kind: 'edits', edits: [{ range: { start: { line: 4 } } }] });
    expect(textOf(clipped)).toContain('clip_grad_norm_(model.parameters(), max_norm=1.0)');
    expect(textOf(fix('clip-gradients', update('weights')))).toContain('clip_grad_norm_(weights, max_norm=1.0)');
    // A generator is empty after it was clipped, and where a name comes from may not be known.
    expect(fix('clip-gradients', update('weights_of(model)')).kind).toBe('refused');
    expect(fix('clip-gradients', update('elsewhere')).kind).toBe('refused');
    for (const id of [
      'add-warmup',
      'zclip',
      'skip-non-finite-steps',
      'gradient-accumulation',
      'checkpoint-averaging',
    ]) {
      expect(fix(id, update('weights'))).toMatchObject({ kind: 'refused', reason: expect.stringContaining('by hand') });
    }
  });

  it('a second schedule of one optimizer undoes the first, wherever that is built', () => {
    const epochs = (scheduler: string) => [
      'import torch',
      'optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)',
      scheduler,
      'for epoch in range(10):',
      '    for x in loader:',
      '        optimizer.zero_grad()',
      '        model(x).backward()',
      '        optimizer.step()',
      '    scheduler.step()',
    ];
    expect(fix('add-warmup', epochs("scheduler = options['scheduler']"))).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('scheduler'),
    });
    const known = 'scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3)';
    expect(fix('add-warmup', epochs(known)).kind).toBe('edits');
    const noise = epochs('pass').map((line) => line.replace('scheduler.step()', 'scheduler.step(noise, t, latents)'));
    expect(fix('add-warmup', noise).kind).toBe('edits');
  });

  it('an optimizer that runs a closure may be LBFGS, which takes no warmup', () => {
    const script = (maker: string) => [
      'import torch',
      'def get_optimizer(image):',
      `    return ${maker}([image])`,
      'optimizer = get_optimizer(image)',
      'for step in range(30000):',
      '    def closure():',
      '        optimizer.zero_grad()',
      '        loss = loss_of(image)',
      '        loss.backward()',
      '        return loss',
      '    optimizer.step(closure)',
    ];
    expect(fix('add-warmup', script('torch.optim.LBFGS'))).toMatchObject({ reason: expect.stringContaining('LBFGS') });
    expect(fix('add-warmup', script('made_elsewhere'))).toMatchObject({ reason: expect.stringContaining('LBFGS') });
    expect(fix('add-warmup', script('torch.optim.Adam')).kind).toBe('edits');
  });

  it('the value of a loss is no validation loss', () => {
    const script = (name: string) => [
      ...LOOP('torch.optim.Adam(model.parameters(), lr=1e-3)'),
      `    ${name} = evaluated()`,
    ];
    expect(fix('early-stopping', script('d_loss_val')).kind).toBe('refused');
    expect(fix('early-stopping', script('val_loss')).kind).toBe('edits');
  });

  it('rounds that all work on one batch are none to put together', () => {
    const script = (outer: string, inner: string, use: string) => [
      'import torch',
      'optimizer = torch.optim.SGD(model.parameters(), lr=0.1)',
      outer,
      `    for ${inner}:`,
      '        optimizer.zero_grad()',
      `        model(${use}).backward()`,
      '        optimizer.step()',
    ];
    expect(fix('gradient-accumulation', script('for x, y in loader:', 'j in range(4)', 'x')).kind).toBe('refused');
    expect(fix('gradient-accumulation', script('for x, y in loader:', 'j in range(4)', 'x[j]')).kind).toBe('edits');
    expect(fix('gradient-accumulation', script('for e in range(9):', '_ in range(4)', 'draw(e)')).kind).toBe('edits');
  });

  it('a container of optimizers need not have parameter groups', () => {
    const script = LOOP('build(model)').map((line) => line.replaceAll('optimizer', 'optimizers'));
    expect(fix('zclip', script).kind).toBe('refused');
    expect(fix('skip-non-finite-steps', script).kind).toBe('refused');
    expect(fix('zclip', LOOP('build(model)')).kind).toBe('edits');
  });

  it('the warmup is no longer than a tenth of a run that counts from one, or that calls its step', () => {
    const adam = 'torch.optim.Adam(model.parameters(), lr=1e-3)';
    const fromOne = LOOP(adam).map((line) => line.replace('range(100000)', 'range(1, epochs + 1)'));
    expect(textOf(fix('add-warmup', ['epochs = 200', ...fromOne]))).toContain('(step + 1) / 20)');
    const called = [
      'import torch',
      `optimizer = ${adam}`,
      'def train():',
      '    optimizer.zero_grad()',
      '    model(draw()).backward()',
      '    optimizer.step()',
      'for epoch in range(300):',
      '    train()',
    ];
    expect(textOf(fix('add-warmup', called))).toContain('(step + 1) / 30)');
    expect(textOf(fix('add-warmup', [...called, 'train()']))).toContain('(step + 1) / 2000)');
  });

  it('how often JAX steps is not how often the environment does', () => {
    const script = (guard: string) => [
      'import jax, optax',
      'optimizer = optax.adam(1e-3)',
      'state = optimizer.init(params)',
      '@jax.jit',
      'def update(params, state, batch):',
      '    grads = jax.grad(loss)(params, batch)',
      '    updates, state = optimizer.update(grads, state)',
      '    return optax.apply_updates(params, updates), state',
      'for step in range(100000):',
      '    observe()',
      `    ${guard}`,
      '        params, state = update(params, state, sample())',
    ];
    expect(fix('linear-decay', script('if step % 10 == 0:'))).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('line 11'),
    });
    expect(fix('linear-decay', script('with profiled():')).kind).toBe('edits');
  });

  it('rounds that are skipped by count make no steps; a broken batch is rare', () => {
    const script = (condition: string) => {
      const lines = LOOP('torch.optim.Adam(model.parameters(), lr=1e-3)');
      return [...lines.slice(0, 3), `    if ${condition}:`, '        continue', ...lines.slice(3)];
    };
    expect(fix('linear-decay', script('step < learning_starts')).kind).toBe('refused');
    expect(fix('linear-decay', script('batch is None')).kind).toBe('edits');
  });

  it('gradients that Lightning clips by hand are bounded before its hook sees them', () => {
    const script = (clip: string) => [
      'import lightning as L',
      'import torch',
      'class Lit(L.LightningModule):',
      '    def __init__(self):',
      '        super().__init__()',
      '        self.automatic_optimization = False',
      '    def training_step(self, batch, index):',
      '        optimizer = self.optimizers()',
      '        optimizer.zero_grad()',
      '        self.manual_backward(self.loss(batch))',
      `        ${clip}`,
      '        optimizer.step()',
      '    def configure_optimizers(self):',
      '        return torch.optim.Adam(self.parameters(), lr=1e-3)',
    ];
    expect(fix('zclip', script('self.clip_gradients(optimizer, gradient_clip_val=0.5)')).kind).toBe('refused');
    expect(fix('zclip', script('pass')).kind).toBe('edits');
  });

  it('a Fabric of another file may scale the loss or shard the model', () => {
    const script = [
      'import torch',
      'def fit(fabric, model, optimizer, loader):',
      '    for x in loader:',
      '        optimizer.zero_grad()',
      '        fabric.backward(model(x))',
      '        optimizer.step()',
    ];
    expect(fix('zclip', script)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('Fabric') });
    const own = [...script, 'import lightning', 'fabric = lightning.Fabric(precision="bf16-mixed")'];
    expect(fix('zclip', own).kind).toBe('edits');
  });

  it('what Apex scaled in one branch and nothing in the other leaves gradients in two places', () => {
    const script = [
      'import torch',
      'def train(half):',
      '    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)',
      '    for x in loader:',
      '        optimizer.zero_grad()',
      '        loss = model(x)',
      '        if half:',
      '            with amp.scale_loss(loss, optimizer) as scaled:',
      '                scaled.backward()',
      '        else:',
      '            loss.backward()',
      '        optimizer.step()',
    ];
    for (const id of ['clip-gradients', 'zclip', 'per-component-clipping']) {
      expect(fix(id, script)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('Apex') });
    }
  });

  it.each([
    ['lambda: gradients_of(x)', 'edits'],
    ['partial(gradients_of, x)', 'edits'],
    ['lambda: model(x).backward()', 'refused'],
  ])('gradients of a closure are clipped where it makes them: %s', (closure, kind) => {
    const script = [
      'import torch',
      'from functools import partial',
      'optimizer = torch.optim.LBFGS(model.parameters())',
      'def gradients_of(x):',
      '    optimizer.zero_grad()',
      '    loss = model(x)',
      '    loss.backward()',
      '    return loss',
      'for x in loader:',
      `    optimizer.step(${closure})`,
    ];
    const outcome = fix('clip-gradients', script);
    expect(outcome.kind).toBe(kind);
    // Behind `loss.backward()`.
    expect(outcome.kind === 'edits' ? outcome.edits[0]?.range.start.line : 6).toBe(6);
    expect(fix('skip-non-finite-steps', script).kind).toBe('refused');
  });

  it.each([
    ['ensure_shared_grads(model, shared_model)', 'refused'],
    ['shared_model.weight._grad = model.weight.grad', 'refused'],
    ['log_gradients(model, writer)', 'edits'],
  ])('gradients that are handed on to the weights that move come after the clipping: %s', (line, kind) => {
    const script = [
      'import torch',
      'optimizer = torch.optim.Adam(shared_model.parameters(), lr=1e-3)',
      'for x in loader:',
      '    optimizer.zero_grad()',
      '    model(x).backward()',
      '    torch.nn.utils.clip_grad_norm_(model.parameters(), 40)',
      `    ${line}`,
      '    optimizer.step()',
    ];
    expect(fix('zclip', script).kind).toBe(kind);
    expect(fix('skip-non-finite-steps', script).kind).toBe('edits');
  });

  const CLIENT = (model: string, arguments_: string) => [
    'import torch',
    `def local_update(loader${arguments_}):`,
    ...(model === '' ? [] : [`    ${model}`]),
    '    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)',
    '    for x in loader:',
    '        optimizer.zero_grad()',
    '        net(x).backward()',
    '        optimizer.step()',
  ];

  it('clients of federated learning would never get to the full rate', () => {
    const rounds = ['for epoch in range(rounds):', '    for client in clients:', '        local_update(client, copy)'];
    const script = [...CLIENT('', ', net'), ...rounds];
    expect(fix('add-warmup', script)).toMatchObject({ reason: expect.stringContaining('local_update() builds') });
    expect(fix('clip-gradients', script).kind).toBe('edits');
    const throughOther = [
      ...CLIENT('', ', net'),
      'def one(c):',
      '    local_update(c, copy)',
      'for c in cs:',
      '    one(c)',
    ];
    expect(fix('add-warmup', throughOther).kind).toBe('refused');
  });

  it('folds of a cross-validation are runs of their own', () => {
    const script = [...CLIENT('net = build()', ''), 'for fold in folds:', '    local_update(fold)'];
    expect(fix('add-warmup', script).kind).toBe('edits');
    expect(fix('add-warmup', [...CLIENT('', ', net'), 'local_update(loader, net)']).kind).toBe('edits');
  });

  const RISING = (schedule: string) => [
    'import torch',
    'optimizer = torch.optim.AdamW(model.parameters(), lr=5e-7)',
    'rise = lambda s: min((s + 1) / 150, 1)',
    'fall = lambda s: max(0.0, 1 - s / 1000)',
    'def factor(step):',
    '    return min(1.0, step / 100)',
    `schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, ${schedule})`,
    'for x in loader:',
    '    optimizer.zero_grad()',
    '    model(x).backward()',
    '    optimizer.step()',
    '    schedule.step()',
  ];

  it.each([
    ['lambda s: min(1.0, (s + 1) / 150)', 'already-there'],
    ['lr_lambda=lambda s: min(1, s / n)', 'already-there'],
    ['rise', 'already-there'],
    ['factor', 'already-there'],
    ['fall', 'edits'],
    ['lambda s: 0.95 ** s', 'edits'],
    ['lambda s: min(1.0, (1000 - s) / 200)', 'edits'],
  ])('a factor that rises to one is a warmup by any name: %s', (schedule, kind) => {
    expect(fix('add-warmup', RISING(schedule)).kind).toBe(kind);
  });

  it.each(['range(500)', 'tqdm(range(500))', 'trange(500)', 'enumerate(range(500))'])(
    'a warmup takes no more than a tenth of a run: %s',
    (rounds) => {
      const script = [
        'import torch',
        'from tqdm import tqdm, trange',
        'optimizer = torch.optim.Adam(model.parameters(), lr=5e-4)',
        `for it in ${rounds}:`,
        '    optimizer.zero_grad()',
        '    model(sample()).backward()',
        '    optimizer.step()',
      ];
      expect(textOf(fix('add-warmup', script))).toContain('(step + 1) / 50)');
    },
  );

  const OLDER_BLOCK = (attention: string, branch = '(self.cross_norm(x))') => [
    'import torch',
    'from torch import nn',
    'class Block(nn.Module):',
    '    def __init__(self, dim, crossed=False):',
    '        super().__init__()',
    '        self.attention = nn.Linear(dim, dim)',
    '        self.attention_norm = nn.LayerNorm(dim)',
    '        self.cross = nn.Linear(dim, dim) if crossed else None',
    '        self.cross_norm = nn.LayerNorm(dim) if crossed else None',
    '    def forward(self, x, mask):',
    `        h = x + self.attention${attention}`,
    '        if self.cross is not None:',
    `            h = h + self.cross${branch}`,
    '        return h',
    'class Model(nn.Module):',
    '    def __init__(self):',
    '        super().__init__()',
    '        self.layers = nn.ModuleList([Block(8) for _ in range(4)])',
    '    def forward(self, x, mask):',
    '        for layer in self.layers:',
    '            x = layer(x, mask)',
    '        return x',
  ];

  it('sub-layers that are called by their forward are sub-layers', () => {
    const script = OLDER_BLOCK('.forward(self.attention_norm(x))', '.forward(self.cross_norm(h))');
    const outcome = fix('peri-ln', script);
    expect(textOf(outcome)).toContain('self.attention_norm_out');
    const after = applyEdits(script.join('\n') + '\n', outcome.kind === 'edits' ? outcome.edits : []);
    expect(after).toContain('h = x + self.attention_norm_out(self.attention.forward(self.attention_norm(x)))');
  });

  it('what a block may go without starts small only where it is', () => {
    const outcome = fix('small-init', OLDER_BLOCK('(self.attention_norm(x))', '(self.cross_norm(h))'));
    expect(textOf(outcome)).toContain('["attention", "cross"]');
    expect(textOf(outcome)).toContain('named_modules()');
    expect(textOf(outcome)).not.toContain('get_submodule');
  });

  it('branches behind a gate that begins at zero are small already', () => {
    const gated = OLDER_BLOCK('(self.attention_norm(x))', '(self.cross_norm(h))').map((line) =>
      line.replace('x + self.attention(', 'x + gate_msa.unsqueeze(1) * self.attention('),
    );
    expect(fix('small-init', gated).kind).toBe('already-there');
  });
});
