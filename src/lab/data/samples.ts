import { Random } from '../random.js';
import type { DataSettings } from '../settings.js';
import type { Batch, Data } from './batch.js';
import { noisy } from './sequences.js';

/** How many samples are asked for. */
export interface SampleShape {
  readonly batch: number;
  readonly heldOut: number;
}

/** Side of the pictures of `bars`, in pixels. */
export const PICTURE_SIDE = 12;

/** Samples of one task: vectors and their classes, drawn one after the other. */
interface Task {
  readonly classes: number;
  readonly features: number;
  draw(random: Random): { readonly input: ArrayLike<number>; readonly target: number };
}

/**
 * Samples of a classification; the task itself is the same for every seed, what is drawn from it is not.
 * @param index of the task, where several follow each other.
 */
export function sampleData(settings: DataSettings, shape: SampleShape, seed: number, index = 0): Data {
  if (settings.kind === 'modular-addition') {
    return modularAddition(settings, shape, seed);
  }
  const task = index === 0 ? taskOf(settings) : reordered(taskOf(settings), index);
  const draws = Random.forPurpose(seed, index === 0 ? 'training data' : `training data ${index}`);
  const kept = settings.size > 0 ? drawn(task, settings.size, draws) : undefined;
  const noise = Random.forPurpose(seed, 'label noise');
  const withNoise = (samples: Samples): Samples => ({
    ...samples,
    targets: noisy(samples.targets, task.classes, settings.labelNoise, noise),
  });
  const source =
    kept === undefined ? undefined : shuffled(withNoise(kept), task.features, Random.forPurpose(seed, 'order'));
  const chance = Random.forPurpose(seed, 'corruption');
  return {
    classes: task.classes,
    features: task.features,
    heldOut: asBatch(drawn(task, shape.heldOut, new Random(0x5eed))),
    next: () => asBatch(source === undefined ? withNoise(drawn(task, shape.batch, draws)) : source(shape.batch)),
    corrupted: () => meaningless(task.features, task.classes, shape.batch, chance),
  };
}

interface Samples {
  readonly inputs: Float32Array;
  readonly targets: Int32Array;
}

function asBatch({ inputs, targets }: Samples): Batch {
  return { kind: 'samples', inputs, targets };
}

function meaningless(features: number, classes: number, size: number, random: Random): Batch {
  const targets = Int32Array.from({ length: size }, () => random.below(classes));
  return { kind: 'samples', inputs: random.normals(size * features, 1), targets };
}

function drawn(task: Task, size: number, random: Random): Samples {
  const inputs = new Float32Array(size * task.features);
  const targets = new Int32Array(size);
  for (let row = 0; row < size; row++) {
    const { input, target } = task.draw(random);
    inputs.set(input, row * task.features);
    targets[row] = target;
  }
  return { inputs, targets };
}

/** Goes through all samples in a new order each epoch. */
function shuffled({ inputs, targets }: Samples, features: number, random: Random): (size: number) => Samples {
  let order: number[] = [];
  return (size) => {
    const batch = { inputs: new Float32Array(size * features), targets: new Int32Array(size) };
    for (let row = 0; row < size; row++) {
      if (order.length === 0) {
        order = permutation(targets.length, random);
      }
      const sample = order.pop()!;
      batch.inputs.set(inputs.subarray(sample * features, (sample + 1) * features), row * features);
      batch.targets[row] = targets[sample]!;
    }
    return batch;
  };
}

