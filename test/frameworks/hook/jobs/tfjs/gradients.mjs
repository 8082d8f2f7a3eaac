/**
 * `variableGrads` and `applyGradients` as an ES module, two micro-batches a step whose gradients are averaged, a rate
 * that falls, and two optimizers.
 */
import * as tf from '@tensorflow/tfjs';
import truth from './truth.cjs';

const { data, finish, norm, note } = truth;
const weight = tf.variable(data(tf, [5, 3], 1), true, 'weight');
const scale = tf.variable(tf.ones([3]), true, 'scale');
const optimizer = tf.train.sgd(0.1);
const second = tf.train.momentum(0.05, 0.9);
for (let step = 1; step <= 20; step++) {
  optimizer.setLearningRate(0.1 / step);
  const parts = [0, 1].map((micro) => {
    const x = data(tf, [8, 5], 10 * step + micro);
    const part = tf.variableGrads(() => x.matMul(weight).mul(scale).square().mean(), [weight]);
    x.dispose();
    return part;
  });
  const mean = { weight: tf.tidy(() => tf.addN(parts.map(({ grads }) => grads.weight)).div(2)) };
  optimizer.applyGradients(mean);
  const other = tf.variableGrads(() => scale.sub(2).square().sum(), [scale]);
  second.applyGradients([{ name: 'scale', tensor: other.grads.scale }]);
  note({
    step,
    loss: parts.reduce((sum, { value }) => sum + value.dataSync()[0], 0) / 2,
    norm: norm(tf, [mean.weight]),
    rate: optimizer.learningRate,
    other: other.value.dataSync()[0],
    otherNorm: norm(tf, [other.grads.scale]),
  });
  tf.dispose([parts.map(({ value, grads }) => [value, grads]), mean, other.value, other.grads]);
}
finish(tf, [weight, scale]);
