import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../../src/fixes/editing/applyEdits.js';
import { applyFix, FIXES, fixesFor } from '../../../src/fixes/fixes.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import type { Symptom } from '../../../src/model/symptom.js';
import type { SourceLanguage } from '../../../src/model/sourceLanguage.js';
import { packagedGrammars } from '../loops/grammars.js';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../src/fixes');
let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

function fix(id: string, text: string, settings: Record<string, number | string> = {}, line?: number) {
  const language: SourceLanguage = 'python';
  return applyFix(finder, id, { path: 'train.py', language, text, ...(line === undefined ? {} : { line }) }, settings);
}

function fixed(id: string, text: string, settings: Record<string, number | string> = {}, line?: number): string {
  const outcome = fix(id, text, settings, line);
  if (outcome.kind !== 'edits') {
    throw new Error(JSON.stringify(outcome));
  }
  return applyEdits(text, outcome.edits);
}

const LOOP = [
  'import torch',
  'optimizer = torch.optim.SGD(model.parameters(), lr=0.1)',
  'for batch in batches:',
  '    model(batch).sum().backward()',
  '    optimizer.step()',
  'for batch in more_batches:',
  '    model(batch).sum().backward()',
  '    optimizer.step()',
  '',
].join('\n');

const FABRIC = [
  'import torch',
  'from lightning.fabric import Fabric',
  'fabric = Fabric()',
  'optimizer = torch.optim.SGD(model.parameters(), lr=0.1)',
  'for batch in batches:',
  '    fabric.backward(model(batch).sum())',
  '    optimizer.step()',
  '',
].join('\n');

