import { describe, expect, it } from 'vitest';
import { FIXES } from '../../../src/fixes/fixes.js';
import { armNamed, LAB_ARMS, withArms } from '../../../src/lab/arms/arms.js';
import { readExperiment, withOtherArms } from '../../../src/lab/experiments/experimentFile.js';
import { EXPERIMENTS, STANDARD_EXPERIMENT } from '../../../src/lab/experiments/experiments.js';
import type { TryFix } from '../../../src/lab/experiments/experiment.js';
import { healthySettings } from '../../../src/lab/experiments/runExperiment.js';
import { whyNoProxy } from '../../../src/lab/experiments/provocations.js';
import { SYMPTOMS } from '../../../src/model/symptom.js';
import { proxyExperiment, proxyExperiments } from '../../../src/lab/experiments/proxy.js';
import { toBfloat16, toHalf } from '../../../src/lab/rounding.js';
import { rateShare } from '../../../src/lab/schedule.js';
import { readSettings, settingsWith } from '../../../src/lab/settings.js';
import { parameterCount } from '../../../src/lab/shapes.js';
import { directionOf, pairedEffect } from '../../../src/lab/statistics.js';

describe('settings', () => {
  it.each([
    ['{ "steps": "many" }', 'settings.steps must be a whole number'],
    ['{ "model": { "kind": "rnn" } }', 'settings.model.kind must be one of transformer, mlp, cnn'],
    ['{ "model": { "depth": 0 } }', 'settings.model.depth must be a whole number from 1'],
    ['{ "model": { "deepness": 2 } }', 'settings.model has no "deepness"'],
    ['{ "optimizer": { "kind": "adafactor" } }', 'settings.optimizer.kind must be one of'],
    ['{ "clipping": [{ "kind": "norm", "limit": -1 }] }', 'settings.clipping[0].limit must be a number from 0'],
    ['{ "clipping": { "kind": "norm" } }', 'settings.clipping must be a list'],
    ['{ "model": { "heads": 5 } }', 'settings.model.heads must divide'],
    ['{ "data": { "kind": "bars" } }', 'settings.data.kind must be text or induction for a transformer'],
    ['{ "data": { "tasks": 2 } }', 'settings.data.tasks are for noisy-labels'],
    ['{ "renewal": { "kind": "rest" } }', 'settings.renewal.kind must be one of none, redo, continual-backprop'],
    ['[]', 'settings must be an object'],
    ['{ "__proto__x": 1 }', 'settings has no "__proto__x"'],
    ['{ "model": { "kind": "constructor" } }', 'settings.model.kind must be one of'],
  ])('refuses %s', (text, reason) => {
    const read = readSettings(JSON.parse(text));
    expect(read.ok ? '' : read.error).toContain(reason);
  });

  it('counts weights', () => {
    const { model } = settingsWith({});
    expect(model).toMatchObject({ kind: 'transformer', depth: 4, width: 64 });
    // 4 × (12 × 64² + 4 norms of 64) + two tables + the last norm + the head.
    expect(parameterCount(settingsWith({}))).toBe(4 * (12 * 64 ** 2 + 4 * 64) + (40 + 64) * 64 + 2 * 64 + 64 * 40);
  });
});

describe('arms', () => {
  it('has every arm that a fix names', () => {
    const named = FIXES.flatMap(({ description: { id, labArm } }) => (labArm === null ? [] : [{ id, labArm }]));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ labArm }) => armNamed(labArm) === undefined)).toEqual([]);
  });

  it('names each once, in words that scripts can use', () => {
    const ids = LAB_ARMS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
  });

  it.each(LAB_ARMS.map((arm) => [arm.id] as const))(
    '%s changes a run that it means something for, and stays valid',
    (id) => {
      const runs = [
        settingsWith({
          optimizer: { kind: 'sgd', beta2: 0.98 },
          schedule: { kind: 'linear' },
          model: { placement: 'mix' },
        }),
        settingsWith({ model: { kind: 'mlp' }, data: { kind: 'noisy-labels' }, schedule: { kind: 'cosine' } }),
        settingsWith({ model: { placement: 'pre' }, optimizer: { kind: 'adam' } }),
      ];
      const changed = runs.map((settings) => withArms(settings, [id]));
      expect(
        changed.some((one, index) => typeof one !== 'string' && JSON.stringify(one) !== JSON.stringify(runs[index])),
      ).toBe(true);
      for (const one of changed.filter((settings) => typeof settings !== 'string')) {
        expect(readSettings(JSON.parse(JSON.stringify(one)))).toEqual({ ok: true, value: one });
      }
    },
  );

  it('joins several, and says which is unknown', () => {
    expect(withArms(settingsWith({}), ['warmup+clip-gradients', 'peri-ln'])).toMatchObject({
      schedule: { warmup: 0.2 },
      clipping: [{ kind: 'norm', limit: 1 }],
      model: { placement: 'peri' },
    });
    expect(withArms(settingsWith({}), ['warmup+nothing'])).toContain('no arm');
  });
});

