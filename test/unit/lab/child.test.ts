import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Curves } from '../../../src/lab/experiments/curves.js';
import type { TryFix } from '../../../src/lab/experiments/experiment.js';
import { STANDARD_EXPERIMENT } from '../../../src/lab/experiments/experiments.js';
import { runExperiment } from '../../../src/lab/experiments/runExperiment.js';
import type { ExperimentOptions } from '../../../src/lab/experiments/session.js';
import { probeBackend } from '../../../src/lab/host/backends.js';
import { runChild } from '../../../src/lab/host/child.js';
import type { ChildEnd } from '../../../src/lab/host/child.js';
import type { LabMessage } from '../../../src/lab/protocol.js';
import { settingsWith } from '../../../src/lab/settings.js';
import type { LabSettings } from '../../../src/lab/settings.js';
import { roleOf } from '../../../src/signals/roles/roles.js';
import { buildLab } from './builtLab.js';

const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-lab-'));
let file = '';

beforeAll(async () => {
  file = await buildLab(folder);
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const TINY = {
  model: { kind: 'transformer', depth: 2, width: 8, heads: 2, context: 8 },
  optimizer: { learningRate: 1e-2 },
  steps: 12,
  batch: 2,
  measure: { evaluateEvery: 5, detailEvery: 5, heldOut: 2 },
};

interface Told {
  readonly end: ChildEnd;
  readonly curves: Curves;
  readonly messages: LabMessage[];
}

async function train(settings: LabSettings, seed = 0, backend: 'wasm' | 'cpu' = 'wasm', threads = 1): Promise<Told> {
  const curves = new Curves();
  const messages: LabMessage[] = [];
  const request = { kind: 'train', engine: { backend, threads, folder: null }, settings, seed, dump: false } as const;
  const end = await runChild(request, { file }, (message) => {
    messages.push(message);
    if (message.message === 'metrics') {
      curves.add(message);
    }
  });
  return { end, curves, messages };
}

describe('a run', { timeout: 120_000 }, () => {
  it('is the same for the same seed, and another for another', async () => {
    const settings = settingsWith(TINY);
    const [one, again, other] = await Promise.all([train(settings), train(settings), train(settings, 1)]);
    expect(one.end).toEqual({ kind: 'done' });
    expect(one.curves.values('train/loss')).toHaveLength(12);
    expect(again.curves.values('train/loss')).toEqual(one.curves.values('train/loss'));
    expect(other.curves.values('train/loss')).not.toEqual(one.curves.values('train/loss'));
  });

  it('computes the same on the reference and with threads', async () => {
    const settings = settingsWith(TINY);
    const [wasm, cpu, threads] = await Promise.all([
      train(settings),
      train(settings, 0, 'cpu'),
      train(settings, 0, 'wasm', 2),
    ]);
    for (const [index, loss] of cpu.curves.values('train/loss').entries()) {
      expect(wasm.curves.values('train/loss')[index]).toBeCloseTo(loss, 4);
      expect(threads.curves.values('train/loss')[index]).toBeCloseTo(loss, 4);
    }
  });

  it('logs under tags that are roles, and keeps no tensors', async () => {
    const { curves, messages } = await train(settingsWith({ ...TINY, steps: 40, clipping: [{ kind: 'norm' }] }));
    for (const tag of [
      'train/loss',
      'eval/loss',
      'eval/accuracy',
      'learning-rate',
      'gradient-norm',
      'gradient-norm/clipped',
      'log-z',
      'softmax-collapse',
    ]) {
      expect(curves.values(tag).length, tag).toBeGreaterThan(0);
      expect(roleOf(tag, {})).toBe(tag);
    }
    const details = [
      /^gradient-norm\/blocks/,
      /^weight-norm\/blocks/,
      /^update-ratio\/blocks/,
      /^attention-logit\/blocks/,
      /^activation\/blocks.*\/(var|absmax|dormant)$/,
    ];
    for (const form of details) {
      const [{ tag } = { tag: '' }] = curves.matching(form);
      expect(roleOf(tag, {}), String(form)).toBe(tag);
    }
    const trained = messages.find((message) => message.message === 'trained')!;
    expect(trained.tensors[1]).toBe(trained.tensors[0]);
  });

  it.each([
    ['mlp', { kind: 'mlp', width: 8 }, { kind: 'noisy-labels' }],
    ['cnn', { kind: 'cnn', width: 4 }, { kind: 'bars', classes: 3 }],
    ['two scales', { kind: 'mlp', depth: 0 }, { kind: 'two-scales', classes: 2, size: 20 }],
    ['modular addition', { kind: 'mlp', width: 16 }, { kind: 'modular-addition', classes: 7, size: 30 }],
  ])('learns something: %s', async (_, model, data) => {
    const { end, curves } = await train(settingsWith({ ...TINY, model, data, steps: 60, batch: 10 }));
    expect(end).toEqual({ kind: 'done' });
    const losses = curves.values('train/loss');
    expect(Math.min(...losses.slice(-10))).toBeLessThan(losses[0]!);
  });

  it('knows the gradient: the loss changes by what it says along a direction', async () => {
    // A step of plain descent changes the loss by −η |g|², up to the second order.
    const rate = 1e-3;
    const { curves } = await train(
      settingsWith({
        ...TINY,
        data: { size: 1 },
        batch: 1,
        optimizer: { kind: 'sgd', momentum: 0, learningRate: rate },
        steps: 2,
      }),
    );
    const [before, after] = curves.values('train/loss') as [number, number];
    const expected = -rate * curves.values('gradient-norm')[0]! ** 2;
    expect((after - before) / expected).toBeGreaterThan(0.97);
    expect((after - before) / expected).toBeLessThan(1.03);
  });

  it('measures curvature: gradient descent at the edge has a sharpness of two over the rate', async () => {
    const { curves } = await train(
      settingsWith({
        model: { kind: 'mlp', depth: 1, width: 16 },
        data: { kind: 'noisy-labels', classes: 4, size: 32 },
        optimizer: { kind: 'sgd', momentum: 0, learningRate: 0.5 },
        steps: 241,
        batch: 32,
        measure: { evaluateEvery: 300, detailEvery: 0, curvatureEvery: 80, heldOut: 8 },
      }),
    );
    const sharpness = curves.values('sharpness');
    expect(sharpness.every((value) => value > 0)).toBe(true);
    expect(curves.values('hessian-trace').at(-1)).toBeGreaterThan(0.5 * sharpness.at(-1)!);
    expect(curves.values('safe-step-ratio').at(-1)).toBeLessThan(1);
    expect(sharpness.at(-1)).toBeLessThan(1.5 * (2 / 0.5));
  });

  it('is struck by what strikes, and not before', async () => {
    const plain = await train(settingsWith(TINY));
    for (const one of [
      { kind: 'corrupted-batch', at: 0.5, factor: 1000 },
      { kind: 'gradient-factor', at: 0.5, factor: 1000 },
      { kind: 'learning-rate-factor', at: 0.5, steps: 1, factor: 20 },
      { kind: 'desynchronised-workers', at: 0.5, missed: 2 },
    ]) {
      const { curves } = await train(settingsWith({ ...TINY, perturbations: [one] }));
      expect(curves.values('train/loss').slice(0, 6)).toEqual(plain.curves.values('train/loss').slice(0, 6));
      expect(curves.values('train/loss').slice(7)).not.toEqual(plain.curves.values('train/loss').slice(7));
    }
  });

  it('keeps steps within the radius of softmax, even where the rate jumps', async () => {
    const struck = {
      ...TINY,
      perturbations: [{ kind: 'learning-rate-factor', at: 0.5, steps: 1, factor: 1000 }],
      measure: { ...TINY.measure, radiusEvery: 1 },
    };
    const [free, held] = await Promise.all([
      train(settingsWith(struck)),
      train(settingsWith({ ...struck, stepRadius: 1 })),
    ]);
    expect(Math.max(...free.curves.values('safe-step-ratio'))).toBeGreaterThan(10);
    expect(held.curves.values('safe-step-ratio')).toHaveLength(12);
    expect(Math.max(...held.curves.values('safe-step-ratio'))).toBeLessThan(1.2);
    expect(Math.max(...held.curves.values('train/loss'))).toBeLessThan(Math.max(...free.curves.values('train/loss')));
  });

  it('learns one task after the other, and renews units meanwhile', async () => {
    const tasks = {
      ...{ model: { kind: 'mlp', depth: 2, width: 16 }, optimizer: { learningRate: 3e-2 }, batch: 32, steps: 60 },
      data: { kind: 'noisy-labels', classes: 4, tasks: 3 },
      measure: { evaluateEvery: 1, detailEvery: 0, heldOut: 64 },
      renewal: { kind: 'redo', interval: 5, threshold: 0.2 },
    };
    const [{ curves }, alone] = await Promise.all([
      train(settingsWith(tasks)),
      train(settingsWith({ ...tasks, data: { ...tasks.data, tasks: 1 } })),
    ]);
    const losses = curves.values('eval/loss');
    // What was learned is of no use behind steps 20 and 40, and is learned anew.
    for (const start of [20, 40]) {
      expect(losses[start]).toBeGreaterThan(2 * losses[start - 1]!);
      expect(losses[start + 19]).toBeLessThan(0.5 * losses[start]!);
    }
    expect(losses.slice(0, 20)).not.toEqual(losses.slice(20, 40));
    expect(alone.curves.values('train/loss').slice(0, 5)).toEqual(curves.values('train/loss').slice(0, 5));
    expect(curves.steps('renewed-units')).toEqual([4, 9, 14, 19, 24, 29, 34, 39, 44, 49, 54, 59]);
    expect(Math.max(...curves.values('renewed-units'))).toBeGreaterThan(0);
  });

  it('says why it cannot be run', async () => {
    const request = {
      kind: 'train',
      engine: { backend: 'node-gpu', threads: 1, folder },
      settings: settingsWith(TINY),
      seed: 0,
      dump: false,
    } as const;
    const end = await runChild(request, { file }, () => undefined);
    expect(end).toMatchObject({ kind: 'failed' });
    expect((end as { reason: string }).reason).toContain("Cannot find module '@tensorflow/tfjs-node-gpu'");
    const missing = await runChild(request, { file: path.join(folder, 'nothing.js') }, () => undefined);
    expect(missing).toMatchObject({ kind: 'failed', reason: expect.stringContaining('is missing') as string });
  });

  it('trusts a backend only once it computes as the reference does', async () => {
    expect(await probeBackend('wasm', { file, threads: 1, packages: null })).toMatchObject({
      available: true,
      reason: null,
    });
    const refused = await probeBackend('webgpu', { file, threads: 1, packages: null });
    expect(refused).toMatchObject({ available: false, reason: expect.stringContaining('--packages') as string });
  });

  it('ends with its parent, and when it is told to', async () => {
    const endless = settingsWith({ ...TINY, steps: 1_000_000 });
    const abort = new AbortController();
    const request = {
      kind: 'train',
      engine: { backend: 'wasm', threads: 1, folder: null },
      settings: endless,
      seed: 0,
      dump: false,
    } as const;
    const end = await runChild(request, { file, signal: abort.signal }, (message) => {
      if (message.message === 'metrics') {
        abort.abort();
      }
    });
    expect(end).toEqual({ kind: 'cancelled' });
    // Its input ends behind the request: it does not stay to take a million steps.
    const input = `${JSON.stringify({ ...request, settings: endless })}\n`;
    expect(() => execFileSync(process.execPath, [file], { input, timeout: 60_000 })).not.toThrow();
  });
});

describe('an experiment', { timeout: 180_000 }, () => {
  const experiment: TryFix = {
    ...STANDARD_EXPERIMENT,
    settings: settingsWith({
      ...TINY,
      // The second moments of all weights are huge for good: nothing is learned any more.
      steps: 40,
      perturbations: [{ kind: 'gradient-factor', at: 0.1, factor: 1e6 }],
      optimizer: { learningRate: 2e-2, beta2: 0.999 },
    }),
    healthy: [],
    arms: ['clip-gradients', 'small-init'],
  };

  function options(name: string, change: Partial<ExperimentOptions> = {}): ExperimentOptions {
    return {
      file,
      packages: null,
      threads: 1,
      backend: 'wasm',
      folder: path.join(folder, name),
      seeds: 3,
      budget: 170,
      concurrency: 3,
      now: Date.now,
      ...change,
    };
  }

  it('reproduces the symptom, judges each arm, and goes on from what is there', async () => {
    const result = await runExperiment(experiment, options('whole'));
    expect(result.problems).toEqual([]);
    expect(result).toMatchObject({ version: 1, reproduced: true, backend: 'wasm', complete: true, seeds: [0, 1, 2] });
    expect(result.verdicts.map(({ arm, seeds }) => [arm, seeds])).toEqual([
      ['clip-gradients', 3],
      ['small-init', 3],
    ]);
    expect(result.verdicts[0]).toMatchObject({ verdict: 'helps', interval: [expect.any(Number), expect.any(Number)] });
    expect(result.proxy.parameters).toBeGreaterThan(1000);
    const runs = readdirSync(result.runs);
    expect(runs).toHaveLength(12);
    // A run that was broken off is trained again, the others are not.
    rmSync(path.join(result.runs, runs[0]!, 'lab-run.json'));
    const log = path.join(result.runs, runs[1]!, 'metrics.jsonl');
    const kept = readFileSync(log, 'utf8');
    const again = await runExperiment(experiment, options('whole'));
    expect(again.verdicts).toEqual(result.verdicts);
    expect(readFileSync(log, 'utf8')).toBe(kept);
    expect(existsSync(path.join(result.runs, runs[0]!, 'lab-run.json'))).toBe(true);
  });

  it('stops where the symptom does not show', async () => {
    const well = { ...experiment, settings: { ...experiment.settings, perturbations: [] } };
    const result = await runExperiment(well, options('well', { seeds: 3 }));
    expect(result.reproduced).toBe(false);
    expect(result.verdicts.map(({ verdict, effect }) => [verdict, effect])).toEqual([
      ['not-reproduced', null],
      ['not-reproduced', null],
    ]);
  });

  it('says what is missing when the budget is spent', async () => {
    const long = { ...experiment, settings: { ...experiment.settings, steps: 100_000 } };
    const result = await runExperiment(long, options('spent', { budget: 3 }));
    expect(result).toMatchObject({ complete: false, reproduced: false });
    expect(result.problems.join()).toContain('had a budget of 3 s: 6 runs are missing');
    expect(readdirSync(result.runs).some((run) => existsSync(path.join(result.runs, run, 'lab-run.json')))).toBe(false);
  });

  it('tells of children that were killed, and keeps the rest', async () => {
    const broken = path.join(folder, 'broken.js');
    writeFileSync(broken, `process.stdin.once('data', () => process.kill(process.pid, 'SIGKILL'));`);
    const result = await runExperiment(experiment, options('killed', { file: broken }));
    expect(result.reproduced).toBe(false);
    expect(result.problems[0]).toContain('the child was ended by SIGKILL');
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('says when the disk takes no more', async () => {
    const closed = path.join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    await expect(runExperiment(experiment, options('closed/inside'))).rejects.toThrow('EACCES');
  });
});
