import { describe, expect, it } from 'vitest';
import { MAKE_OPTIMIZER } from '../../../src/lab/optimizers/optimizers.js';
import { orthogonal } from '../../../src/lab/optimizers/muon.js';
import { OPTIMIZERS, settingsWith } from '../../../src/lab/settings.js';
import type { OptimizerSettings } from '../../../src/lab/settings.js';
import { absoluteMaximum, norm, plainArithmetic, plainProduct } from '../../../src/lab/tensor.js';
import type { Parameter } from '../../../src/lab/tensor.js';
import { Random } from '../../../src/lab/random.js';

function make(change: Partial<OptimizerSettings>) {
  const { optimizer } = settingsWith({ optimizer: change });
  return MAKE_OPTIMIZER[optimizer.kind](optimizer, plainArithmetic);
}

function matrix(name: string, values: Float32Array): Parameter {
  return { name, shape: [4, values.length / 4], values };
}

describe.each(OPTIMIZERS)('%s', (kind) => {
  it('descends a bowl', () => {
    const optimizer = make({ kind, learningRate: 0.05, momentum: 0.5 });
    const parameter = matrix('blocks.0.mlp.input', new Random(1).normals(32, 1));
    const before = norm(parameter.values);
    for (let step = 0; step < 150; step++) {
      optimizer.step([parameter], [parameter.values.slice()], 0.01);
    }
    expect(norm(parameter.values)).toBeLessThan(0.75 * before);
  });

  it('forgets: what follows is what a new one does', () => {
    const random = new Random(2);
    const [old, fresh] = [make({ kind }), make({ kind })];
    const start = random.normals(32, 1);
    const parameter = matrix('blocks.0.mlp.input', start.slice());
    for (let step = 0; step < 5; step++) {
      old.step([parameter], [random.normals(32, 1)], 1e-3);
    }
    old.forget();
    const gradient = random.normals(32, 1);
    const [one, other] = [matrix('blocks.0.mlp.input', start.slice()), matrix('blocks.0.mlp.input', start.slice())];
    old.step([one], [gradient.slice()], 1e-3);
    fresh.step([other], [gradient.slice()], 1e-3);
    // Stable-SPAM keeps its history of norms through a reset, by design.
    if (kind !== 'stable-spam') {
      expect(one.values).toEqual(other.values);
    }
    expect(
      Object.values(old.state).every((moments) => [...moments.values()].every((moment) => absoluteMaximum(moment) > 0)),
    ).toBe(true);
  });
});

it('takes a first step of the learning rate, whatever the gradient (Adam)', () => {
  const parameter = matrix('w', new Float32Array(8));
  make({ kind: 'adamw' }).step([parameter], [new Random(3).normals(8, 100)], 1e-3);
  expect(Array.from(parameter.values, Math.abs)).toEqual(Array.from({ length: 8 }, () => expect.closeTo(1e-3, 7)));
});

it('resets the step counter with the moments (SPAM): no step is longer than the rate allows', () => {
  const optimizer = make({ kind: 'spam', resetInterval: 20, rewarmSteps: 1, graceSteps: 2, beta2: 0.999 });
  const parameter = matrix('w', new Float32Array(8));
  let longest = 0;
  for (let step = 0; step < 60; step++) {
    const before = parameter.values.slice();
    optimizer.step([parameter], [new Float32Array(8).fill(0.5)], 1e-3);
    longest = Math.max(longest, absoluteMaximum(parameter.values.map((value, index) => value - before[index]!)));
  }
  // With the authors' code it is up to 2.7 times the rate.
  expect(longest).toBeLessThan(1.01e-3);
});

it('makes singular values about one (Muon)', () => {
  const result = orthogonal(new Random(4).normals(6 * 10, 3), 6, 10, plainProduct);
  const transposed = Float32Array.from({ length: 60 }, (_, index) => result[(index % 6) * 10 + Math.floor(index / 6)]!);
  const gram = plainProduct(result, transposed, 6, 10, 6);
  for (let row = 0; row < 6; row++) {
    expect(gram[row * 7]).toBeGreaterThan(0.4);
    expect(gram[row * 7]).toBeLessThan(1.5);
  }
});
