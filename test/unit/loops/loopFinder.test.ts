import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import { RULES } from '../../../src/loops/rules/rules.js';
import { packagedGrammars } from './grammars.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

const PLAIN = [
  'import torch',
  'model = torch.nn.Linear(2, 2)',
  'optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)',
  'for batch in batches:',
  '    optimizer.zero_grad()',
  '    loss = model(batch).sum()',
  '    loss.backward()',
  '    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)',
  '    optimizer.step()',
  '',
].join('\n');

function python(text: string) {
  return finder.find(text, 'python');
}

describe('LoopFinder', () => {
  it('tells where a plain loop is and what it is made of', () => {
    expect(python(PLAIN)).toEqual([
      {
        framework: 'pytorch',
        from: { line: 3, character: 0 },
        to: { line: 8, character: 20 },
        backward: { line: 6 },
        step: { line: 8 },
        zeroGrad: { line: 4 },
        optimizer: 'adamw',
        scheduler: null,
        clipping: { kind: 'norm', limit: 0.5, line: 7 },
        amp: 'none',
        accumulation: false,
        warnings: [],
      },
    ]);
  });

  it.each([
    ['Accelerator(mixed_precision="bf16")', 'bf16'],
    ['Accelerator(mixed_precision="fp16")', 'grad-scaler'],
    ['Accelerator(mixed_precision="no")', 'none'],
    ['Accelerator(mixed_precision=args.mixed_precision)', 'none'],
    ['Fabric(precision="bf16-mixed")', 'bf16'],
    ['Fabric(precision="16-mixed")', 'grad-scaler'],
    ['Fabric(precision="32-true")', 'none'],
  ])('tells the precision that %s declares', (declared, amp) => {
    const launcher = declared.startsWith('Fabric') ? 'fabric' : 'accelerator';
    const text = PLAIN.replace('loss.backward()', `${launcher}.backward(loss)`);
    const kind = launcher === 'fabric' ? 'lightning' : 'accelerate';
    const [loop] = python(`from ${kind} import ${declared.split('(')[0]}\n${launcher} = ${declared}\n${text}`);
    expect(loop).toMatchObject({ framework: kind === 'lightning' ? 'fabric' : kind, amp });
  });

  it.each([
    ['CR LF', PLAIN.replaceAll('\n', '\r\n')],
    ['a byte order mark', `\uFEFF${PLAIN}`],
    ['characters outside the basic plane', PLAIN.replace('import torch', 'import torch  # 🔥🔥 training')],
  ])('gives the same lines for a file with %s', (_name, text) => {
    expect(python(text)).toEqual(python(PLAIN));
  });

  it('gives nothing for languages that are not read', () => {
    expect(finder.find(PLAIN, 'typescript')).toEqual([]);
    expect(finder.find('', 'javascript')).toEqual([]);
  });

  it('hands out the kept analysis while the text is the same', () => {
    expect(finder.analyse(PLAIN, 'python')).toBe(finder.analyse(PLAIN, 'python'));
  });

  it('finds loops in the intact parts of a file with syntax errors', () => {
    const broken = `def half(:\n    return (\n\n\nclass Other:\n    pass\n\n\n${PLAIN}`;
    expect(python(broken).map(({ optimizer }) => optimizer)).toEqual(['adamw']);
  });

  it('reads a cell with magics, and takes it for PyTorch without an import', () => {
    const cell = `%%time\n!pip install torch\n${PLAIN.replace('import torch\n', '%matplotlib inline\n')}`;
    const [loop] = finder.find(cell, 'notebook');
    expect(loop?.from).toEqual({ line: 5, character: 0 });
  });

  it.each(['paddle', 'tinygrad', 'mindspore', 'numpy'])('leaves loops of %s alone', (library) => {
    const text = `import ${library}\nfor batch in batches:\n    loss.backward()\n    optimizer.step()\n`;
    expect(python(text)).toEqual([]);
  });

  it('takes a reinforcement learning environment for what it is', () => {
    const text =
      'import torch\nfor t in range(9):\n    state = env.step(action)\n    profiler.step()\n    loss.backward()\n';
    expect(python(text)).toEqual([]);
  });

  it('tells nested loops of a critic and a generator apart', () => {
    const text = [
      'import torch',
      'for i in range(100):',
      '    for _ in range(5):',
      '        critic_loss.backward()',
      '        critic_optimizer.step()',
      '    generator_loss.backward()',
      '    generator_optimizer.step()',
    ].join('\n');
    expect(python(text).map(({ from, backward, step }) => [from.line, backward?.line, step?.line])).toEqual([
      [1, 5, 6],
      [2, 3, 4],
    ]);
  });

  it('points at the loop that calls a training step, and at the lines inside it', () => {
    const text = [
      'import torch',
      'def training_step(model, optimizer):',
      '    model().backward()',
      '    optimizer.step()',
      'def fit(model, optimizer):',
      '    for batch in batches:',
      '        training_step(model, optimizer)',
    ].join('\n');
    expect(python(text)).toMatchObject([{ from: { line: 5 }, backward: { line: 2 }, step: { line: 3 } }]);
  });

  it('survives functions that call each other for ever', () => {
    const text = 'import torch\ndef a():\n    b()\n    loss.backward()\ndef b():\n    a()\n    optimizer.step()\n';
    expect(python(text).length).toBeGreaterThan(0);
  });

  it('survives expressions nested thousands deep', () => {
    const deep = `${'('.repeat(3000)}1${')'.repeat(3000)}`;
    const long = Array.from({ length: 5000 }, (_, index) => `x${index}`).join(' + ');
    expect(python(`${PLAIN}\ny = ${deep}\nz = ${long}\n`)).toHaveLength(1);
  });

  it('ignores argument classes that are not the trainer’s', () => {
    const text =
      'from transformers import DataTrainingArguments\nfrom mine import TrainingArguments\nTrainingArguments()\nDataTrainingArguments()\n';
    expect(python(text)).toEqual([]);
  });
});

