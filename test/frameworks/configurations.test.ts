import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/fixes/editing/applyEdits.js';
import { applyFix } from '../../src/fixes/fixes.js';
import { LoopFinder } from '../../src/loops/loopFinder.js';
import type { SourceLanguage } from '../../src/model/sourceLanguage.js';
import { packagedGrammars } from '../unit/loops/grammars.js';
import { frameworkPython, runPython } from './python.js';

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.join(here, '../golden/configurations');
const python = await frameworkPython();
const missing = 'missing' in python ? python.missing : null;
const finder = await LoopFinder.create(packagedGrammars);

type Loaded = Readonly<Record<string, unknown>> & { readonly rates?: readonly number[] };

interface ConfigurationCase {
  readonly file: string;
  readonly language: SourceLanguage;
  readonly kind: 'trainer' | 'lightning';
  readonly format: string;
  /** By fix, what the program has to make of the edited file, given what it makes of the file as it was. */
  readonly effects: Readonly<Record<string, (after: Loaded, before: Loaded) => void>>;
}

const rises = ({ rates = [] }: Loaded): void => {
  const top = Math.max(...rates);
  expect(rates[0]).toBeLessThan(top / 5);
  expect(rates.indexOf(top)).toBeGreaterThan(0);
};

const TRAINER: ConfigurationCase['effects'] = {
  'lower-beta2': (after) => expect(after['adam_beta2']).toBe(0.95),
  'smaller-epsilon': (after) => expect(after['adam_epsilon']).toBe(1e-15),
  'lower-learning-rate': (after, before) =>
    expect(Number(after['learning_rate'])).toBeCloseTo(0.3 * Number(before['learning_rate']), 12),
  'scale-learning-rate-with-batch': (after, before) =>
    expect(Number(after['learning_rate']) / Number(before['learning_rate'])).toBeCloseTo(Math.SQRT2, 2),
  'bf16-instead-of-fp16': (after) => expect(after).toMatchObject({ bf16: true, fp16: false }),
  'gradient-accumulation': (after) => expect(after['gradient_accumulation_steps']).toBe(4),
  'cosine-restarts': ({ rates = [] }) => {
    const jumps = rates.filter((rate, index) => index > 0 && rate > (rates[index - 1] ?? 0) * 10);
    expect(jumps).toHaveLength(3);
  },
};

function only(...names: readonly string[]): ConfigurationCase['effects'] {
  return Object.fromEntries(names.map((name) => [name, TRAINER[name] as ConfigurationCase['effects'][string]]));
}