describe('experiments', () => {
  it('has ten published effects and more, each of arms that mean something for it', () => {
    expect(EXPERIMENTS.filter(({ kind }) => kind === 'claim').length).toBeGreaterThanOrEqual(10);
    expect(new Set(EXPERIMENTS.map(({ id }) => id)).size).toBe(EXPERIMENTS.length);
    for (const experiment of EXPERIMENTS) {
      const arms = experiment.kind === 'claim' ? [experiment.arm] : experiment.arms;
      expect(arms.map((arm) => withArms(experiment.settings, [arm])).filter((one) => typeof one === 'string')).toEqual(
        [],
      );
    }
  });

  it.each([
    ['{', 'is not JSON'],
    ['[]', 'must be an object'],
    ['{ "arm": "warmup" }', 'unknown key "arm"'],
    ['{ "experiment": "none" }', 'experiment must be one of'],
    ['{ "arms": ["warm"] }', 'no arm "warm"'],
    ['{ "arms": "warmup" }', 'arms must be a list of names'],
    ['{ "seeds": 0 }', 'seeds must be a whole number'],
    ['{ "metric": "loss" }', 'metric must be one of'],
    ['{ "learningRates": [0] }', 'learningRates must be'],
    ['{ "healthy": ["well"] }', 'no arm "well"'],
    ['{ "settings": { "steps": 0 } }', 'settings.steps must be'],
    ['{ "run": { "width": "wide" } }', 'run.width must be'],
    ['{ "run": {}, "symptom": "sadness" }', 'symptom must be one of'],
  ])('refuses %s', (text, reason) => {
    const read = readExperiment(text);
    expect(read.ok ? 'read' : read.error).toContain(reason);
  });

  it('takes settings over those of the ready one', () => {
    const read = readExperiment(
      '{ "settings": { "steps": 7, "model": { "depth": 1 } }, "arms": ["warmup"], "seeds": 4 }',
    );
    expect(read).toMatchObject({
      ok: true,
      value: {
        seeds: 4,
        experiment: {
          kind: 'try-fix',
          arms: ['warmup'],
          settings: { steps: 7, model: { depth: 1, placement: 'post' } },
        },
      },
    });
  });

  it('makes a sweep of learning rates', () => {
    const read = readExperiment('{ "learningRates": [1e-3, 1e-2], "arms": ["qk-norm"] }');
    expect(read).toMatchObject({
      ok: true,
      value: { experiment: { kind: 'sweep', learningRates: [1e-3, 1e-2], arms: ['qk-norm'] } },
    });
  });

  it('lets arms be named for a try, not for a claim', () => {
    expect(withOtherArms(STANDARD_EXPERIMENT, ['zclip'])).toMatchObject({ ok: true, value: { arms: ['zclip'] } });
    const claim = EXPERIMENTS.find(({ kind }) => kind === 'claim')!;
    expect(withOtherArms(claim, ['zclip'])).toMatchObject({ ok: false });
  });

  it('shapes a proxy after a run, and shows by which rule', () => {
    const shaped = proxyExperiment(
      {
        placement: 'post',
        optimizer: 'adamw',
        learningRate: 1e-3,
        width: 480,
        depth: 12,
        clipNorm: 0.5,
        warmupShare: 0.01,
      },
      'divergence',
      ['warmup'],
    );
    const { settings, rules } = (shaped as { value: TryFix }).value;
    expect(settings).toMatchObject({
      model: { placement: 'post' },
      optimizer: { kind: 'adamw', learningRate: 0.03 },
      clipping: [{ kind: 'norm', limit: 0.5 }],
      schedule: { warmup: 0.01 },
    });
    expect(rules.join(' ')).toContain('0.001 × width 480 / 32 × √(depth 12 / 3) = 0.0300');
    expect(proxyExperiment({}, 'loss-spike', [])).toMatchObject({
      ok: true,
      value: { settings: { perturbations: [{ kind: 'corrupted-batch' }] }, well: { perturbations: [] } },
    });
    expect(proxyExperiment({}, 'throughput', [])).toMatchObject({
      ok: false,
      error: expect.stringContaining('cannot be shown on a proxy') as string,
    });
  });

  it('knows of every symptom how it is provoked, or why not', () => {
    for (const symptom of SYMPTOMS) {
      const shaped = proxyExperiments({}, symptom, []);
      expect(shaped.ok, symptom).toBe(whyNoProxy(symptom) === undefined);
      expect(whyNoProxy(symptom) ?? '').not.toContain('knows no way');
      // What makes it ill must be a change, or a rate that may be raised: a healthy run would be held against itself.
      for (const experiment of shaped.ok ? shaped.value : []) {
        expect(healthySettings(experiment), symptom).not.toEqual(experiment.settings);
      }
    }
  });
});