describe('the list of fixes', () => {
  it('holds every folder that has a fix', () => {
    const names = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && existsSync(path.join(folder, entry.name, `${entry.name}.ts`)))
      .map(({ name }) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`));
    expect(FIXES.map(({ description }) => description.id).sort()).toEqual(names.sort());
  });

  it('says of every fix where its defaults come from and when it must not be used', () => {
    for (const { description } of FIXES) {
      expect(description.contraindications.length).toBeGreaterThan(0);
      expect(description.papers.length).toBeGreaterThan(0);
      expect(description.settings.every(({ source }) => source !== '')).toBe(true);
    }
  });

  it('answers symptoms', () => {
    expect(fixesFor('gradient-spike').map(({ description }) => description.id)).toContain('clip-gradients');
    expect(fixesFor('warmup')[0]?.description.id).toBe('add-warmup');
    expect(fixesFor('hardware')).toEqual([]);
  });

  it('never offers AMSGrad where spikes were found, which it would never forget', () => {
    const ids = (inRun: readonly Symptom[]) =>
      fixesFor('oscillation', new Set(inRun)).map(({ description }) => description.id);
    expect(ids(['oscillation'])).toContain('amsgrad');
    expect(ids(['oscillation', 'loss-spike'])).not.toContain('amsgrad');
    expect(ids(['gradient-spike'])).not.toContain('amsgrad');
  });

  it.each([
    ['non-finite', 'skip-non-finite-steps'],
    ['divergence', 'lower-learning-rate'],
    ['early-rise', 'add-warmup'],
    ['gradient-spike', 'clip-gradients'],
    ['loss-spike', 'clip-gradients'],
    ['resume', 'reset-momentum'],
    ['precision', 'bf16-instead-of-fp16'],
    ['overfitting', 'early-stopping'],
  ] as const)('answers %s by %s first', (symptom, id) => {
    expect(fixesFor(symptom)[0]?.description.id).toBe(id);
  });
});

describe('applyFix', () => {
  it('refuses what it does not know', () => {
    expect(fix('no-such-fix', LOOP)).toMatchObject({ kind: 'refused' });
    expect(fix('clip-gradients', LOOP, { 'max-nrom': 1 })).toEqual({
      kind: 'refused',
      reason: 'The fix clip-gradients has no setting called "max-nrom".',
    });
    expect(applyFix(finder, 'clip-gradients', { path: 'a.ts', language: 'typescript', text: '' }, {})).toMatchObject({
      kind: 'refused',
    });
    expect(fix('clip-gradients', 'x = 1\n')).toEqual({
      kind: 'refused',
      reason: 'No training loop was found in this file.',
    });
  });

  it.each([0, -1, 'much', 'NaN', ''])('refuses %j as a limit', (limit) => {
    expect(fix('clip-gradients', LOOP, { 'max-norm': limit })).toMatchObject({ kind: 'refused' });
  });

  it('takes settings as words, as a command line gives them', () => {
    expect(fixed('clip-gradients', LOOP, { 'max-norm': '0.5' })).toContain('max_norm=0.5)');
    expect(fixed('add-warmup', LOOP, { 'warmup-steps': '30' })).toContain('(step + 1) / 30)');
  });

  it('changes every loop of the file, or the one around a line', () => {
    expect(fixed('clip-gradients', LOOP).split('clip_grad_norm_').length - 1).toBe(2);
    const one = fixed('clip-gradients', LOOP, {}, 6);
    expect(one.split('\n').findIndex((line) => line.includes('clip_grad_norm_'))).toBe(7);
    expect(fix('clip-gradients', LOOP, {}, 0)).toMatchObject({ kind: 'refused' });
  });

  it('adds an import once, where the file has none', () => {
    const text =
      '"""About."""\nfrom __future__ import annotations\n\nimport os\nfrom torch.optim import SGD\n\nopt = SGD(m.parameters(), 1)\nfor b in d:\n    m(b).backward()\n    opt.step()\n';
    const after = fixed('clip-gradients', text);
    expect(after.split('import torch\n')).toHaveLength(2);
    expect(after).toContain('import os\nimport torch\nfrom torch.optim');
  });

  it('edits a notebook cell around its magics, and imports nothing that another cell has', () => {
    const text = `%%time\n!nvidia-smi\n${LOOP.replace('import torch\n', '')}`;
    const outcome = applyFix(finder, 'clip-gradients', { path: 'cell', language: 'notebook', text }, {});
    const after = outcome.kind === 'edits' ? applyEdits(text, outcome.edits) : '';
    expect(after.startsWith('%%time\n!nvidia-smi\noptimizer')).toBe(true);
    expect(after.split('torch.nn.utils.clip_grad_norm_')).toHaveLength(3);
    expect(after).not.toContain('import');
  });

  it('uses the names that the file imports', () => {
    const aliased = LOOP.replaceAll('torch', 'th').replace('import th', 'import torch as th');
    expect(fixed('clip-gradients', aliased)).toContain('th.nn.utils.clip_grad_norm_(');
    const direct = `from torch.nn.utils import clip_grad_norm_\n${LOOP}`;
    expect(fixed('clip-gradients', direct)).toContain('    clip_grad_norm_(model');
  });

  it.each([
    ['a value clip', '    torch.nn.utils.clip_grad_value_(model.parameters(), 1.0)\n'],
    ['the old name', '    nn.utils.clip_grad_norm(model.parameters(), 1.0)\n'],
    ['a condition', '    if clip:\n        torch.nn.utils.clip_grad_norm_(model.parameters(), clip)\n'],
    ['a helper of another file', '    clip_gradient(optimizer, 0.1)\n'],
    ['clamping by hand', '    for p in model.parameters():\n        p.grad.data.clamp_(-1, 1)\n'],
    ['scaling by hand', '    for p in model.parameters():\n        p.grad.mul_(clip_coefficient)\n'],
    ['ZClip', '    zclip.step(model)\n'],
  ])('recognises clipping by %s', (_name, code) => {
    const text = LOOP.replaceAll('    optimizer.step()\n', `${code}    optimizer.step()\n`);
    expect(fix('clip-gradients', text)).toMatchObject({ kind: 'already-there' });
  });

  it('recognises clipping in a function that the loop calls', () => {
    const helper = 'def finish(m, o):\n    torch.nn.utils.clip_grad_norm_(m.parameters(), 1)\n    o.step()\n';
    const text = `import torch\n${helper}for b in d:\n    m(b).backward()\n    finish(m, optimizer)\n`;
    expect(fix('clip-gradients', text)).toMatchObject({ kind: 'already-there' });
  });

  it('recognises hooks that clamp, and optimizers that clip', () => {
    expect(fix('clip-gradients', `${LOOP}\np.register_hook(lambda g: torch.clamp(g, -1, 1))\n`)).toMatchObject({
      kind: 'already-there',
    });
    expect(fix('clip-gradients', LOOP.replace('lr=0.1', 'lr=0.1, max_grad_norm=1.0'))).toMatchObject({
      kind: 'already-there',
    });
  });

  it('clips where the code already unscales, and refuses where that hangs on a condition', () => {
    const text = (unscale: string) =>
      `import torch\nfor b in d:\n    scaler.scale(m(b)).backward()\n${unscale}    scaler.step(optimizer)\n`;
    const after = fixed('clip-gradients', text('    scaler.unscale_(optimizer)\n'));
    expect(after.split('unscale_').length).toBe(2);
    expect(after.indexOf('unscale_')).toBeLessThan(after.indexOf('clip_grad_norm_'));
    expect(fix('clip-gradients', text('    if log:\n        scaler.unscale_(optimizer)\n'))).toMatchObject({
      kind: 'refused',
    });
  });

  it('unscales before clipping that came too early, and only there', () => {
    const text =
      'import torch\nfor b in d:\n    scaler.scale(m(b)).backward()\n    torch.nn.utils.clip_grad_norm_(p, 1)\n    scaler.step(optimizer)\n';
    const after = fixed('clip-gradients', text);
    expect(after).toBe(text.replace('    torch.nn', '    scaler.unscale_(optimizer)\n    torch.nn'));
    expect(fix('clip-gradients', after)).toMatchObject({ kind: 'already-there' });
    expect(finder.find(after, 'python').flatMap(({ warnings }) => warnings.map(({ rule }) => rule))).not.toContain(
      'clip-before-unscale',
    );
  });

  it('refuses near a syntax error and works away from one', () => {
    const near = LOOP.replace('    model(batch).sum().backward()', '    model(batch.sum().backward()\n    x = = 1');
    expect(fix('clip-gradients', near)).toMatchObject({ kind: 'refused' });
    const away = `def half(:\n    pass\n\n\nclass Fine:\n    pass\n\n\n${LOOP}`;
    expect(fixed('clip-gradients', away)).toContain('clip_grad_norm_');
  });

  it('refuses several optimizers in one expression', () => {
    const text = 'import torch\nfor b in d:\n    m(b).backward()\n    [o.step() for o in optimizers]\n';
    expect(fix('clip-gradients', text)).toMatchObject({ kind: 'refused' });
  });

  it('refuses Horovod, whose gradients are still on their way', () => {
    expect(fix('clip-gradients', `import horovod.torch as hvd\n${LOOP}`)).toMatchObject({ kind: 'refused' });
  });
});

describe('skip-non-finite-steps', () => {
  const loop = (body: string) =>
    `import torch\nopt = torch.optim.SGD(m.parameters(), lr=1)\nfor b in d:\n    opt.zero_grad()\n    loss = m(b)\n${body}`;

  it.each([
    [
      'a loss that is left out',
      '    if not torch.isfinite(loss):\n        continue\n    loss.backward()\n    opt.step()\n',
    ],
    ['an assertion', '    assert not torch.isnan(loss)\n    loss.backward()\n    opt.step()\n'],
    [
      'a name for the answer',
      '    loss.backward()\n    fine = math.isfinite(loss.item())\n    if fine:\n        opt.step()\n',
    ],
    [
      'a way out of the program',
      '    if not math.isfinite(loss.item()):\n        sys.exit(1)\n    loss.backward()\n    opt.step()\n',
    ],
  ])('recognises %s', (_name, body) => {
    expect(fix('skip-non-finite-steps', loop(body))).toMatchObject({ kind: 'already-there' });
  });

  it('takes a question that decides nothing for no guard', () => {
    const body = '    if torch.isnan(loss):\n        print("nan")\n    loss.backward()\n    opt.step()\n';
    expect(fixed('skip-non-finite-steps', loop(body))).toContain(
      '    if gradients_are_finite(opt):\n        opt.step()\n',
    );
  });

  it.each([
    ['enabled=False', 'edits'],
    ['enabled=use_amp', 'refused'],
    ['enabled=True', 'already-there'],
  ])('with a GradScaler that has %s comes to %s', (enabled, kind) => {
    const body = '    scaler.scale(loss).backward()\n    scaler.step(opt)\n    scaler.update()\n';
    const text = loop(body).replace('for b', `scaler = torch.amp.GradScaler(${enabled})\nfor b`);
    expect(fix('skip-non-finite-steps', text)).toMatchObject({ kind });
  });

  it('refuses where its helper would hide another name', () => {
    const text = `from checks import gradients_are_finite\n${loop('    loss.backward()\n    opt.step()\n')}`;
    expect(fix('skip-non-finite-steps', text)).toMatchObject({ kind: 'refused' });
  });
});

describe('lower-learning-rate', () => {
  const loop = (before: string, rate: string) =>
    `import torch\n${before}\nopt = torch.optim.Adam(m.parameters(), ${rate})\nfor b in d:\n    m(b).backward()\n    opt.step()\n`;

  it.each([
    ['a name', 'rate = 1e-3', 'lr=rate', 'rate = 3e-4  #'],
    ['a name of a name', 'base = 0.1\nrate = base', 'lr=rate', 'base = 0.03  #'],
    [
      'an option',
      'p.add_argument("--base-lr", default=1e-3)\nargs = p.parse_args()',
      'lr=args.base_lr',
      'default=3e-4)  #',
    ],
    ['a dictionary', 'config = {"lr": 1e-3}', 'lr=config["lr"]', '{"lr": 3e-4}  #'],
    ['a class of settings', 'class Config:\n    lr: float = 1e-3\nc = Config()', 'lr=c.lr', 'lr: float = 3e-4  #'],
    ['a class of settings by itself', 'class Config:\n    lr = 1e-3', 'lr=Config.lr', 'lr = 3e-4  #'],
    ['arguments of an object', 'c = SimpleNamespace(lr=1e-3)', 'lr=c.lr', 'SimpleNamespace(lr=3e-4)  #'],
    [
      'an existing comment',
      'rate = 1e-3  # tuned',
      'lr=rate',
      'rate = 3e-4  # tuned  # learning rate lowered from 1e-3',
    ],
  ])('follows %s', (_name, before, rate, expected) => {
    expect(fixed('lower-learning-rate', loop(before, rate))).toContain(expected);
  });

  it.each([
    ['a file', 'config = yaml.safe_load(open("c.yaml"))', 'lr=config["lr"]'],
    ['a computation', 'rate = 1e-3 * world_size', 'lr=rate'],
    ['several places', 'rate = 1e-3\nrate = 1e-4', 'lr=rate'],
    ['a sweep', 'for rate in (1e-3, 1e-4):\n    pass', 'lr=rate'],
    ['a name that changes', 'rate = 1e-3\nrate *= 2', 'lr=rate'],
    ['the library', 'x = 1', 'eps=1e-8'],
  ])('refuses a rate from %s', (_name, before, rate) => {
    expect(fix('lower-learning-rate', loop(before, rate))).toMatchObject({ kind: 'refused' });
  });

  it('takes a rate that is asked for, and is done where it is low enough', () => {
    expect(fixed('lower-learning-rate', loop('', 'lr=1e-3'), { 'learning-rate': '5e-5' })).toContain('lr=5e-5)  #');
    expect(fix('lower-learning-rate', loop('', 'lr=1e-5'), { 'learning-rate': 1e-4 })).toMatchObject({
      kind: 'already-there',
    });
    expect(fix('lower-learning-rate', loop('', 'lr=1e-5'), { factor: 2 })).toMatchObject({ kind: 'refused' });
  });

  it('lowers the peak of OneCycleLR, and the default of TrainingArguments', () => {
    const cycle = loop('', 'lr=1').replace('for b', 's = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=0.1)\nfor b');
    expect(fixed('lower-learning-rate', cycle)).toContain('max_lr=0.03)');
    const call = 'from transformers import TrainingArguments\nargs = TrainingArguments("out")\n';
    expect(fixed('lower-learning-rate', call)).toContain('("out", learning_rate=1.5e-5)  # learning rate lowered from');
    const other = 'from trl import DPOConfig\nargs = DPOConfig("out")\n';
    expect(fix('lower-learning-rate', other)).toMatchObject({ kind: 'refused' });
  });
});

describe('bf16-instead-of-fp16', () => {
  it.each([
    ['fp16=True', 'bf16=True'],
    ['fp16=True, bf16=False', 'fp16=False, bf16=True'],
  ])('turns %s into %s', (before, after) => {
    const text = `from transformers import TrainingArguments\nTrainingArguments("out", ${before})\n`;
    expect(fixed('bf16-instead-of-fp16', text)).toContain(`("out", ${after})`);
  });

  it.each(['bf16=True', 'fp16=use_fp16', 'fp16=False', 'seed=1'])('does nothing to %s', (argument) => {
    const text = `from transformers import TrainingArguments\nTrainingArguments("out", ${argument})\n`;
    expect(fix('bf16-instead-of-fp16', text).kind).not.toBe('edits');
  });
});

describe('early-stopping', () => {
  const trainer = (more: string, callbacks = '') =>
    `from transformers import Trainer, TrainingArguments\nargs = TrainingArguments("out"${more})\nt = Trainer(m, args${callbacks})\n`;

  it.each([
    [', eval_strategy="epoch"', ', save_strategy="epoch", load_best_model_at_end=True)'],
    [', evaluation_strategy="steps", eval_steps=300', ', save_steps=300, load_best_model_at_end=True)'],
    [', eval_strategy="steps", eval_steps=50, load_best_model_at_end=True', 'load_best_model_at_end=True)'],
    [', eval_strategy="epoch", save_strategy="best"', 'save_strategy="best", load_best_model_at_end=True)'],
  ])('gives TrainingArguments(…%s) what it needs', (before, after) => {
    const text = fixed('early-stopping', trainer(before), { patience: 5 });
    expect(text).toContain(after);
    expect(text).toContain('callbacks=[transformers.EarlyStoppingCallback(early_stopping_patience=5)]');
  });

  it.each([
    ['no evaluation', '', ''],
    ['another rhythm of saving', ', eval_strategy="epoch", save_strategy="steps"', ''],
    ['steps that do not fit', ', eval_strategy="steps", eval_steps=30, save_steps=100', ''],
    ['steps from elsewhere', ', eval_strategy="steps", eval_steps=n', ''],
    ['callbacks from elsewhere', ', eval_strategy="epoch"', ', callbacks=make()'],
    ['the best model not wanted', ', eval_strategy="epoch", load_best_model_at_end=False', ''],
  ])('refuses %s', (_name, more, callbacks) => {
    expect(fix('early-stopping', trainer(more, callbacks))).toMatchObject({ kind: 'refused' });
  });

  it('adds to the callbacks that are there, and sees its own', () => {
    const text = fixed('early-stopping', trainer(', eval_strategy="epoch"', ', callbacks=[Log()]'));
    expect(text).toContain('callbacks=[Log(), transformers.EarlyStoppingCallback(early_stopping_patience=3)]');
    expect(fix('early-stopping', text)).toMatchObject({ kind: 'already-there' });
  });

  const loop = (before: string, inside: string) =>
    `import torch\n${before}for e in range(9):\n    opt.zero_grad()\n    m(b).backward()\n    opt.step()\n${inside}`;

  it.each([
    ['no evaluation loss', '', '    print(e)\n'],
    ['one only now and then', '', '    if e % 5 == 0:\n        val_loss = check(m)\n'],
    ['several processes', 'dist.init_process_group()\n', '    val_loss = check(m)\n'],
    ['rounds left early', '', '    val_loss = check(m)\n    if e < 3:\n        continue\n    save(m)\n'],
    ['names in use', 'best_val_loss = 3\n', '    val_loss = check(m)\n'],
  ])('refuses a loop with %s', (_name, before, inside) => {
    expect(fix('early-stopping', loop(before, inside))).toMatchObject({ kind: 'refused' });
  });
});

describe('linear-decay', () => {
  const loop = (head: string, body = '', before = '') =>
    `import torch\n${before}opt = torch.optim.SGD(m.parameters(), lr=1)\n${head}\n    opt.zero_grad()\n    m(b).backward()\n    opt.step()\n${body}`;

  it('multiplies epochs by batches, in front of the outer loop', () => {
    const text =
      'import torch\nfrom torch.utils.data import DataLoader\nloader = DataLoader(d)\nopt = torch.optim.SGD(m.parameters(), lr=1)\n' +
      'for epoch in range(start + 3):\n    for i, b in enumerate(tqdm(loader)):\n        m(b).backward()\n        opt.step()\n';
    const after = fixed('linear-decay', text);
    expect(after).toContain('\ntotal_steps = (start + 3) * len(loader)\n');
    expect(after).toContain('        opt.step()\n        decay_scheduler.step()\n');
    expect(fix('linear-decay', after)).toMatchObject({ kind: 'already-there' });
  });

  it.each([
    ['a loop without an end', loop('while True:')],
    ['data of unknown length', loop('for b in stream():')],
    ['a loop that is left early', loop('for b in range(9):', '    if done:\n        break\n')],
    ['a range that begins elsewhere', loop('for b in range(start, 9):')],
    ['a warmup', loop('for b in range(9):', '    warmup_scheduler.step()\n', 'warmup_scheduler = LambdaLR(opt, f)\n')],
    ['a rate set by hand', loop('for b in range(9):', '    for g in opt.param_groups:\n        g["lr"] = 1\n')],
    ['names in use', loop('for b in range(9):', '', 'total_steps = 9\n')],
  ])('refuses %s', (_name, text) => {
    expect(fix('linear-decay', text)).toMatchObject({ kind: 'refused' });
  });

  it('holds the rate first where only the end is to decay', () => {
    const after = fixed('linear-decay', loop('for b in range(9):'), { 'decay-share': 0.2 });
    expect(after).toContain('min(1.0, max(0.0, (total_steps - step) / (0.2 * total_steps)))');
    expect(fix('linear-decay', loop('for b in range(9):'), { 'decay-share': 1.5 })).toMatchObject({ kind: 'refused' });
  });

  it('leaves the schedules of the Trainer that decay, and replaces a constant one', () => {
    const call = (more: string) => `from transformers import TrainingArguments\nTrainingArguments('out'${more})\n`;
    expect(fixed('linear-decay', call(", lr_scheduler_type='constant_with_warmup'"))).toContain("='linear'");
    expect(fix('linear-decay', call(", lr_scheduler_type='cosine'"))).toMatchObject({ kind: 'already-there' });
    expect(fix('linear-decay', call(''))).toMatchObject({ kind: 'already-there' });
    expect(fix('linear-decay', call(', **more'))).toMatchObject({ kind: 'refused' });
  });
});

describe('add-warmup', () => {
  it('takes at most a tenth of a run whose length is an option of the program', () => {
    const text =
      'import torch\np.add_argument("--steps", default=500)\nargs = p.parse_args()\nopt = torch.optim.Adam(m.parameters())\n' +
      'for step in range(args.steps):\n    m(b).backward()\n    opt.step()\n';
    expect(fixed('add-warmup', text)).toContain('(step + 1) / 50)');
    expect(fixed('add-warmup', text, { 'warmup-steps': 200 })).toContain('(step + 1) / 200)');
  });

  const scheduled = (built: string, stepped: string) =>
    `import torch\noptimizer = torch.optim.Adam(m.parameters())\n${built}\nfor e in range(9):\n    for b in d:\n        m(b).backward()\n        optimizer.step()\n${stepped}`;

  it.each([
    ['OneCycleLR', 's = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3)'],
    ['a warmup class', 'scheduler = WarmupCosine(optimizer, 10)'],
    ['steps from elsewhere', 'scheduler = get_cosine_schedule_with_warmup(optimizer, args.steps, 100)'],
    ['a LinearLR in sequence', 'scheduler = torch.optim.lr_scheduler.LinearLR(optimizer)'],
  ])('recognises %s', (_name, built) => {
    expect(fix('add-warmup', scheduled(built, '        scheduler.step()\n'))).toMatchObject({ kind: 'already-there' });
  });

  it.each([
    ['a step with a value', 'scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)', '        scheduler.step(3)\n'],
    ['a schedule of unknown kind', 'scheduler = PolySchedule(optimizer)', '        scheduler.step()\n'],
    [
      'an epoch schedule computed anew',
      'scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, f)',
      '    scheduler.step()\n',
    ],
    [
      'a resumed schedule',
      'scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, last_epoch=3)',
      '        scheduler.step()\n',
    ],
    [
      'a schedule read by its attributes',
      'scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1)\nprint(scheduler.last_epoch)',
      '        scheduler.step()\n',
    ],
    ['a rate set by hand', 'x = 1', '        for g in optimizer.param_groups:\n            g["lr"] = 1e-3\n'],
  ])('refuses %s', (_name, built, stepped) => {
    expect(fix('add-warmup', scheduled(built, stepped))).toMatchObject({ kind: 'refused' });
  });

  it('spells the share of a Trainer run as its version of transformers does', () => {
    const call = (more: string) => `from transformers import TrainingArguments\nTrainingArguments('out'${more})\n`;
    expect(fixed('add-warmup', call(', evaluation_strategy="no"'))).toContain('warmup_ratio=0.03)');
    expect(fixed('add-warmup', call(''), { transformers: '5' })).toContain('warmup_steps=0.03)');
    expect(fixed('add-warmup', call(', max_steps=1000'))).toContain('warmup_steps=30)');
    expect(fixed('add-warmup', call(''))).toContain('warmup_steps=100)');
    expect(fixed('add-warmup', call(', warmup_steps=0'), { 'warmup-steps': 7 })).toContain('warmup_steps=7)');
    expect(fix('add-warmup', call(', warmup_ratio=0.1'))).toMatchObject({ kind: 'already-there' });
    expect(fix('add-warmup', call(', **more'))).toMatchObject({ kind: 'refused' });
  });
});

describe('fixes with a helper in the file', () => {
  const ONE = LOOP.slice(0, LOOP.indexOf('for batch in more'));

  it('keep quotes, indentation and imported names of the file', () => {
    const text = ONE.replace('import torch\n', "import torch as th\nname = 'run'\n")
      .replace('torch.optim', 'th.optim')
      .replaceAll('    ', '\t');
    const after = fixed('zclip', text);
    expect(after).toContain("\n\tparameters = [p for group in optimizer.param_groups for p in group['params']");
    expect(after).toContain('th.nn.utils.clip_grad_norm_(parameters, limit)');
    expect(after).toContain('"""Cuts a gradient norm');
    expect(after).not.toContain('torch.nn');
    expect(after.startsWith('import math\n\nimport torch as th\n')).toBe(true);
  });

  it('measure norms before the clipping that is there already', () => {
    const clipped = ONE.replace(
      '    optimizer.step()',
      '    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)\n    optimizer.step()',
    );
    expect(fixed('autoclip', clipped)).toMatch(/autoclip\(optimizer\)\n {4}torch\.nn\.utils\.clip_grad_norm_/);
  });

  it.each([
    ['sharded models', ONE.replace('for batch', 'model = FSDP(model)\nfor batch'), /FSDP/],
    ['Horovod', ONE.replace('import torch', 'import torch\nimport horovod.torch as hvd'), /Horovod/],
    ['a name that is taken', ONE.replace('for batch', 'zclip = 3\nfor batch'), /already used/],
    ['float16 under Fabric', FABRIC.replace('Fabric()', 'Fabric(precision="16-mixed")'), /bf16/],
    ['sharding under Fabric', FABRIC.replace('Fabric()', 'Fabric(strategy="fsdp")'), /spread/],
  ])('refuse %s', (_what, text, reason) => {
    expect(fix('zclip', text)).toMatchObject({ kind: 'refused', reason: expect.stringMatching(reason) as string });
  });

  it('recognise the same thing from a library', () => {
    const library = ONE.replace('import torch\n', 'import torch\nfrom zclip import ZClip\nzclip = ZClip()\n').replace(
      '    optimizer.step()',
      '    zclip.step(model)\n    optimizer.step()',
    );
    expect(fix('zclip', library)).toMatchObject({ kind: 'already-there' });
  });

  it('work with the moments of Adam only where there are some', () => {
    expect(fix('spam', ONE)).toMatchObject({ kind: 'refused' });
    expect(fixed('spam', ONE.replace('SGD', 'AdamW'))).toContain('spam(optimizer)');
  });

  it('leave a Trainer with float16 alone, and switch its own clipping off elsewhere', () => {
    const text = (more: string) =>
      `from transformers import Trainer, TrainingArguments\nargs = TrainingArguments('out'${more})\nTrainer(model, args)\n`;
    expect(fix('zclip', text(', fp16=True'))).toMatchObject({ kind: 'refused' });
    expect(fixed('zclip', text(', max_grad_norm=2.0'))).toContain('max_grad_norm=0.0');
    expect(fixed('zclip', text(''))).toContain('Trainer(model, args, callbacks=[ZclipCallback()])');
  });
});

describe('seeds, samplers and accumulation', () => {
  const DDP = [
    'import torch',
    'from torch.nn.parallel import DistributedDataParallel as DDP',
    'torch.manual_seed(0)',
    'model = DDP(net)',
    'optimizer = torch.optim.SGD(model.parameters(), lr=0.1)',
    'for batch in batches:',
    '    model(batch).sum().backward()',
    '    optimizer.step()',
    '',
  ].join('\n');

  it('refuses to add a rank to a seed that may not be set', () => {
    const seed = 'if args.seed is not None:\n    torch.manual_seed(args.seed)';
    expect(fix('per-rank-seeds', DDP.replace('torch.manual_seed(0)', seed))).toMatchObject({ kind: 'refused' });
    expect(fixed('per-rank-seeds', DDP)).toContain('torch.manual_seed(0 + torch.distributed.get_rank())');
  });

  it('accumulates nothing where the step is not in the loop itself', () => {
    const own = DDP.replace('    optimizer.step()', '    if ready:\n        optimizer.step()');
    expect(fix('gradient-accumulation', own)).toMatchObject({ kind: 'refused' });
    expect(fixed('gradient-accumulation', DDP, { batches: 2 })).toContain(
      'for batch_index, batch in enumerate(batches):\n    (model(batch).sum() / 2).backward()\n    if (batch_index + 1) % 2 == 0:\n        optimizer.step()\n',
    );
  });

  it('refuses a weight decay that would shrink weights too fast, or destroy what is pretrained', () => {
    const adamw = DDP.replace('SGD(model.parameters(), lr=0.1)', 'AdamW(model.parameters(), lr=0.02)');
    expect(fix('weight-decay-for-repeated-data', adamw)).toMatchObject({ kind: 'refused' });
    expect(fixed('weight-decay-for-repeated-data', adamw.replace('0.02', '2e-3'))).toContain('weight_decay=0.8');
    const pretrained = adamw.replace('0.02', '2e-3').replace('DDP(net)', 'Net.from_pretrained("x")');
    expect(fix('weight-decay-for-repeated-data', pretrained)).toMatchObject({ kind: 'refused' });
  });
});

describe('skip-data-window', () => {
  /** A program of which only the loaders are real: it prints the batches that it trains on. */
  const program = (head: string, epochs = 1) => `class Stub:
    def __getattr__(self, name):
        return self
    def __call__(self, *values, **named):
        return self

torch = model = Stub()

def train(loader):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(${epochs}):
        for ${head}:
            loss = model(batch).sum()
            loss.backward()
            optimizer.step()
            print(epoch, batch)

train([0, 1, 2, 3])
`;
  const printed = (text: string): string =>
    execFileSync('python3', ['-c', text], { encoding: 'utf8' }).trim().replaceAll('\n', ', ');

  it.each([
    ['batch in loader', 1, { first: 1, count: 2 }, '0 0, 0 3'],
    ['step, batch in enumerate(loader)', 1, { first: 0, count: 3 }, '0 3'],
    ['batch in loader', 3, { first: 3, count: 4 }, '0 0, 0 1, 0 2, 1 3, 2 0, 2 1, 2 2, 2 3'],
    ['batch in [*loader, 4]', 1, { first: 0, count: 4 }, '0 4'],
  ])('leaves out batches of "for %s" over %d epochs', (head, epochs, settings, expected) => {
    expect(printed(fixed('skip-data-window', program(head, epochs), settings))).toBe(expected);
  });

  it('stands inside what counts the batches and shows progress, so that both go on', () => {
    const text = fixed('skip-data-window', program('i, batch in enumerate(tqdm(loader, desc="train"))'), { first: 7 });
    expect(text).toContain('enumerate(tqdm(WithoutWindow(loader, first=7, count=300), desc="train"))');
  });

  it.each([
    ['batch in range(4)', /drawn inside the loop/],
    ['batch in trange(4)', /drawn inside the loop/],
  ])('is refused for "for %s"', (head, reason) => {
    expect(fix('skip-data-window', program(head))).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(reason),
    });
  });

  it('takes no window that holds nothing or begins before the data', () => {
    for (const settings of [{ count: 0 }, { first: -1 }, { first: 1.5 }, { count: 'many' }]) {
      expect(fix('skip-data-window', program('batch in loader'), settings).kind).toBe('refused');
    }
  });
});
