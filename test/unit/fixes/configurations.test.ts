import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTwoFilesPatch } from 'diff';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { CONFIGURATION_FIX_IDS } from '../../../src/fixes/configuration/configurationFixIds.js';
import { CONFIGURATION_FIXES } from '../../../src/fixes/configuration/configurationFixes.js';
import { applyEdits } from '../../../src/fixes/editing/applyEdits.js';
import { applyFix, FIXES } from '../../../src/fixes/fixes.js';
import type { FixSettings } from '../../../src/fixes/fix.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import type { FixOutcome } from '../../../src/model/fix.js';
import type { SourceLanguage } from '../../../src/model/sourceLanguage.js';
import { packagedGrammars } from '../loops/grammars.js';
import { deepSpeedErrors } from './deepspeedSchema.js';

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../golden/configurations');
const LANGUAGES: Readonly<Record<string, SourceLanguage>> = {
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.json': 'json',
  '.toml': 'toml',
  '.sh': 'shell',
};
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => path.extname(name) in LANGUAGES)
  .sort();
const ids = CONFIGURATION_FIXES.map(({ fix }) => fix);

let finder: LoopFinder;

beforeAll(async () => {
  finder = await LoopFinder.create(packagedGrammars);
});

function languageOf(name: string): SourceLanguage {
  return LANGUAGES[path.extname(name)] as SourceLanguage;
}

function textOf(name: string): string {
  return readFileSync(path.join(folder, name), 'utf8');
}

function apply(id: string, name: string, text: string, settings: FixSettings = {}): FixOutcome {
  return applyFix(finder, id, { path: name, language: languageOf(name), text }, settings);
}

function show(text: string, outcome: FixOutcome): string {
  switch (outcome.kind) {
    case 'edits': {
      const after = applyEdits(text, outcome.edits);
      const patch = createTwoFilesPatch('before', 'after', text, after, '', '', { context: 0 });
      const notes = outcome.notes.map((note) => `note: ${note}\n`).join('');
      return notes + patch.split('\n').slice(3).join('\n');
    }
    case 'already-there':
      return `already there: line ${outcome.line + 1}\n`;
    case 'refused':
      return `refused: ${outcome.reason}\n`;
  }
}