describe('rules', () => {
  it('are all in the list', () => {
    const others = ['rule.ts', 'rules.ts', 'runRules.ts', 'suppressions.ts', 'ruleLevels.ts', 'ruleIds.ts', 'support'];
    const files = readdirSync(path.join(root, 'src/loops/rules')).filter((name) => !others.includes(name));
    expect(RULES).toHaveLength(files.length);
    expect(new Set(RULES.map(({ id }) => id)).size).toBe(files.length);
  });

  it('name every mistake of the collection, once and on its line', () => {
    const text = readFileSync(path.join(root, 'test/golden/fixes/common_mistakes.py'), 'utf8');
    const warnings = python(text).flatMap((loop) => loop.warnings.map(({ rule, line }) => [rule, line + 1]));
    expect(warnings).toEqual([
      ['clip-before-unscale', 14],
      ['clip-outside-accumulation', 22],
      ['scheduler-before-optimizer', 32],
      ['zero-grad-between-backward-and-step', 39],
    ]);
  });

  it('name a loop that never clears its gradients', () => {
    const text = readFileSync(path.join(root, 'test/golden/fixes/never_cleared.py'), 'utf8');
    expect(python(text).flatMap(({ warnings }) => warnings.map(({ rule }) => rule))).toEqual(['missing-zero-grad']);
  });

  const LOOP_HEAD =
    'import torch\nscaler = torch.amp.GradScaler()\noptimizer = torch.optim.SGD(model.parameters(), 1)\n';

  it.each([
    [
      'clipping after unscale_',
      'for b in data:\n    optimizer.zero_grad()\n    scaler.scale(l).backward()\n    scaler.unscale_(optimizer)\n    torch.nn.utils.clip_grad_norm_(p, 1)\n    scaler.step(optimizer)\n    scaler.update()\n',
    ],
    [
      'clipping in the branch without a scaler',
      'for b in data:\n    optimizer.zero_grad()\n    if amp:\n        scaler.scale(l).backward()\n        scaler.step(optimizer)\n        scaler.update()\n    else:\n        l.backward()\n        torch.nn.utils.clip_grad_norm_(p, 1)\n        optimizer.step()\n',
    ],
    [
      'clipping on the stepping iteration',
      'for i, b in enumerate(data):\n    l.backward()\n    if i % 4 == 0:\n        torch.nn.utils.clip_grad_norm_(p, 1)\n        optimizer.step()\n        optimizer.zero_grad()\n',
    ],
    [
      'a scheduler of one’s own that sets the rate before the step',
      'scheduler = MySchedule(optimizer)\nfor b in data:\n    optimizer.zero_grad()\n    l.backward()\n    scheduler.step()\n    optimizer.step()\n',
    ],
    [
      'gradients cleared by hand',
      'for b in data:\n    for p in model.parameters():\n        p.grad = None\n    l.backward()\n    optimizer.step()\n',
    ],
    [
      'the generator’s gradients cleared between passes of the critic',
      'for b in data:\n    l.backward()\n    other.zero_grad()\n    optimizer.step()\n    optimizer.zero_grad()\n',
    ],
  ])('stay silent for %s', (_name, body) => {
    expect(python(LOOP_HEAD + body).flatMap(({ warnings }) => warnings)).toEqual([]);
  });
});
