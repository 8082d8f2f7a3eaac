/** `model.fit` on layers, with validation: activations are worked out again from the weights that each step began with. */
import * as tf from '@tensorflow/tfjs';
import truth from './truth.cjs';

const { data, finish, note, rms } = truth;
const x = data(tf, [64, 8], 1);
const y = tf.tidy(() => tf.sum(x, 1, true));
const model = tf.sequential({
  layers: [
    tf.layers.dense({
      units: 24,
      activation: 'relu',
      inputShape: [8],
      name: 'hidden',
      kernelInitializer: tf.initializers.glorotNormal({ seed: 3 }),
    }),
    tf.layers.dense({ units: 12, activation: 'tanh', name: 'squash', kernelInitializer: tf.initializers.ones() }),
    tf.layers.dense({ units: 1, name: 'out', kernelInitializer: tf.initializers.glorotNormal({ seed: 4 }) }),
  ],
});
model.compile({ optimizer: tf.train.rmsprop(0.005), loss: 'meanSquaredError' });
let step = 0;
const seen = () =>
  tf.tidy(() => {
    const [kernel, bias, squash, squashBias] = model.getWeights();
    const hidden = x.matMul(kernel).add(bias).relu();
    const squashed = hidden.matMul(squash).add(squashBias).tanh();
    const saturated = tf.mean(tf.cast(tf.abs(squashed).greater(0.99), 'float32')).dataSync()[0];
    const zeros = tf.mean(tf.cast(hidden.equal(0), 'float32')).dataSync()[0];
    return { hidden: rms(tf, hidden), zeros, squash: rms(tf, squashed), saturated };
  });
let before = seen();
await model.fit(x, y, {
  batchSize: 64,
  epochs: 24,
  shuffle: false,
  verbose: 0,
  validationData: [x, y],
  callbacks: {
    onBatchEnd: (_, logs) => {
      step += 1;
      note({ step, loss: logs.loss, ...before });
      before = seen();
    },
    onEpochEnd: (_, logs) => note({ step, validation: logs.val_loss }),
  },
});
finish(
  tf,
  model.weights.map((weight) => weight.read()),
);
