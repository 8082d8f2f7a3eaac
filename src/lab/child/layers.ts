import * as tf from './tensorflow.js';

/** Added to variances, as in `torch.nn.LayerNorm`. */
export const NORM_EPSILON = 1e-5;

/** Sums over all but the last axis, as one product: the backend has that fast. */
function overRows(x: tf.Tensor2D): tf.Tensor1D {
  return tf.matMul(tf.ones([1, x.shape[0]]), x).reshape([x.shape[1]]);
}

/** Layer normalisation over the last axis (Ba et al. 2016), its gradient written out. */
export function layerNorm(x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor {
  const width = x.shape.at(-1)!;
  const rows = x.reshape([-1, width]);
  const normalise = tf.customGrad((...given: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, weight, shift] = given as [tf.Tensor2D, tf.Tensor1D, tf.Tensor1D];
    const save = given[3] as tf.GradSaveFunc;
    const centred = input.sub(input.mean(-1, true));
    const inverse = centred.square().mean(-1, true).add(NORM_EPSILON).rsqrt();
    const unit = centred.mul(inverse);
    save([unit, inverse, weight]);
    return {
      value: unit.mul(weight).add(shift),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [normal, scale, by] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
        const dUnit = dy.mul(by);
        const dInput = dUnit
          .sub(dUnit.mean(-1, true))
          .sub(normal.mul(dUnit.mul(normal).mean(-1, true)))
          .mul(scale);
        return [dInput, overRows(dy.mul(normal)), overRows(dy as tf.Tensor2D)];
      },
    };
  });
  return normalise(rows, gain, bias).reshape(x.shape);
}

/** Root-mean-square normalisation over the last axis (Zhang and Sennrich 2019). */
export function rmsNorm(x: tf.Tensor, gain: tf.Tensor): tf.Tensor {
  const width = x.shape.at(-1)!;
  const rows = x.reshape([-1, width]);
  const normalise = tf.customGrad((...given: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [input, weight] = given as [tf.Tensor2D, tf.Tensor1D];
    const save = given[2] as tf.GradSaveFunc;
    const inverse = input.square().mean(-1, true).add(NORM_EPSILON).rsqrt();
    const unit = input.mul(inverse);
    save([unit, inverse, weight]);
    return {
      value: unit.mul(weight),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [normal, scale, by] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor1D];
        const dUnit = dy.mul(by);
        const dInput = dUnit.sub(normal.mul(dUnit.mul(normal).mean(-1, true))).mul(scale);
        return [dInput, overRows(dy.mul(normal))];
      },
    };
  });
  return normalise(rows, gain).reshape(x.shape);
}

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
