import { beforeAll, describe, expect, it } from 'vitest';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import { packagedGrammars } from './grammars.js';

let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

function loopsWith(...update: readonly string[]) {
  const head = ['import torch', 'for x, y in loader:', '    loss = loss_of(x, y)', '    loss.backward()'];
  return finder.find([...head, ...update, ''].join('\n'), 'python');
}

const OVER_PARAMETERS = (update: string) => ['    for p in model.parameters():', `        ${update}`];

describe('weights that are moved by hand', () => {
  it.each([
    'p.data.add_(p.grad, alpha=-lr)',
    'p.data.add_(-lr, p.grad.data)',
    'p.data.add_(-lr * p.grad)',
    'p.data.sub_(lr * p.grad.data)',
    'p.data -= lr * p.grad',
    'p -= lr * p.grad / batch_size',
    'p.data += -lr * p.grad',
    'p.data = p.data - lr * p.grad.data',
    'p.data.copy_(p.data - lr * p.grad)',
  ])('are a step of plain descent: %s', (update) => {
    expect(loopsWith(...OVER_PARAMETERS(update))).toMatchObject([
      { framework: 'pytorch', from: { line: 1 }, backward: { line: 3 }, step: { line: 5 }, optimizer: 'sgd' },
    ]);
  });

  it('step one by one, and are cleared by hand', () => {
    const update = ['    with torch.no_grad():', '        w -= 0.1 * w.grad', '        w.grad = None'];
    expect(loopsWith(...update)).toMatchObject([{ step: { line: 5 }, zeroGrad: { line: 6 }, warnings: [] }]);
  });

  it('step in a function that the loop calls', () => {
    const text = [
      'import torch',
      'def descend(params, lr):',
      '    with torch.no_grad():',
      '        for param in params:',
      '            param -= lr * param.grad',
      '            param.grad.zero_()',
      'for x, y in loader:',
      '    loss_of(x, y).backward()',
      '    descend([w, b], 0.1)',
      '',
    ].join('\n');
    expect(finder.find(text, 'python')).toMatchObject([{ from: { line: 6 }, optimizer: 'sgd' }]);
  });

  it.each([
    ['an attack, which climbs', '    delta.data = (delta + alpha * delta.grad.data).clamp(-eps, eps)'],
    ['an attack by signs', '    w.data -= alpha * w.grad.sign()'],
    ['a dream, which climbs', '    canvas.data += lr * canvas.grad / canvas.grad.norm()'],
    ['samples of an energy model', '    inp_imgs.data.add_(-step_size * inp_imgs.grad.data)'],
    ['a decay of gradients', '    w.grad.data.add_(w.data, alpha=decay)'],
    ['another tensor’s gradient', '    w.data.sub_(lr * v.grad)'],
  ])('are not %s', (_, update) => {
    expect(loopsWith(update)).toEqual([]);
  });

  it('leave the loop of an optimizer what it is', () => {
    const loops = loopsWith('    optimizer.step()', '    p.grad = None');
    expect(loops).toMatchObject([{ step: { line: 4 }, zeroGrad: { line: 5 }, optimizer: null }]);
  });
});