const CASES: readonly ConfigurationCase[] = [
  {
    file: 'trainer_arguments.yaml',
    language: 'yaml',
    kind: 'trainer',
    format: 'yaml',
    effects: {
      ...only('smaller-epsilon', 'lower-learning-rate', 'scale-learning-rate-with-batch', 'bf16-instead-of-fp16'),
      ...only('cosine-restarts', 'gradient-accumulation'),
      'clip-gradients': (after, before) => expect([before['max_grad_norm'], after['max_grad_norm']]).toEqual([0, 1]),
      'add-warmup': rises,
      'raise-beta2': (after) => expect(after['adam_beta2']).toBe(0.999),
      'linear-decay': ({ rates = [] }) => expect(rates.at(-1)).toBeLessThan((rates[0] ?? 0) / 100),
    },
  },
  {
    file: 'trainer_arguments.json',
    language: 'json',
    kind: 'trainer',
    format: 'json',
    effects: {
      ...only('lower-beta2', 'smaller-epsilon', 'bf16-instead-of-fp16', 'cosine-restarts', 'gradient-accumulation'),
      'add-warmup': rises,
      'weight-decay-for-repeated-data': (after) => expect(after['weight_decay']).toBe(0.8),
    },
  },
  {
    file: 'trainer_arguments.toml',
    language: 'toml',
    kind: 'trainer',
    format: 'toml',
    effects: {
      ...only('lower-beta2', 'smaller-epsilon', 'lower-learning-rate', 'bf16-instead-of-fp16', 'cosine-restarts'),
      'add-warmup': rises,
    },
  },
  {
    file: 'launch_training.sh',
    language: 'shell',
    kind: 'trainer',
    format: 'shell',
    effects: {
      ...only('lower-beta2', 'smaller-epsilon', 'lower-learning-rate', 'bf16-instead-of-fp16', 'cosine-restarts'),
      ...only('gradient-accumulation'),
      'add-warmup': rises,
    },
  },
  {
    file: 'dot_vscode/launch.json',
    language: 'json',
    kind: 'trainer',
    format: 'launch',
    effects: {
      ...only('lower-beta2', 'lower-learning-rate', 'bf16-instead-of-fp16', 'cosine-restarts'),
      'clip-gradients': (after, before) => expect([before['max_grad_norm'], after['max_grad_norm']]).toEqual([0, 1]),
      'add-warmup': rises,
    },
  },
  {
    file: 'lightning_cli.yaml',
    language: 'yaml',
    kind: 'lightning',
    format: 'yaml',
    effects: {
      'clip-gradients': (after, before) => {
        expect(before['clip']).toBeNull();
        expect(after['clip']).toBe(1);
      },
      'clip-by-value': (after) => expect(after).toMatchObject({ clip: 1, algorithm: 'value' }),
      'lower-learning-rate': (after) => expect(after['lr']).toBe(6e-4),
      'bf16-instead-of-fp16': (after) => expect(after['precision']).toBe('bf16-mixed'),
      'adamw-instead-of-adam': (after, before) =>
        expect([before['optimizer'], after['optimizer']]).toEqual(['Adam', 'AdamW']),
      'lower-beta2': (after) => expect(after['betas']).toEqual([0.9, 0.95]),
      'smaller-epsilon': (after) => expect(after['eps']).toBe(1e-15),
      'gradient-accumulation': (after) => expect(after['accumulation']).toBe(4),
    },
  },
];

function textOf(file: string): string {
  return readFileSync(path.join(folder, file), 'utf8');
}

function edited({ file, language }: ConfigurationCase, fix: string): string {
  const text = textOf(file);
  const outcome = applyFix(finder, fix, { path: file, language, text }, {});
  return outcome.kind === 'edits' ? applyEdits(text, outcome.edits) : `: no edit: ${JSON.stringify(outcome)}`;
}

describe.skipIf(missing !== null)('configurations, loaded by what reads them', () => {
  const work = mkdtempSync(path.join(os.tmpdir(), 'evenkeel-configurations-'));
  let loaded: Readonly<Record<string, Loaded>>;

  beforeAll(async () => {
    const jobs = CASES.flatMap((one) => [
      { name: one.file, kind: one.kind, format: one.format, text: textOf(one.file) },
      ...Object.keys(one.effects).map((fix) => ({
        name: `${fix} in ${one.file}`,
        kind: one.kind,
        format: one.format,
        text: edited(one, fix),
      })),
    ]);
    writeFileSync(path.join(work, 'jobs.json'), JSON.stringify(jobs));
    await runPython('python' in python ? python.python : '', [
      path.join(here, 'configurations_load.py'),
      path.join(work, 'jobs.json'),
      path.join(work, 'loaded.json'),
    ]);
    loaded = JSON.parse(readFileSync(path.join(work, 'loaded.json'), 'utf8')) as typeof loaded;
  });

  afterAll(() => {
    rmSync(work, { recursive: true, force: true });
  });

  const named = CASES.flatMap(({ file, effects }) =>
    Object.entries(effects).map(([fix, effect]) => [`${fix} in ${file}`, file, effect] as const),
  );

  it.each(named)('%s', (name, file, effect) => {
    expect(loaded[file]?.['error']).toBeUndefined();
    expect(loaded[name]?.['error']).toBeUndefined();
    effect(loaded[name] ?? {}, loaded[file] ?? {});
  });
});
