import { describe, expect, it } from 'vitest';
import { makeClipping } from '../../../src/lab/clipping/clippings.js';
import { Random } from '../../../src/lab/random.js';
import { clippingOf } from '../../../src/lab/settings.js';
import type { ClippingSettings } from '../../../src/lab/settings.js';
import { dot, globalNorm, norm } from '../../../src/lab/tensor.js';
import type { Parameter } from '../../../src/lab/tensor.js';

const parameters: Parameter[] = ['blocks.0.a.w', 'blocks.1.a.w'].map((name, index) => ({
  name,
  shape: [5, 4],
  values: new Random(index + 10).normals(20, 1),
}));

/** Norms before and after each of many steps of noise, one of them a thousand times as large. */
function norms(clip: ClippingSettings, spikeAt = 150): { before: number; after: number }[] {
  const clipping = makeClipping(clip);
  const random = new Random(5);
  return Array.from({ length: 200 }, (_, step) => {
    const size = step === spikeAt ? 1000 : 1;
    const gradients = parameters.map(() => random.normals(20, size));
    const before = globalNorm(gradients);
    clipping.apply(gradients, parameters);
    return { before, after: globalNorm(gradients) };
  });
}

describe.each<ClippingSettings['kind']>(['norm', 'value', 'autoclip', 'zclip', 'adagc', 'agc', 'growth', 'component'])(
  '%s',
  (kind) => {
    it('takes a spike away and never makes a gradient longer', () => {
      const steps = norms(clippingOf(kind));
      expect(steps.every(({ before, after }) => after <= before * 1.000001)).toBe(true);
      expect(steps[150]!.after).toBeLessThan(20);
    });
  },
);

it('leaves ordinary steps alone (ZClip), and learns a norm that is not zero (AdaGC)', () => {
  const touched = norms(clippingOf('zclip')).filter(({ before, after }) => after < 0.999 * before).length;
  expect(touched).toBeGreaterThan(0);
  expect(touched).toBeLessThan(20);
  const clipping = makeClipping(clippingOf('adagc', { warmupSteps: 2 }));
  const step = (gradient: Float32Array): Float32Array => {
    clipping.apply([gradient], [parameters[0]!]);
    return gradient;
  };
  step(new Float32Array(20));
  step(new Float32Array(20).fill(0.1));
  // One zero gradient in the warmup freezes the tensor for ever, where it is learned.
  expect(norm(step(new Float32Array(20).fill(0.1)))).toBeGreaterThan(0.4);
});

it('turns gradients across the weights and keeps their length (⊥Grad)', () => {
  const gradient = new Random(6).normals(20, 1);
  const before = norm(gradient);
  makeClipping(clippingOf('ortho')).apply([gradient], [parameters[0]!]);
  expect(norm(gradient)).toBeCloseTo(before, 4);
  expect(dot(gradient, parameters[0]!.values)).toBeCloseTo(0, 4);
});

it('lets what is not a number through, and forgets it', () => {
  for (const kind of ['autoclip', 'zclip', 'adagc', 'growth'] as const) {
    const clipping = makeClipping(clippingOf(kind));
    const broken = Float32Array.of(Number.NaN, ...new Float32Array(19));
    clipping.apply([broken], [parameters[0]!]);
    expect(broken[0]).toBeNaN();
    const fine = new Float32Array(20).fill(0.01);
    clipping.apply([fine], [parameters[0]!]);
    expect(norm(fine)).toBeGreaterThan(0.04);
  }
});
