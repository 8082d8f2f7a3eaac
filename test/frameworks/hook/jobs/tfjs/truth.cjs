'use strict';
/** What a job knows of its own training, computed with TensorFlow.js itself: the hook's records are held against it. */
const crypto = require('node:crypto');
const fs = require('node:fs');

const rows = [];

/** The norm of all the tensors together, by tensor operations. */
function norm(tf, tensors) {
  return tf.tidy(() => Math.sqrt(tf.addN(tensors.map((tensor) => tf.sum(tf.square(tensor)))).dataSync()[0]));
}

function rms(tf, tensor) {
  return tf.tidy(() => Math.sqrt(tf.mean(tf.square(tensor)).dataSync()[0]));
}

/** Numbers that are the same whenever they are asked for. */
function data(tf, shape, seed) {
  return tf.randomNormal(shape, 0, 1, 'float32', seed);
}

function note(row) {
  rows.push(row);
}

/** Writes the notes, a digest of the weights, and how many tensors are alive: what the hook must not change. */
function finish(tf, variables) {
  const digest = crypto.createHash('sha256');
  for (const variable of variables) {
    const values = variable.dataSync();
    digest.update(Buffer.from(values.buffer, values.byteOffset, values.byteLength));
  }
  const { numTensors, numDataBuffers } = tf.memory();
  fs.writeFileSync(
    process.argv[2],
    JSON.stringify({ rows, digest: digest.digest('hex'), tensors: [numTensors, numDataBuffers] }),
  );
}

module.exports = { data, finish, norm, note, rms };
