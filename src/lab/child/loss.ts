import type { LossSettings } from '../settings.js';
import type { Observation } from './observation.js';
import * as tf from './tensorflow.js';

/** What a loss comes to; both are scalars. */
export interface LossTerms {
  /** What is descended: nats, with the penalties. */
  readonly objective: tf.Scalar;
  /** The cross entropy alone: nats. */
  readonly crossEntropy: tf.Scalar;
}

/**
 * Mean cross entropy of the rows that ask for something.
 * @param logits `[rows, classes]`.
 * @param targets classes; −1 where nothing is asked.
 */
export function lossOf(
  settings: LossSettings,
  raw: tf.Tensor2D,
  targets: Int32Array,
  observation?: Observation,
): LossTerms {
  const [rows, classes] = raw.shape;
  const asked = Float32Array.from(targets, (target) => (target < 0 ? 0 : 1));
  const count = asked.reduce((sum, one) => sum + one, 0);
  const share = tf.tensor2d(asked, [rows, 1]).div(count);
  const right = tf.oneHot(
    tf.tensor1d(
      targets.map((target) => Math.max(0, target)),
      'int32',
    ),
    classes,
  );
  const logits: tf.Tensor2D = settings.softCap > 0 ? raw.div(settings.softCap).tanh().mul(settings.softCap) : raw;
  const weighted = (perRow: tf.Tensor): tf.Scalar => twoStageSum(perRow.reshape([rows, 1]).mul(share));
  if (settings.kind === 'stablemax') {
    const scores = stableScores(logits);
    const shareOfRight = scores.mul(right).sum(-1).div(scores.sum(-1));
    const crossEntropy = weighted(shareOfRight.log().neg());
    observation?.number('softmax-collapse', () => weighted(shareOfRight.equal(1).toFloat()));
    return { objective: crossEntropy, crossEntropy };
  }
  const top = highest(logits);
  const sum = logits.sub(top).exp().sum(-1);
  const logZ = sum.log().add(top.reshape([rows]));
  const crossEntropy = weighted(logZ.sub(logits.mul(right).sum(-1)));
  // All other terms are lost in the sum, so that the sample gives no gradient (Prieto et al. 2025).
  observation?.number('softmax-collapse', () => weighted(sum.equal(1).toFloat()));
  observation?.number('log-z', () => weighted(logZ));
  const penalty = settings.zLoss > 0 ? weighted(logZ.square()).mul(settings.zLoss) : undefined;
  return { objective: penalty === undefined ? crossEntropy : crossEntropy.add(penalty), crossEntropy };
}

/** The highest of each row, `[rows, 1]`, without a gradient: what is taken from logits and added again has none. */
function highest(logits: tf.Tensor2D): tf.Tensor2D {
  return tf.customGrad((...given: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [value] = given as [tf.Tensor2D];
    return { value: value.max(-1, true), gradFunc: () => tf.zerosLike(value) };
  })(logits) as tf.Tensor2D;
}

/** s(x) = x + 1 from zero on, 1 / (1 − x) below (Prieto et al. 2025). */
function stableScores(logits: tf.Tensor2D): tf.Tensor2D {
  const above = tf.relu(logits).add(1);
  const below = tf.scalar(1).div(tf.relu(logits.neg()).add(1));
  return above.mul(below);
}

/** Rows of the first stage of a sum. */
const STAGE = 32;

/** The WebAssembly backend's sum of everything at once is off by 1e-4; in two stages it is not. */
export function twoStageSum(x: tf.Tensor): tf.Scalar {
  const flat = x.flatten();
  const length = flat.shape[0];
  return length % STAGE === 0
    ? flat
        .reshape([length / STAGE, STAGE])
        .sum(1)
        .sum()
    : flat.sum();
}
