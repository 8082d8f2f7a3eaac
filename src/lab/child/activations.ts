import { hasFused, LANES, runFused, withGradient } from './fused.js';
import type { FusedKernel, Written } from './fused.js';
import * as tf from './tensorflow.js';

/** √(2/π) and the coefficient of the cubic term in the approximation by tanh (Hendrycks and Gimpel 2016). */
const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

/** The function between two linear layers; the Gaussian error linear unit as `torch.nn.functional.gelu(x, approximate="tanh")`. */
export function activated(x: tf.Tensor, kind: 'relu' | 'gelu'): tf.Tensor {
  const kernel: FusedKernel = kind === 'relu' ? 'reluGradient' : 'gelu';
  const isFused = x.size % LANES === 0 && hasFused(kernel);
  if (kind === 'relu') {
    return isFused ? withGradient(fusedRelu, x) : tf.relu(x);
  }
  return isFused ? withGradient(fusedGelu, x) : composedGelu(x);
}

/** The rectifier, its gradient by a kernel of our own. */
export function fusedRelu(x: tf.Tensor): Written {
  const value = tf.relu(x);
  return {
    value,
    saved: [value],
    gradients: (dOut, [result]) => runFused('reluGradient', { x: result!, dOut }, {}),
  };
}

/** GELU by kernels of our own. */
export function fusedGelu(x: tf.Tensor): Written {
  return {
    value: runFused('gelu', { x }, {})[0]!,
    saved: [x],
    gradients: (dOut, [given]) => runFused('geluGradient', { x: given!, dOut }, {}),
  };
}

/** GELU by the kernels of TensorFlow.js. */
export function composedGelu(x: tf.Tensor): tf.Tensor {
  return x.mul(x.add(x.pow(3).mul(GELU_CUBIC)).mul(GELU_SCALE).tanh().add(1).mul(0.5));
}