describe('schedules', () => {
  it('rises, holds and falls where it should', () => {
    const of = (change: object, steps: readonly number[]): number[] =>
      steps.map((step) => Number(rateShare(settingsWith({ schedule: change }).schedule, step, 100).toFixed(3)));
    expect(of({ warmup: 0.1 }, [0, 8, 9, 10, 99])).toEqual([0.091, 0.818, 0.909, 1, 1]);
    expect(of({ kind: 'linear' }, [0, 50])).toEqual([1, 0.5]);
    expect(of({ kind: 'cosine', floor: 0.1 }, [0, 50, 99])).toEqual([1, 0.55, 0.1]);
    expect(of({ kind: 'restarts', cycles: 4 }, [0, 24, 25, 50])).toEqual([1, 0.004, 1, 1]);
    expect(of({ kind: 'wsd', cooldown: 0.2 }, [0, 79, 90])).toEqual([1, 1, 0.5]);
    expect(of({ kind: '1cycle' }, [0, 30])).toEqual([0.04, 1]);
  });
});

describe('verdicts', () => {
  it('claims something only where seeds agree', () => {
    expect(directionOf(pairedEffect([-0.4, -0.42, -0.38]), 0.02)).toBe('lower');
    expect(directionOf(pairedEffect([0.4, 0.42, 0.38]), 0.02)).toBe('higher');
    expect(directionOf(pairedEffect([-0.4, 0.5, -0.1]), 0.02)).toBe('unclear');
    expect(directionOf(pairedEffect([0.001, -0.001, 0.002]), 0.02)).toBe('no-effect');
    expect(directionOf(pairedEffect([-0.4, -0.4]), 0.02)).toBe('unclear');
    expect(directionOf(pairedEffect([-0.01, -0.0101, -0.0099]), 0.02)).toBe('no-effect');
    // Mean ± 4.303 s / √3, the textbook's paired t.
    const { interval } = pairedEffect([1, 2, 3]);
    expect(interval).toEqual([
      expect.closeTo(2 - 4.303 / Math.sqrt(3), 6),
      expect.closeTo(2 + 4.303 / Math.sqrt(3), 6),
    ]);
  });
});

it('rounds as half precision and bfloat16 do', () => {
  expect([1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, 2 ** -25, 1.5 * 2 ** -24, -0.1].map(toHalf)).toEqual([
    1,
    1 + 2 ** -9,
    65504,
    Infinity,
    0,
    2 ** -23,
    -0.0999755859375,
  ]);
  expect([1 + 2 ** -8, 1 + 3 * 2 ** -8, -3.14159].map(toBfloat16)).toEqual([1, 1 + 2 ** -6, -3.140625]);
});
