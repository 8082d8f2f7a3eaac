import { describe, expect, it } from 'vitest';
import { readSettings, settingsFileAt } from '../../../src/readers/settings/settingsFormats.js';
import { bytesOf } from './recordingSink.js';

const RUN = '/x/mlruns/0/0123456789abcdef0123456789abcdef';
const WANDB = '/x/wandb/offline-run-20240131_120000-1a2b3c4d/files';

const read = (path: string, text: string) => readSettings(path, bytesOf(text));

describe('where settings lie', () => {
  it.each([
    [`${RUN}/params/optimizer/lr`, 'mlflow-parameter', RUN, 'inside'],
    [`/srv/store/7/0123456789abcdef0123456789abcdef/tags/mlflow.runName`, 'mlflow-tag', undefined, 'inside'],
    [`${RUN}/meta.yaml`, 'mlflow-meta', RUN, 'inside'],
    [`${WANDB}/config.yaml`, 'wandb-config', '/x/wandb/offline-run-20240131_120000-1a2b3c4d', 'inside'],
    [`${WANDB}/wandb-metadata.json`, 'wandb-metadata', '/x/wandb/offline-run-20240131_120000-1a2b3c4d', 'inside'],
    ['/x/outputs/2024-01-31/12-00-00/.hydra/config.yaml', 'hydra', '/x/outputs/2024-01-31/12-00-00', 'inside'],
    ['/x/lightning_logs/version_0/hparams.yaml', 'hyperparameters', '/x/lightning_logs/version_0', 'beside'],
    ['C:\\runs\\one\\training_args.json', 'hyperparameters', 'C:\\runs\\one', 'beside'],
    ['/x/runs/detect/train/args.yaml', 'arguments', '/x/runs/detect/train', 'beside'],
    ['/x/lab/runs/qk-norm-seed1-0a1b/lab-run.json', 'evenkeel-lab', '/x/lab/runs/qk-norm-seed1-0a1b', 'inside'],
    ['/x/run/config.json', 'arguments', '/x/run', 'beside'],
  ])('%s is %s', (path, id, folder, reach) => {
    const found = settingsFileAt(path);
    expect([found?.format.id, found?.place.reach]).toEqual([id, reach]);
    if (folder !== undefined) {
      expect(found?.place.folder).toBe(folder);
    }
  });

  it.each([
    '/x/mlruns/0/meta.yaml',
    `${RUN}/metrics/loss`,
    '/x/.hydra/hydra.yaml',
    '/x/tsconfig.json',
    '/x/package.json',
    '/x/docker-compose.yaml',
    '/x/config.py',
    '/x/tags/readme',
  ])('%s is none', (path) => {
    expect(settingsFileAt(path)).toBeUndefined();
  });
});

describe('settings', () => {
  it('of Lightning, with what Python puts into YAML read as data', () => {
    const text = [
      'lr: 0.001',
      'betas: !!python/tuple',
      '- 0.9',
      '- 0.999',
      "optimizer: !!python/name:torch.optim.adamw.AdamW ''",
      'evil: !!python/object/apply:os.system ["touch /tmp/owned"]',
      'model: &model {layers: 12, width: 768}',
      'teacher:',
      '  <<: *model',
      '  width: 1024',
      'limit: .inf',
      '',
    ].join('\n');
    expect(read('/x/hparams.yaml', text)).toEqual({
      values: {
        lr: 0.001,
        betas: [0.9, 0.999],
        optimizer: 'torch.optim.adamw.AdamW',
        evil: ['touch /tmp/owned'],
        'model/layers': 12,
        'model/width': 768,
        'teacher/layers': 12,
        'teacher/width': 1024,
        limit: 'Infinity',
      },
    });
  });

  it('of W&B, out of their wrapping and without what is its own', () => {
    const text =
      'wandb_version: 1\n\n_wandb:\n  desc: null\n  value:\n    python_version: 3.10\nlr:\n  desc: null\n  value: 0.0003\nmodel:\n  value:\n    depth: 4\n';
    expect(read(`${WANDB}/config.yaml`, text)).toEqual({ values: { lr: 0.0003, 'model/depth': 4 } });
    const metadata = { host: 'secret', username: 'me', program: 'train.py', args: ['--lr', '1'], gpu_count: 8 };
    expect(read(`${WANDB}/wandb-metadata.json`, JSON.stringify(metadata)).values).toEqual({
      'metadata/program': 'train.py',
      'metadata/args': ['--lr', '1'],
      'metadata/gpu_count': 8,
    });
  });

  it('of MLflow, one file each, with the name and the end of the run', () => {
    expect(read(`${RUN}/params/lr`, '0.001')).toEqual({ values: { lr: 0.001 } });
    expect(read(`${RUN}/params/nested/use_bias`, 'False\n')).toEqual({ values: { 'nested/use_bias': false } });
    expect(read(`${RUN}/tags/mlflow.runName`, 'kind-cat-7')).toEqual({ values: {}, runName: 'kind-cat-7' });
    expect(read(`${RUN}/tags/mlflow.user`, 'me')).toEqual({ values: {} });
    expect(read(`${RUN}/tags/team`, 'vision')).toEqual({ values: { 'tags/team': 'vision' } });
    const meta = (status: number): string => `run_id: 0123\nrun_name: kind-cat-7\nstatus: ${status}\n`;
    expect(read(`${RUN}/meta.yaml`, meta(1))).toEqual({ values: {}, runName: 'kind-cat-7' });
    expect(read(`${RUN}/meta.yaml`, meta(4)).outcome).toBe('failed');
  });

  it('of files with general names, only where they configure training', () => {
    const training = { model: { depth: 4 }, optimizer: { name: 'adamw', lr: 1e-3 }, batch_size: 32 };
    expect(read('/x/config.json', JSON.stringify(training)).values['optimizer/name']).toBe('adamw');
    const model = { architectures: ['GPT2LMHeadModel'], n_layer: 12, vocab_size: 50257, initializer_range: 0.02 };
    expect(read('/x/config.json', JSON.stringify(model))).toEqual({ values: {} });
    expect(read('/x/settings.json', '{"editor.fontSize": 12, "files.exclude": {}}')).toEqual({ values: {} });
    expect(read('/x/args.yaml', 'task: detect\nepochs: 100\nlr0: 0.01\nbatch: 16\n').values['lr0']).toBe(0.01);
  });

  it('with a JSON of Python', () => {
    expect(read('/x/training_args.json', '{"lr": NaN, "optim": "adamw_torch"}').values).toEqual({
      lr: 'NaN',
      optim: 'adamw_torch',
    });
  });
});

