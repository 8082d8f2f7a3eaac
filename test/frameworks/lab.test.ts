import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runChild } from '../../src/lab/host/child.js';
import { numberOf } from '../../src/lab/protocol.js';
import type { DumpMessage } from '../../src/lab/protocol.js';
import { OPTIMIZERS, PLACEMENTS, settingsWith } from '../../src/lab/settings.js';
import type { LabSettings } from '../../src/lab/settings.js';
import { buildLab } from '../unit/lab/builtLab.js';
import { frameworkPython } from './python.js';

const run = promisify(execFile);
const found = await frameworkPython();
const python = 'python' in found ? found.python : undefined;
const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-lab-'));
let child = '';

interface Difference {
  /** Largest difference between losses of the same step. */
  readonly loss: number;
  /** Largest difference between last weights, and between first and last ones. */
  readonly weights: number;
  readonly moved: number;
}

const differences = new Map<string, Difference>();

beforeAll(async () => {
  if (python === undefined) {
    return;
  }
  child = await buildLab(folder);
  const files: string[] = [];
  for (const [name, change] of Object.entries(CASES)) {
    files.push(await trained(name, settingsWith({ ...base, ...change })));
  }
  // One process: to import torch takes longer than all of the training.
  const { stdout } = await run(python, [path.resolve('test/frameworks/lab/reference.py'), ...files]);
  for (const [index, difference] of (JSON.parse(stdout) as Difference[]).entries()) {
    differences.set(Object.keys(CASES)[index]!, difference);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const STEPS = 50;
const quiet = { evaluateEvery: 1000, detailEvery: 0, heldOut: 1 };
/** Smooth, since at a kink rounding decides about gradients; the MLP and the CNN have ReLUs. */
const small = { kind: 'transformer', depth: 2, width: 16, heads: 2, context: 12, activation: 'gelu' };
const base = {
  model: small,
  // With a smaller epsilon Adam makes whole steps of gradients that are rounding and nothing else.
  optimizer: { learningRate: 1e-3, weightDecay: 0.1, epsilon: 1e-6 },
  steps: STEPS,
  batch: 4,
  measure: quiet,
};

/** What is changed of the base; each is trained here and there. */
const CASES: Readonly<Record<string, object>> = {
  ...Object.fromEntries(PLACEMENTS.map((placement) => [placement, { model: { ...small, placement } }])),
  RMSNorm: { model: { ...small, norm: 'rms', placement: 'peri' } },
  'QK-norm': { model: { ...small, qkNorm: true } },
  'z-loss': { loss: { zLoss: 1e-2 } },
  'a soft cap': { loss: { softCap: 2 } },
  StableMax: { loss: { kind: 'stablemax' } },
  copies: { data: { kind: 'induction' } },
  'an MLP': {
    model: { kind: 'mlp', width: 24, layerNorm: true },
    data: { kind: 'noisy-labels', labelNoise: 0.2 },
    batch: 16,
  },
  'a CNN': { model: { kind: 'cnn', width: 6 }, data: { kind: 'bars', classes: 4 }, batch: 8 },
  ...Object.fromEntries(
    OPTIMIZERS.map((kind) => [
      `by ${kind}`,
      {
        optimizer: {
          ...base.optimizer,
          kind,
          ...(kind === 'sgd' && { learningRate: 0.02 }),
          // A sign that rounding turns over costs two steps.
          ...(kind === 'lion' && { learningRate: 4e-5, beta2: 0.99 }),
          resetInterval: 20,
          rewarmSteps: 10,
          graceSteps: 3,
          spikeThreshold: 50,
        },
        ...(kind !== 'sgd' && { perturbations: [{ kind: 'gradient-factor', at: 0.3, factor: 30 }] }),
      },
    ]),
  ),
  ...Object.fromEntries(
    [
      { kind: 'norm', limit: 0.5 },
      { kind: 'value', limit: 0.01 },
      { kind: 'autoclip', percentile: 10 },
      { kind: 'zclip', warmupSteps: 10, threshold: 1.5 },
      { kind: 'adagc', warmupSteps: 10 },
    ].map((clip) => [
      `clipped by ${clip.kind}`,
      { clipping: [clip], perturbations: [{ kind: 'gradient-factor', at: 0.5, factor: 100 }] },
    ]),
  ),
};

/** Trains in the lab; the file that says how, for torch to do the same. */
async function trained(name: string, settings: LabSettings): Promise<string> {
  const told: { losses: number[]; batches: DumpMessage['tensors'][]; first?: object; last?: object } = {
    losses: [],
    batches: [],
  };
  const end = await runChild(
    { kind: 'train', engine: { backend: 'wasm', threads: 1, folder: null }, settings, seed: 1, dump: true },
    { file: child },
    (message) => {
      if (message.message === 'metrics') {
        told.losses.push(numberOf(message.values['train/loss']!));
      } else if (message.message === 'dump') {
        switch (message.what) {
          case 'batch':
            told.batches.push(message.tensors);
            break;
          case 'first-weights':
            told.first = message.tensors;
            break;
          case 'last-weights':
            told.last = message.tensors;
        }
      }
    },
  );
  expect(end, name).toEqual({ kind: 'done' });
  const factors = settings.perturbations.flatMap((one) =>
    one.kind === 'gradient-factor' ? [[Math.round(one.at * settings.steps), one.factor]] : [],
  );
  const file = path.join(folder, `${name.replaceAll(' ', '-')}.json`);
  writeFileSync(file, JSON.stringify({ settings, factors: Object.fromEntries(factors) as object, ...told }));
  return file;
}

describe.skipIf(python === undefined)('the lab trains as torch does', () => {
  it.each(Object.keys(CASES))('%s: losses within 1e-5 over 50 steps, weights within 1e-4', (name) => {
    const { loss, weights, moved } = differences.get(name)!;
    expect(loss).toBeLessThan(1e-5);
    expect(weights).toBeLessThan(1e-4);
    expect(moved).toBeGreaterThan(1e-3);
  });
});
