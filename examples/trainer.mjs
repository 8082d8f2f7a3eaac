#!/usr/bin/env node
/**
 * A small trainer that needs nothing but Node: a character model, trained by hand-written backpropagation and AdamW on
 * the log book beside it. Like many a script it neither clips gradients nor checks its data, and on most days that
 * goes well. Every logged number is computed by the training; only the cause of the trouble is planted (`--cause`).
 *
 * It writes JSON lines to `runs/<name>/metrics.jsonl`, one a step.
 */
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { CharacterModel } from './trainer/model.mjs';
import { AdamW, clipGradients, gradientNorm } from './trainer/optimizer.mjs';
import { randomSource } from './trainer/random.mjs';
import { loadText, sampleBatch } from './trainer/text.mjs';
import { TROUBLES } from './trainer/troubles.mjs';

const CONTEXT = 16;
const BATCH = 32;
const EVALUATE_EVERY = 25;
const EVALUATION_BATCHES = 4;
const LEARNING_RATE = 0.002;

const here = path.dirname(fileURLToPath(import.meta.url));

function readOptions() {
  const { values } = parseArgs({
    options: {
      name: { type: 'string', default: 'live' },
      out: { type: 'string', default: path.join(here, 'runs') },
      cause: { type: 'string', default: 'corrupted-batch' },
      at: { type: 'string', default: '450' },
      seed: { type: 'string', default: '3' },
      steps: { type: 'string', default: '2000' },
      interval: { type: 'string', default: '50' },
      warmup: { type: 'string', default: '100' },
      clip: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  });
  const { name, out, cause, help, ...numbers } = values;
  for (const [option, text] of Object.entries(numbers)) {
    numbers[option] = Number(text);
    if (!(numbers[option] >= 0)) {
      throw new Error(`--${option} ${text}: a number from 0 up is needed`);
    }
  }
  if (!Object.hasOwn(TROUBLES, cause)) {
    throw new Error(`--cause ${cause}: one of ${Object.keys(TROUBLES).join(', ')} is needed`);
  }
  return { name, out, cause, help, ...numbers };
}

const USAGE = `node trainer.mjs [--name live] [--out runs] [--seed 3] [--steps 2000]
  --cause ${Object.keys(TROUBLES).join('|')}   what goes wrong (default corrupted-batch)
  --at 450           the step at which it goes wrong
  --clip 0           limit of the gradient norm; 0 does not clip
  --warmup 100       steps over which the learning rate rises
  --interval 50      milliseconds that a step takes at least`;

function openLog(options) {
  const folder = path.join(options.out, options.name);
  mkdirSync(folder, { recursive: true });
  const file = openSync(path.join(folder, 'metrics.jsonl'), 'w');
  return {
    write: (record) => writeSync(file, `${line(record)}\n`),
    close: () => closeSync(file),
  };
}

/** JSON as Python's json module writes it: what is not finite stays visible. */
function line(record) {
  const fields = Object.entries(record).map(([key, value]) => `${JSON.stringify(key)}: ${value}`);
  return `{${fields.join(', ')}}`;
}

function evaluate(model, held) {
  const random = randomSource(1);
  let total = 0;
  for (let count = 0; count < EVALUATION_BATCHES; count++) {
    total += model.loss(sampleBatch(held, BATCH, CONTEXT, random));
  }
  return total / EVALUATION_BATCHES;
}

function layerNorms(model) {
  const layers = [...model.layers, model.head];
  return Object.fromEntries(
    layers.map(({ name, weight, bias }) => [`${name}/grad_norm`, gradientNorm([weight, bias])]),
  );
}

async function train(options) {
  const { alphabet, train: text, held } = loadText(new URL('./logbook.txt', import.meta.url));
  const random = randomSource(options.seed);
  const model = new CharacterModel({
    alphabet: alphabet.length,
    context: CONTEXT,
    embedding: 12,
    width: 64,
    depth: 5,
    random,
  });
  const optimizer = new AdamW(model.parameters);
  const trouble = TROUBLES[options.cause];
  const log = openLog(options);
  for (let step = 0; step < options.steps; step++) {
    const began = performance.now();
    const since = step - options.at;
    const batch = trouble.batch(sampleBatch(text, BATCH, CONTEXT, random), since);
    const warmup = Math.min(1, (step + 1) / Math.max(1, options.warmup));
    const learningRate = trouble.learningRate(LEARNING_RATE * warmup, since);
    const loss = model.lossAndGradients(batch);
    const norms = layerNorms(model);
    const norm = clipGradients(model.parameters, options.clip || Infinity);
    optimizer.step(learningRate);
    const seconds = (performance.now() - began) / 1000;
    log.write({
      step,
      timestamp: Date.now() / 1000,
      'train/loss': loss,
      ...(step % EVALUATE_EVERY === 0 && { 'eval/loss': evaluate(model, held) }),
      learning_rate: learningRate,
      grad_norm: norm,
      ...norms,
      tokens_per_second: Math.round((BATCH * CONTEXT) / seconds),
    });
    await wait(Math.max(0, options.interval - (performance.now() - began)));
  }
  log.close();
}

try {
  const options = readOptions();
  if (options.help) {
    console.log(USAGE);
  } else {
    await train(options);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