describe('bad settings', () => {
  it.each([
    ['a half line', 'lr: 0.1\nmodel: {layers: 3,', /damaged YAML/],
    ['tabs', 'lr: 0.1\nmodel:\n\tlayers: 3\n', /damaged YAML/],
    ['no object', '- 1\n- 2\n', /holds no names with values/],
    ['brackets in brackets', 'a: ' + '['.repeat(100_000), /nested more than 64 levels/],
    ['lists in lists', '- '.repeat(100_000), /nested more than 64 levels/],
    ['keys in keys', '? '.repeat(100_000), /nested more than 64 levels/],
    ['anchors of anchors', '&a '.repeat(80_000), /nested more than 64 levels/],
    ['a staircase', Array.from({ length: 700 }, (_, level) => `${' '.repeat(level)}a:`).join('\n'), /nested more/],
    ['binary', '\u0000\u0001\u0002', /./],
  ])('are a problem and nothing worse: %s', (_, text, problem) => {
    expect(read('/x/hparams.yaml', text).problem).toMatch(problem);
  });

  it('keep what precedes the damage', () => {
    expect(read('/x/hparams.yaml', 'lr: 0.1\nmodel: {layers: 3,').values['lr']).toBe(0.1);
  });

  it('cannot blow up by aliases', () => {
    const levels = Array.from({ length: 12 }, (_, level) => {
      const items = level === 0 ? 'x' : Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ');
      return `a${level}: &a${level} [${items}]`;
    });
    const began = performance.now();
    const answer = read('/x/hparams.yaml', levels.join('\n'));
    expect(answer.problem).toMatch(/alias/i);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('of JSON in JSON in JSON are a problem as well', () => {
    const text = `{"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(read('/x/hparams.json', text).problem).toMatch(/call stack/);
  });

  it('are the arm and the seed of a run of the lab', () => {
    const record = { evenkeelLab: 1, label: 'qk-norm', seed: 2, backend: 'wasm', parameters: 830_000, settings: {} };
    expect(read('/x/lab-run.json', JSON.stringify(record))).toEqual({
      values: { 'lab/arm': 'qk-norm', 'lab/seed': 2, 'lab/backend': 'wasm', 'lab/parameters': 830_000 },
      runName: 'Lab: qk-norm, seed 2',
      outcome: 'finished',
    });
    expect(read('/x/lab-run.json', '{"label": "qk-norm"}')).toEqual({ values: {} });
  });

  it('is nothing when empty', () => {
    expect(read('/x/hparams.yaml', '')).toEqual({ values: {} });
  });

  it('cannot reach prototypes', () => {
    read('/x/hparams.yaml', '__proto__:\n  polluted: true\n');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('keeps lists of data and thousands of keys at bay', () => {
    const many = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`k${index}`, index]));
    const answer = read('/x/hparams.json', JSON.stringify(many));
    expect(Object.keys(answer.values)).toHaveLength(2000);
    expect(answer.problem).toBe('1000 of its 3000 settings were left out');
    const long = read('/x/hparams.json', JSON.stringify({ files: Array.from({ length: 9999 }, () => 'a.bin') }));
    expect(long.values['files']).toHaveLength(2001);
  });
});
