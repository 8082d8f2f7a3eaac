import { absoluteMaximum } from '../tensor.js';
import { composedGelu, fusedGelu, fusedRelu } from './activations.js';
import { composedAttention, fusedAttention } from './attention.js';
import { hasFused, registeredName, withGradient } from './fused.js';
import type { FusedKernel } from './fused.js';
import { composedLayerNorm, composedRmsNorm, fusedLayerNorm, fusedRmsNorm } from './norms.js';
import * as tf from './tensorflow.js';

/** A function by a fused kernel and by kernels of TensorFlow.js. */
interface Pair {
  readonly name: string;
  readonly kernels: readonly FusedKernel[];
  /** Of what it is given: large enough that every part of the kernel has something to do. */
  readonly shapes: readonly (readonly number[])[];
  readonly fused: (...given: tf.Tensor[]) => tf.Tensor;
  readonly composed: (...given: tf.Tensor[]) => tf.Tensor;
}

const HEADS = { context: 36, heads: 2 };
const ROWS = [21, 12];
const NORM: readonly FusedKernel[] = ['norm', 'normGradient'];

/** Everything that is fused. */
export const PAIRS: readonly Pair[] = [
  {
    name: 'attention',
    kernels: ['attention', 'attentionGradient'],
    shapes: [
      [72, 16],
      [72, 16],
      [72, 16],
    ],
    fused: (...[query, key, value]) => fusedAttention(HEADS, query!, key!, value!),
    composed: (...[query, key, value]) => composedAttention(HEADS, query!, key!, value!),
  },
  {
    name: 'layer norm',
    kernels: NORM,
    shapes: [ROWS, [12], [12]],
    fused: (...given) => withGradient(fusedLayerNorm, ...given),
    composed: (...given) => withGradient(composedLayerNorm, ...given),
  },
  {
    name: 'RMS norm',
    kernels: NORM,
    shapes: [ROWS, [12]],
    fused: (...given) => withGradient(fusedRmsNorm, ...given),
    composed: (...given) => withGradient(composedRmsNorm, ...given),
  },
  {
    name: 'ReLU',
    kernels: ['reluGradient'],
    shapes: [ROWS],
    fused: (x) => withGradient(fusedRelu, x),
    composed: (x) => tf.relu(x),
  },
  {
    name: 'GELU',
    kernels: ['gelu', 'geluGradient'],
    shapes: [ROWS],
    fused: (x) => withGradient(fusedGelu, x),
    composed: (x) => composedGelu(x),
  },
];

/** Of the largest entry; single precision is off by less, a wrong entry by far more. */
const TOLERANCE = 1e-5;

/**
 * Holds every fused kernel of the backend against TensorFlow.js's own, gradients included, and takes back those that are
 * wrong here.
 * @returns what is wrong with those
 */
export function tryFused(): string[] {
  return PAIRS.flatMap(({ kernels, ...pair }) => {
    const difference = whatDiffers(pair);
    if (difference === undefined) {
      return [];
    }
    for (const kernel of kernels) {
      if (hasFused(kernel)) {
        tf.unregisterKernel(registeredName(kernel), tf.getBackend());
      }
    }
    return [`${pair.name}: ${difference}`];
  });
}

/** Where two ways to the same function part; undefined where they don't. */
function whatDiffers({ shapes, fused, composed }: Pick<Pair, 'shapes' | 'fused' | 'composed'>): string | undefined {
  try {
    const [told, expected] = [outcome(fused, shapes), outcome(composed, shapes)];
    for (const [index, right] of expected.entries()) {
      const largest = absoluteMaximum(right);
      const wrong = right.findIndex((value, at) => !(Math.abs(told[index]![at]! - value) <= TOLERANCE * largest));
      if (wrong !== -1) {
        return `its own gave ${told[index]![wrong]} where ${right[wrong]} is right`;
      }
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What a function gives, and the gradients of all that it is given, for numbers that are always the same. */
export function outcome(
  of: (...given: tf.Tensor[]) => tf.Tensor,
  shapes: readonly (readonly number[])[],
): Float32Array[] {
  const results = tf.tidy(() => {
    const given = shapes.map((shape, index) => patterned(shape, 13 * index));
    const value = of(...given);
    return [value, ...tf.grads((...inputs) => of(...inputs))(given, patterned(value.shape, 7))];
  });
  const values = results.map((tensor) => tensor.dataSync<'float32'>());
  tf.dispose(results);
  return values;
}

/** Numbers from -1 to 1 in no order. */
function patterned(shape: readonly number[], start: number): tf.Tensor {
  const length = tf.util.sizeFromShape([...shape]);
  const values = Float32Array.from({ length }, (_, index) => 2 * ((((index + start) * 37) % 101) / 101) - 1);
  return tf.tensor(values, [...shape]);
}
