import { hasFused, LANES, runFused, withGradient } from './fused.js';
import type { Written } from './fused.js';
import * as tf from './tensorflow.js';

/** Added to variances, as in `torch.nn.LayerNorm`. */
export const NORM_EPSILON = 1e-5;

/** Layer normalisation over the last axis (Ba et al. 2016). */
export function layerNorm(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  return normalised(fits(x) ? fusedLayerNorm : composedLayerNorm, x, gain, bias);
}

/** Root-mean-square normalisation over the last axis (Zhang and Sennrich 2019). */
export function rmsNorm(x: tf.Tensor, gain: tf.Tensor): tf.Tensor {
  return normalised(fits(x) ? fusedRmsNorm : composedRmsNorm, x, gain);
}

function fits(x: tf.Tensor): boolean {
  return x.shape.at(-1)! % LANES === 0 && hasFused('norm');
}

function normalised(written: (...given: tf.Tensor[]) => Written, x: tf.Tensor, ...weights: tf.Tensor[]): tf.Tensor {
  return withGradient(written, x.reshape([-1, x.shape.at(-1)!]), ...weights).reshape(x.shape);
}

/** Layer normalisation of rows by a kernel of our own. */
export function fusedLayerNorm(...[x, gain, bias]: tf.Tensor[]): Written {
  return fusedNorm(x!, gain!, bias);
}

/** Root-mean-square normalisation of rows by a kernel of our own. */
export function fusedRmsNorm(...[x, gain]: tf.Tensor[]): Written {
  return fusedNorm(x!, gain!);
}

function fusedNorm(x: tf.Tensor, gain: tf.Tensor, bias?: tf.Tensor): Written {
  const isCentred = bias !== undefined;
  const [value, moments] = runFused('norm', { x, gain, ...(isCentred && { bias }) }, { epsilon: NORM_EPSILON });
  return {
    value: value!,
    saved: [x, gain, moments!],
    gradients: (dOut, saved) => {
      const [ofX, ofGain, ofMoments] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      return runFused('normGradient', { x: ofX, gain: ofGain, moments: ofMoments, dOut }, { isCentred });
    },
  };
}

/** Layer normalisation of rows by the kernels of TensorFlow.js. */
export function composedLayerNorm(...[x, gain, bias]: tf.Tensor[]): Written {
  const centred = x!.sub(x!.mean(-1, true));
  const { unit, inverse } = ofUnitVariance(centred);
  return {
    value: unit.mul(gain!).add(bias!),
    saved: [unit, inverse, gain!],
    gradients: (dOut, saved) => {
      const [normal, scale, by] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const dUnit = dOut.mul(by);
      const dInput = dUnit.sub(dUnit.mean(-1, true)).sub(alongUnit(normal, dUnit)).mul(scale);
      return [dInput, overRows(dOut.mul(normal)), overRows(dOut as tf.Tensor2D)];
    },
  };
}

/** Root-mean-square normalisation of rows by the kernels of TensorFlow.js. */
export function composedRmsNorm(...[x, gain]: tf.Tensor[]): Written {
  const { unit, inverse } = ofUnitVariance(x!);
  return {
    value: unit.mul(gain!),
    saved: [unit, inverse, gain!],
    gradients: (dOut, saved) => {
      const [normal, scale, by] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
      const dUnit = dOut.mul(by);
      return [dUnit.sub(alongUnit(normal, dUnit)).mul(scale), overRows(dOut.mul(normal))];
    },
  };
}

function ofUnitVariance(x: tf.Tensor): { readonly unit: tf.Tensor; readonly inverse: tf.Tensor } {
  const inverse = x.square().mean(-1, true).add(NORM_EPSILON).rsqrt();
  return { unit: x.mul(inverse), inverse };
}

/** The part of a gradient that would change the length of its row, which is normalised away. */
function alongUnit(unit: tf.Tensor, dUnit: tf.Tensor): tf.Tensor {
  return unit.mul(dUnit.mul(unit).mean(-1, true));
}

/** Sums over all but the last axis, as one product: the backend has that fast. */
function overRows(x: tf.Tensor2D): tf.Tensor1D {
  return tf.matMul(tf.ones([1, x.shape[0]]), x).reshape([x.shape[1]]);
}