describe('facts that stand a little apart', () => {
  it('tell the optimizer that a function of the file builds, and hands over with other things', () => {
    const text = [
      'import torch',
      'class Trainer:',
      '    def __init__(self, model, optimizer):',
      '        self.optimizer = optimizer',
      '    def batch(self, x):',
      '        self.optimizer.zero_grad()',
      '        self.model(x).backward()',
      '        self.optimizer.step()',
      'def build():',
      '    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)',
      '    return data, model, optimizer',
      'data, model, optimizer = build()',
      'trainer = Trainer(model, optimizer)',
      '',
    ].join('\n');
    expect(finder.find(text, 'python')).toMatchObject([{ optimizer: 'sgd' }]);
  });

  it('tell the optimizer that a checkpoint is read into', () => {
    const text = [
      'import torch',
      'optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)',
      'model, optimizer, step = load_checkpoint(path, model, optimizer)',
      'for x in loader:',
      '    optimizer.zero_grad()',
      '    model(x).backward()',
      '    optimizer.step()',
      '',
    ].join('\n');
    expect(finder.find(text, 'python')).toMatchObject([{ optimizer: 'adam' }]);
  });

  it.each([
    ['return torch.optim.LBFGS([image])', 'lbfgs'],
    ['optimizer = torch.optim.LBFGS([image]); return optimizer', 'lbfgs'],
    ['return made_elsewhere([image])', null],
    ['return torch.optim.LBFGS([image]) if flat else torch.optim.Adam([image])', null],
  ])('tell the optimizer that a function of the file gives back: %s', (body, optimizer) => {
    const text = [
      'import torch',
      'def get_optimizer(image):',
      `    ${body}`,
      'optimizer = get_optimizer(image)',
      'for step in range(100):',
      '    optimizer.zero_grad()',
      '    loss_of(image).backward()',
      '    optimizer.step()',
      '',
    ].join('\n');
    expect(finder.find(text, 'python')).toMatchObject([{ optimizer }]);
  });

  it('find the step of an optimizer without a telling name, wherever it was handed through', () => {
    const text = (handed: string) =>
      [
        'import torch',
        'def step(m, o, x):',
        '    o.zero_grad()',
        '    m(x).backward()',
        '    o.step()',
        'def run(m, o):',
        '    for x in data:',
        '        step(m, o, x)',
        `run(model, ${handed})`,
        '',
      ].join('\n');
    expect(finder.find(text('torch.optim.SGD(model.parameters(), lr=0.1)'), 'python')).toMatchObject([
      { from: { line: 6 }, step: { line: 4 } },
    ]);
    expect(finder.find(text('environment'), 'python')).toEqual([]);
  });

  it('find the backward pass of a closure with its arguments filled in', () => {
    const text = [
      'import torch',
      'from functools import partial',
      'optimizer = torch.optim.LBFGS(model.parameters())',
      'def closure(x):',
      '    optimizer.zero_grad()',
      '    loss = model(x)',
      '    loss.backward()',
      '    return loss',
      'for x in loader:',
      '    optimizer.step(partial(closure, x))',
      '',
    ].join('\n');
    expect(finder.find(text, 'python')).toMatchObject([{ backward: { line: 6 }, step: { line: 9 } }]);
  });

  it('find the boundary of an accumulation behind a name', () => {
    const text = [
      'import torch',
      'for i, x in enumerate(loader):',
      '    need_update = i == last or (i + 1) % steps == 0',
      '    (model(x) / steps).backward()',
      '    if not need_update:',
      '        continue',
      '    optimizer.step()',
      '    optimizer.zero_grad()',
      '',
    ].join('\n');
    expect(finder.find(text, 'python')).toMatchObject([{ accumulation: true, warnings: [] }]);
    expect(finder.find(text.replace('(i + 1) % steps == 0', 'ready'), 'python')).toMatchObject([
      { accumulation: false },
    ]);
  });

  it('find optimizers that set their rate as they step', () => {
    const text = [
      'import torch',
      'for x in loader:',
      '    scheduled.zero_grad()',
      '    model(x).backward()',
      '    scheduled.step_and_update_lr()',
      '',
    ].join('\n');
    expect(finder.find(text, 'python')).toMatchObject([{ step: { line: 4 } }]);
  });

  it.each([
    ['4', 1],
    ['max(round(64 / batch_size), 1)', 0],
    ['nominal // batch_size', 0],
  ])(
    'find batches that are summed unless their number is worked out from a batch that is wanted: %s',
    (number, alarms) => {
      const text = [
        'import torch',
        `accumulate = ${number}`,
        'for i, x in enumerate(loader):',
        '    model(x).backward()',
        '    if i % accumulate == 0:',
        '        optimizer.step()',
        '        optimizer.zero_grad()',
        '',
      ].join('\n');
      const warnings = (source: string) => finder.find(source, 'python').flatMap((loop) => loop.warnings);
      expect(warnings(text)).toHaveLength(alarms);
      expect(warnings(text.replace('for i', 'decay *= batch_size * accumulate / 64\nfor i'))).toEqual([]);
    },
  );
});
