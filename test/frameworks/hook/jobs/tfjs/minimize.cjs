'use strict';
/** `optimizer.minimize` in CommonJS, variables of its own, Adam, and a loss that turns NaN at the end. */
const tf = require('@tensorflow/tfjs');
const { data, finish, norm, note } = require('./truth.cjs');

const STEPS = 30;
const x = data(tf, [32, 6], 1);
const y = tf.sum(x, 1, true);
const inner = tf.variable(data(tf, [6, 16], 2), true, 'inner');
const bias = tf.variable(tf.zeros([16]), true, 'bias');
const outer = tf.variable(data(tf, [16, 1], 3), true, 'outer');
const optimizer = tf.train.adam(0.01);
const loss = (factor) =>
  tf.tidy(() => x.matMul(inner).add(bias).relu().matMul(outer).sub(y).square().mean().mul(factor));
for (let step = 1; step <= STEPS; step++) {
  const factor = step === STEPS ? NaN : 1;
  const known = tf.variableGrads(() => loss(factor));
  const grads = Object.entries(known.grads);
  const before = inner.clone();
  const each = Object.fromEntries(grads.map(([name, tensor]) => [name, norm(tf, [tensor])]));
  const weights = { inner: norm(tf, [inner]), bias: norm(tf, [bias]), outer: norm(tf, [outer]) };
  const [first] = known.value.dataSync();
  const all = norm(tf, Object.values(known.grads));
  tf.dispose([known.value, known.grads]);
  const value = optimizer.minimize(() => loss(factor), true);
  const moved = tf.tidy(() => norm(tf, [inner.sub(before)]) / norm(tf, [before]));
  note({ step, loss: first, norm: all, each, weights, moved, rate: 0.01 });
  tf.dispose([value, before]);
}
finish(tf, [inner, bias, outer]);
