import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { numberToJson } from '../../model/json.js';
import type { Batch } from '../data/batch.js';
import type { LabMessage, LabRequest, ProbeRequest, TrainRequest } from '../protocol.js';
import type { Parameter } from '../tensor.js';
import { startEngine } from './engines.js';
import { KNOWN_RUN, TIMED_RUN } from './knownRun.js';
import * as tf from './tensorflow.js';
import { Trainer } from './trainer.js';

/** The lab's child: one request, one run, and the end. It ends with its parent. */
async function main(): Promise<void> {
  // Standard output is for messages.
  console.log = console.error;
  console.info = console.error;
  const lines = createInterface({ input: process.stdin });
  const request = await new Promise<string>((resolve) => {
    lines.once('line', resolve);
    lines.once('close', () => process.exit(0));
  });
  try {
    await serve(JSON.parse(request) as LabRequest);
    await flushed();
    process.exit(0);
  } catch (error) {
    tell({
      message: 'failed',
      reason: error instanceof Error ? (error.message.split('\n')[0] ?? '') : JSON.stringify(error),
    });
    await flushed();
    process.exit(1);
  }
}

async function serve(request: LabRequest): Promise<void> {
  tell({ message: 'ready', backend: request.engine.backend, ...(await startEngine(request.engine)) });
  await (request.kind === 'train' ? train(request) : probe(request));
}

async function train({ settings, seed, dump }: TrainRequest): Promise<void> {
  const trainer = new Trainer(settings, seed, tellMetrics);
  const { parameters } = trainer;
  tell({ message: 'started', parameters: parameters.reduce((sum, { values }) => sum + values.length, 0) });
  if (dump) {
    tellWeights('first-weights', parameters);
  }
  let inTheMiddle = 0;
  for (let step = 0; step < settings.steps; step++) {
    const batch = await trainer.step(step);
    if (dump) {
      tellBatch(batch, settings.batch);
    }
    if (step === Math.floor(settings.steps / 2)) {
      inTheMiddle = tf.memory().numTensors;
    }
    // Messages leave, and the end of the parent is seen, between steps.
    await setImmediate();
  }
  if (dump) {
    tellWeights('last-weights', parameters);
  }
  tell({ message: 'trained', steps: settings.steps, tensors: [inTheMiddle, tf.memory().numTensors] });
}

async function probe({ timedSteps }: ProbeRequest): Promise<void> {
  const losses: number[] = [];
  const norms: number[] = [];
  const known = new Trainer(KNOWN_RUN, 0, (_, values) => {
    losses.push(values['train/loss']!);
    norms.push(values['gradient-norm']!);
  });
  for (let step = 0; step < KNOWN_RUN.steps; step++) {
    await known.step(step);
  }
  const msPerStep = timedSteps > 0 ? await timed(timedSteps) : null;
  tell({ message: 'probed', losses: losses.map(numberToJson), norms: norms.map(numberToJson), msPerStep });
}

/** The fastest of the steps behind the first, which compiles. */
async function timed(steps: number): Promise<number> {
  const trainer = new Trainer(TIMED_RUN, 0, () => undefined);
  let fastest = Infinity;
  for (let step = 1; step <= steps + 1; step++) {
    const start = performance.now();
    await trainer.step(step);
    fastest = step > 1 || steps === 1 ? Math.min(fastest, performance.now() - start) : fastest;
    if (steps === 1) {
      break;
    }
  }
  return fastest;
}

function tell(message: LabMessage): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function flushed(): Promise<void> {
  return new Promise((resolve) => process.stdout.write('', () => resolve()));
}

function tellMetrics(step: number, values: Readonly<Record<string, number>>): void {
  const written = Object.fromEntries(Object.entries(values).map(([tag, value]) => [tag, numberToJson(value)]));
  tell({ message: 'metrics', step, values: written });
}

function tellWeights(what: 'first-weights' | 'last-weights', parameters: readonly Parameter[]): void {
  const tensors = parameters.map(({ name, shape, values }) => [name, { shape, values: [...values] }] as const);
  tell({ message: 'dump', what, tensors: Object.fromEntries(tensors) });
}

function tellBatch({ inputs, targets }: Batch, rows: number): void {
  const shaped = (values: Int32Array | Float32Array) => ({ shape: [rows, values.length / rows], values: [...values] });
  tell({ message: 'dump', what: 'batch', tensors: { inputs: shaped(inputs), targets: shaped(targets) } });
}

void main();