function permutation(length: number, random: Random): number[] {
  const order = Array.from({ length }, (_, index) => index);
  for (let last = length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}

function taskOf({ kind, classes }: DataSettings): Task {
  switch (kind) {
    case 'two-scales':
      return twoScales(classes);
    case 'bars':
      return bars(classes);
    default:
      return clusters(classes);
  }
}

/** The same task with its features in another order: easy for whoever begins, new for whoever has learned the old order. */
function reordered(task: Task, index: number): Task {
  const { classes, features } = task;
  const order = permutation(features, new Random(index));
  return {
    classes,
    features,
    draw: (random) => {
      const { input, target } = task.draw(random);
      return { input: order.map((from) => input[from]!), target };
    },
  };
}

/** Features of the clusters, and how far a sample strays from its centre. */
const CLUSTER_FEATURES = 20;
const CLUSTER_SPREAD = 1.2;

/** Gaussian clouds around random centres; the clouds overlap. */
function clusters(classes: number): Task {
  const centres = Array.from({ length: classes }, (_, index) => new Random(index + 1).normals(CLUSTER_FEATURES, 1));
  return {
    classes,
    features: CLUSTER_FEATURES,
    draw: (random) => {
      const target = random.below(classes);
      return { input: centres[target]!.map((value) => value + CLUSTER_SPREAD * random.normal()), target };
    },
  };
}

/** Features of each scale, and how much smaller the slow ones are (Pezeshki et al. 2022 vary their condition number). */
const SCALE_FEATURES = 30;
const SLOW_SCALE = 0.05;

/** A linear teacher on features of two scales: the large are learned fast, the small slowly. */
function twoScales(classes: number): Task {
  const features = 2 * SCALE_FEATURES;
  const teacher = Array.from({ length: classes }, (_, index) => new Random(index + 101).normals(features, 1));
  return {
    classes,
    features,
    draw: (random) => {
      const hidden = random.normals(features, 1);
      const scores = teacher.map((weights) => weights.reduce((sum, weight, at) => sum + weight * hidden[at]!, 0));
      const input = hidden.map((value, at) => (at < SCALE_FEATURES ? value : SLOW_SCALE * value));
      return { input, target: scores.indexOf(Math.max(...scores)) };
    },
  };
}

/** Standard deviation of the noise over a picture whose strokes are one. */
const PICTURE_NOISE = 0.7;

/** Gratings of as many directions as there are classes, anywhere in a noisy picture. */
function bars(classes: number): Task {
  const features = PICTURE_SIDE ** 2;
  return {
    classes,
    features,
    draw: (random) => {
      const target = random.below(classes);
      const angle = (Math.PI * target) / classes;
      const phase = 2 * Math.PI * random.next();
      const input = Float32Array.from({ length: features }, (_, pixel) => {
        const [row, column] = [Math.floor(pixel / PICTURE_SIDE), pixel % PICTURE_SIDE];
        return (
          Math.sin(1.3 * (row * Math.sin(angle) + column * Math.cos(angle)) + phase) + PICTURE_NOISE * random.normal()
        );
      });
      return { input, target };
    },
  };
}

/** a + b modulo a number, the two as one-hot vectors; some of the pairs are trained on, the others held out. */
function modularAddition(settings: DataSettings, shape: SampleShape, seed: number): Data {
  const modulus = settings.classes;
  const features = 2 * modulus;
  const order = permutation(modulus ** 2, Random.forPurpose(seed, 'training data'));
  const samplesOf = (pairs: readonly number[]): Samples => {
    const inputs = new Float32Array(pairs.length * features);
    const targets = Int32Array.from(pairs, (pair) => (Math.floor(pair / modulus) + (pair % modulus)) % modulus);
    for (const [row, pair] of pairs.entries()) {
      inputs[row * features + Math.floor(pair / modulus)] = 1;
      inputs[row * features + modulus + (pair % modulus)] = 1;
    }
    return { inputs, targets };
  };
  const training = samplesOf(order.slice(0, settings.size));
  const noise = Random.forPurpose(seed, 'label noise');
  const targets = noisy(training.targets, modulus, settings.labelNoise, noise);
  const source = shuffled({ ...training, targets }, features, Random.forPurpose(seed, 'order'));
  const chance = Random.forPurpose(seed, 'corruption');
  return {
    classes: modulus,
    features,
    heldOut: asBatch(samplesOf(order.slice(settings.size, settings.size + shape.heldOut))),
    next: () => asBatch(source(shape.batch)),
    corrupted: () => meaningless(features, modulus, shape.batch, chance),
  };
}