describe('fixes of configurations', () => {
  const HYDRA = [
    'defaults:',
    '  - _self_',
    'trainer:',
    '  max_epochs: 3',
    '  gradient_clip_val: 0.5',
    'model:',
    '  optimizer:',
    '    lr: 0.001',
  ].join('\n');

  it('say which key has what they would set, and where', () => {
    expect(apply('clip-gradients', 'config.yaml', HYDRA)).toEqual({
      kind: 'already-there',
      line: 4,
      what: 'trainer.gradient_clip_val is 0.5',
    });
    const arguments_ = 'learning_rate: 1.0e-4\nnum_train_epochs: 3\nper_device_train_batch_size: 8\n';
    expect(apply('clip-gradients', 'config.yaml', arguments_)).toMatchObject({
      kind: 'already-there',
      what: "nothing is said of it, and it is the default of the Trainer's arguments",
    });
  });

  it('tell what Hydra builds from what the LightningCLI reads', () => {
    expect(apply('add-warmup', 'config.yaml', HYDRA)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('Hydra'),
    });
    expect(apply('clip-by-value', 'config.yaml', HYDRA)).toMatchObject({
      kind: 'refused',
      reason: 'The Trainer is told to clip by the norm (gradient_clip_val on line 5): a run has one of the two.',
    });
    const lowered = apply('lower-learning-rate', 'config.yaml', HYDRA);
    expect(lowered.kind === 'edits' ? applyEdits(HYDRA, lowered.edits) : lowered).toContain('lr: 0.0003');
    const target = 'trainer:\n  _target_: lightning.Trainer\n  max_epochs: 3\n';
    const clipped = apply('clip-gradients', 'config.yaml', target);
    expect(clipped.kind === 'edits' ? applyEdits(target, clipped.edits) : clipped).toContain(
      '  gradient_clip_val: 1.0',
    );
  });

  it('are fixes that there are', () => {
    const known = FIXES.map(({ description }) => description.id);
    expect(ids.filter((id) => !known.includes(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(CONFIGURATION_FIX_IDS).toEqual(ids);
  });

  it.each(files)('%s', (name) => {
    const text = textOf(name);
    const actual = ids.map((id) => `== ${id}\n${show(text, apply(id, name, text))}`).join('');
    const file = path.join(folder, `${name}.golden`);
    if (process.env['UPDATE_GOLDENS'] === '1') {
      writeFileSync(file, actual);
    }
    expect(actual).toBe(readFileSync(file, 'utf8'));
  });

  it.each(files)('applied twice are applied once, and change nothing but values (%s)', (name) => {
    const text = textOf(name);
    for (const id of ids) {
      const outcome = apply(id, name, text);
      if (outcome.kind === 'edits') {
        const after = applyEdits(text, outcome.edits);
        expect(apply(id, name, after).kind, id).toBe('already-there');
        // Comments and what is set otherwise stay, and so do line ends.
        const lost = text.split(/\r?\n/).filter((line) => /^\s*(#|\/\/)/.test(line) && !after.includes(line));
        expect(lost, id).toEqual([]);
        expect(after.replaceAll('\r\n', '').includes('\n'), id).toBe(text.replaceAll('\r\n', '').includes('\n'));
        expect(Math.abs(after.split('\n').length - text.split('\n').length), id).toBeLessThanOrEqual(2);
      }
    }
  });

  it.each(files.filter((name) => name.startsWith('deepspeed')))('keep to what DeepSpeed documents (%s)', (name) => {
    const text = textOf(name);
    expect(deepSpeedErrors(text)).toEqual([]);
    for (const id of ids) {
      const outcome = apply(id, name, text, id === 'lower-learning-rate' ? { 'learning-rate': 1e-5 } : {});
      const after = outcome.kind === 'edits' ? applyEdits(text, outcome.edits) : text;
      expect(deepSpeedErrors(after), id).toEqual([]);
    }
  });

  it('set the rate of DeepSpeed’s optimizer and of its scheduler together', () => {
    const text = textOf('deepspeed_zero2.json');
    const outcome = apply('lower-learning-rate', 'deepspeed_zero2.json', text, { 'learning-rate': 1e-5 });
    const after = outcome.kind === 'edits' ? applyEdits(text, outcome.edits) : '';
    expect(JSON.parse(after)).toMatchObject({
      optimizer: { params: { lr: 1e-5 } },
      scheduler: { params: { warmup_max_lr: 1e-5 } },
    });
  });

  it.each([
    [
      'a command in the middle of a list',
      'cd a && \\\n  python t.py --lr 1e-3 \\\n  --clip-grad 0\n',
      '# learning rate lowered from 1e-3\ncd a && \\\n  python t.py --lr 3e-4 \\\n  --clip-grad 0\n',
    ],
    [
      'an indented one',
      'if true; then\n  python t.py --lr 1e-3 --clip-grad 0\nfi\n',
      'if true; then\n  # learning rate lowered from 1e-3\n  python t.py --lr 3e-4 --clip-grad 0\nfi\n',
    ],
    [
      'one behind variables',
      'export LR=1e-3\npython t.py --lr $LR --clip-grad 0',
      'export LR=3e-4  # learning rate lowered from 1e-3\npython t.py --lr $LR --clip-grad 0',
    ],
  ])('note a lowered rate where a shell reads a comment (%s)', (_name, text, expected) => {
    const outcome = apply('lower-learning-rate', 'launch.sh', text);
    expect(outcome.kind === 'edits' && applyEdits(text, outcome.edits)).toBe(expected);
    expect(apply('lower-learning-rate', 'launch.sh', expected).kind).toBe('already-there');
  });

  it('leave files about other things alone', () => {
    const text = '{ "compilerOptions": { "strict": true } }';
    for (const id of ids) {
      expect(apply(id, 'tsconfig.json', text).kind).toBe('refused');
    }
  });

  it('half-typed never throw, and are never edited where they can’t be read', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.constantFrom(...ids),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom('', '{', '"', "'", ': ', '\t', '\n- x', '[', '}', '\r', '\\', '\u0000', 'é', '&a', '*a'),
        fc.boolean(),
        (name, id, where, inserted, cut) => {
          const original = textOf(name);
          const at = Math.floor(where * original.length);
          const text = original.slice(0, at) + inserted + (cut ? '' : original.slice(at));
          const outcome = apply(id, name, text);
          if (outcome.kind === 'edits') {
            const after = applyEdits(text, outcome.edits);
            const analysis = finder.analyse(after, languageOf(name));
            expect(analysis.language === 'settings' && analysis.problem).toBeNull();
          }
        },
      ),
      { numRuns: 400, seed: 21 },
    );
  });
});
