import * as tf from './tensorflow.js';

/** √(2/π) and the coefficient of the cubic term in the approximation by tanh (Hendrycks and Gimpel 2016). */
const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

/** Gaussian error linear unit by tanh, as `torch.nn.functional.gelu(x, approximate="tanh")`. */
function gelu(x: tf.Tensor): tf.Tensor {
  return x.mul(x.add(x.pow(3).mul(GELU_CUBIC)).mul(GELU_SCALE).tanh().add(1).mul(0.5));
}

/** The function between two linear layers. */
export function activated(x: tf.Tensor, kind: 'relu' | 'gelu'): tf.Tensor {
  return kind === 'relu' ? tf.relu(x) : gelu(x);
}
