import { PICTURE_SIDE } from '../data/samples.js';
import type { CnnSettings, MlpSettings } from '../settings.js';
import { activated } from './activations.js';
import { layerNorm } from './norms.js';
import type { Observation } from './observation.js';
import * as tf from './tensorflow.js';
import type { Weights } from './transformer.js';

/** Logits of the classes, `[batch, classes]`, for vectors `[batch, features]`. */
export function mlp(
  settings: MlpSettings,
  weights: Weights,
  samples: tf.Tensor2D,
  observation?: Observation,
): tf.Tensor2D {
  let x: tf.Tensor = samples;
  for (let layer = 0; layer < settings.depth; layer++) {
    x = hidden(`blocks.${layer}`, settings, weights, x as tf.Tensor2D, observation);
  }
  return head(weights, x as tf.Tensor2D);
}

/** Logits of the classes for square pictures, row by row. */
export function cnn(
  settings: CnnSettings,
  weights: Weights,
  samples: tf.Tensor2D,
  observation?: Observation,
): tf.Tensor2D {
  const batch = samples.shape[0];
  let side = PICTURE_SIDE;
  let x: tf.Tensor = samples.reshape([batch, side, side, 1]);
  for (let layer = 0; layer < settings.depth; layer++) {
    const patches = neighbourhoods(x as tf.Tensor4D, side);
    const y = hidden(`blocks.${layer}`, settings, weights, patches, observation);
    const half = Math.floor(side / 2);
    const whole = y.reshape([batch, side, side, settings.width]);
    const even = side % 2 === 0 ? whole : whole.slice([0, 0, 0, 0], [batch, 2 * half, 2 * half, settings.width]);
    x = even
      .reshape([batch * half, 2, half, 2, settings.width])
      .mean([1, 3])
      .reshape([batch, half, half, settings.width]);
    side = half;
  }
  return head(weights, x.reshape([batch, side * side * settings.width]));
}

/** Every pixel with its eight neighbours, as rows: a convolution is then one product of matrices, gradients included. */
function neighbourhoods(x: tf.Tensor4D, side: number): tf.Tensor2D {
  const [batch, , , channels] = x.shape;
  const padded = x.pad([
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ]);
  const shifted = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) => padded.slice([0, row, column, 0], [batch, side, side, channels])),
  );
  return tf.concat(shifted, 3).reshape([batch * side * side, 9 * channels]);
}

function hidden(
  name: string,
  { layerNorm: normalises, activation }: MlpSettings | CnnSettings,
  weights: Weights,
  x: tf.Tensor2D,
  observation?: Observation,
): tf.Tensor {
  const linear = tf.matMul(x, weights.get(`${name}.weight`)!).add(weights.get(`${name}.bias`)!);
  const norm = (): tf.Tensor => layerNorm(linear, weights.get(`${name}.norm.gain`)!, weights.get(`${name}.norm.bias`)!);
  const output = activated(normalises ? norm() : linear, activation);
  observation?.layer(name, output);
  return output;
}

function head(weights: Weights, x: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(x, weights.get('head.weight')!).add(weights.get('head.bias')!);
}
