import type { Framework } from '../../src/model/loop.js';

/** What a script reports of its run. */
export interface Seen {
  /** All weights one behind the other: before the first step and after each; null where they are not numbers. */
  readonly weights: readonly (readonly number[] | null)[];
  /** Gradients of every step before the optimizer has them. */
  readonly gradients?: readonly (readonly number[])[];
  readonly rates?: readonly number[];
  /** The weights that the model has when all is over. */
  readonly end?: readonly number[];
  readonly config?: Readonly<Record<string, number | boolean>>;
  readonly dtype?: string;
  readonly epochs?: number;
  readonly validation?: readonly number[];
  /** Tensors that all steps but the first leave over. */
  readonly tensors?: number;
}

/** What runs the script: a backend of Keras, JAX alone, or Node. */
export type Runtime = 'tensorflow' | 'jax' | 'node';

/** A script that a fix edits and the library runs, before and after. */
export interface LibraryCase {
  readonly fix: string;
  readonly framework: Framework;
  readonly runtime: Runtime;
  /** Name of a file in `scripts/`. */
  readonly script: string;
  /** Another line in place of one of the script, so that one script serves several cases. */
  readonly variant?: readonly [string, string];
  readonly settings: Readonly<Record<string, number>>;
  readonly holds: (after: Seen, before: Seen) => Readonly<Record<string, boolean>>;
}

/** How the weights change from step to step. */
function moves({ weights }: Seen): readonly (readonly number[])[] {
  return weights
    .slice(1)
    .map((after, step) => (after ?? [Number.NaN]).map((value, at) => value - (weights[step]?.[at] ?? Number.NaN)));
}

function norm(vector: readonly number[]): number {
  return Math.hypot(...vector);
}

function cosine(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, at) => sum + value * (other[at] ?? Number.NaN), 0) / (norm(one) * norm(other));
}

function near(one: number, other: number, within = 1e-3): boolean {
  return Math.abs(one - other) <= within * Math.max(Math.abs(one), Math.abs(other), 1e-9);
}

function alike(ones: readonly number[], others: readonly number[], within = 1e-3): boolean {
  const scale = Math.max(...others.map(Math.abs), 1e-12);
  return (
    ones.length === others.length &&
    ones.length > 0 &&
    ones.every((value, at) => Math.abs(value - (others[at] ?? Number.NaN)) <= within * scale)
  );
}

/** Plain gradient descent: steps are the learning rate times what the optimizer is handed. */
function boundedNorm(rate: number, limit: number): LibraryCase['holds'] {
  return (after, before) => ({
    longBefore: Math.max(...moves(before).slice(0, 5).map(norm)) > 2 * rate * limit,
    boundedAfter: Math.max(...moves(after).map(norm)) <= rate * limit * 1.001,
    reachesTheLimit: near(norm(moves(after)[0] ?? []), rate * limit),
    sameDirection: cosine(moves(after)[0] ?? [], moves(before)[0] ?? []) > 0.9999,
    leavesNothing: (after.tensors ?? 0) <= (before.tensors ?? 0),
  });
}

function boundedEntries(rate: number, limit: number): LibraryCase['holds'] {
  const largest = (seen: Seen, steps: number) => Math.max(...moves(seen).slice(0, steps).flat().map(Math.abs));
  return (after, before) => ({
    longBefore: largest(before, 5) > 2 * rate * limit,
    boundedAfter: largest(after, 100) <= rate * limit * 1.001,
    signsKept: (moves(after)[0] ?? []).every(
      (value, at) => Math.sign(value) === Math.sign(moves(before)[0]?.[at] ?? Number.NaN),
    ),
    leavesNothing: (after.tensors ?? 0) <= (before.tensors ?? 0),
  });
}

/** Rates as the script reads them, or as its steps of plain gradient descent show them. */
function ratesOf({ rates, weights, gradients = [] }: Seen): readonly number[] {
  return (
    rates ??
    moves({ weights }).map((move, step) => {
      const gradient = gradients[step] ?? [];
      return norm(move) === 0 ? 0 : -cosine(move, gradient) * (norm(move) / norm(gradient));
    })
  );
}

function rates(expected: (step: number, total: number) => number, full: number): LibraryCase['holds'] {
  return (after, before) => ({
    fullBefore: ratesOf(before).every((rate) => near(rate, full)),
    asExpected: ratesOf(after).every(
      (rate, step) => Math.abs(rate - full * expected(step, ratesOf(after).length)) < 1e-3 * full,
    ),
    asManySteps: ratesOf(after).length === ratesOf(before).length,
  });
}

/** Linear rise, full rate, and 1 - sqrt down to zero. */
function stableThenDown(step: number, total: number): number {
  const intoCooldown = Math.max(0, step - 0.75 * total) / (0.25 * total);
  return Math.min((step + 1) / (0.1 * total), 1, 1 - Math.sqrt(intoCooldown));
}

const restarts = (step: number) => (1 + Math.cos((Math.PI * (step % 10)) / 10)) / 2;

/** A number that the optimizer has now, and that changes where it goes. */
function configured(name: string, value: number | boolean): LibraryCase['holds'] {
  return (after, before) => ({
    has: after.config?.[name] === value,
    hadNot: before.config?.[name] !== value,
    goesElsewhere: !alike(after.weights.at(-1) ?? [], before.weights.at(-1) ?? [], 1e-6),
  });
}

/** What Adam and its kin make of gradients, from the papers. */
interface AdamKind {
  readonly rate: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly decay?: number;
  readonly kind?: 'adam' | 'amsgrad' | 'radam';
}

/** Weights after each step, from the gradients that the script reports; each step from the weights before it. */
function adamSteps({ weights, gradients = [] }: Seen, adam: AdamKind): readonly (readonly number[])[] {
  const { rate, beta2 = 0.999, epsilon = 1e-8, decay = 0, kind = 'adam' } = adam;
  const size = gradients[0]?.length ?? 0;
  const [m, v, largest] = [0, 1, 2].map(() => new Array<number>(size).fill(0)) as [number[], number[], number[]];
  return gradients.map((gradient, step) => {
    const t = step + 1;
    const infinite = 2 / (1 - beta2) - 1;
    const rho = infinite - (2 * t * beta2 ** t) / (1 - beta2 ** t);
    const rectified = Math.sqrt(
      Math.max(0, ((rho - 4) * (rho - 2) * infinite) / ((infinite - 4) * (infinite - 2) * rho)),
    );
    return gradient.map((g, at) => {
      m[at] = 0.9 * (m[at] ?? 0) + 0.1 * g;
      v[at] = beta2 * (v[at] ?? 0) + (1 - beta2) * g * g;
      const mean = (m[at] ?? 0) / (1 - 0.9 ** t);
      const square = (v[at] ?? 0) / (1 - beta2 ** t);
      largest[at] = Math.max(largest[at] ?? 0, square);
      const root = Math.sqrt(kind === 'amsgrad' ? (largest[at] ?? 0) : square) + epsilon;
      const length = kind === 'radam' ? (rho >= 5 ? (rectified * mean) / root : mean) : mean / root;
      const before = weights[step]?.[at] ?? Number.NaN;
      return before - rate * (length + decay * before);
    });
  });
}

function adam(kind: AdamKind, ordinary: AdamKind): LibraryCase['holds'] {
  const follows = (seen: Seen, how: AdamKind) =>
    adamSteps(seen, how).every((expected, step) => {
      const before = seen.weights[step] ?? [];
      const moved = (to: readonly number[]) => to.map((value, at) => value - (before[at] ?? Number.NaN));
      return alike(moved(seen.weights[step + 1] ?? []), moved(expected), 5e-3);
    });
  return (after, before) => ({
    ordinaryBefore: follows(before, ordinary),
    followsThePaper: follows(after, kind),
    isAnother: !follows(after, ordinary),
  });
}

/** Every fourth step moves the weights, the others leave them. */
const everyFourth: LibraryCase['holds'] = (after, before) => ({
  always: moves(before).every((move) => norm(move) > 0),
  everyFourth: moves(after).every((move, step) => norm(move) > 0 === (step % 4 === 3)),
});

const skipsTheFourth: LibraryCase['holds'] = (after, before) => {
  const [three, four] = [after.weights.at(-1) === null, moves(after)];
  return {
    destroyedBefore: before.weights.at(-1) === null,
    wholeAfter: !three && after.weights.every((weights) => weights !== null),
    sameUntilThen: alike(after.weights[2] ?? [], before.weights[2] ?? [], 1e-5),
    leftOutOnce: four.some((move) => norm(move) === 0) && four.filter((move) => norm(move) > 0).length > 15,
  };
};

/** Units of a network with two matrices (6 by 8 and 8 by 1): the weights into one neuron, as optax has them. */
const UNITS: readonly (readonly number[])[] = [
  ...Array.from({ length: 8 }, (_, out) => Array.from({ length: 6 }, (__, into) => into * 8 + out)),
  Array.from({ length: 8 }, (_, into) => 48 + into),
];

const adaptive: LibraryCase['holds'] = (after, before) => {
  const shares = (seen: Seen) =>
    moves(seen).flatMap((move, step) =>
      UNITS.map((unit) => {
        const part = (of: readonly number[]) => unit.map((at) => of[at] ?? Number.NaN);
        return norm(part(move)) / Math.max(norm(part(seen.weights[step] ?? [])), 1e-3);
      }),
    );
  return {
    moreBefore: Math.max(...shares(before).slice(0, 40)) > 0.5 * 0.02 * 2,
    atMostTheShare: Math.max(...shares(after)) <= 0.5 * 0.02 * 1.001,
    reachesIt: shares(after).some((share) => near(share, 0.5 * 0.02)),
  };
};

const SGD = ['keras.optimizers.Adam(learning_rate=0.01)', 'keras.optimizers.SGD(0.5)'] as const;
const OPTAX_ADAM = 'optax.adam(LEARNING_RATE)';
const OPTAX_SGD = [OPTAX_ADAM, 'optax.sgd(0.5)'] as const;
const OPTAX_SLOW = [OPTAX_ADAM, 'optax.sgd(1e-3)'] as const;
const ADAM = { rate: 0.01 };

/** Schedules, each with the settings that act within forty steps. */
const SCHEDULES: readonly (readonly [string, LibraryCase['settings'], (step: number, total: number) => number])[] = [
  ['add-warmup', { 'warmup-steps': 10 }, (step) => Math.min(1, step / 10)],
  ['linear-decay', {}, (step, total) => 1 - step / total],
  ['wsd-schedule', { 'cooldown-share': 0.25, 'warmup-share': 0.1 }, stableThenDown],
  ['cosine-restarts', { cycles: 4 }, restarts],
];

const KERAS_CASES: readonly LibraryCase[] = (['tensorflow', 'jax'] as const).flatMap((runtime): LibraryCase[] => {
  const fit = (
    fix: string,
    settings: LibraryCase['settings'],
    holds: LibraryCase['holds'],
    variant?: LibraryCase['variant'],
  ): LibraryCase => ({
    fix,
    framework: 'keras',
    runtime,
    script: 'keras_fit.py',
    ...(variant && { variant }),
    settings,
    holds,
  });
  return [
    fit('clip-gradients', { 'max-norm': 0.1 }, boundedNorm(0.5, 0.1), SGD),
    fit('clip-by-value', { limit: 0.01 }, boundedEntries(0.5, 0.01), SGD),
    fit('lower-learning-rate', { factor: 0.25 }, (after, before) => ({
      lowered: (after.rates ?? []).every((rate, step) => near(rate, (before.rates?.[step] ?? 0) / 4)),
    })),
    ...SCHEDULES.map(([fix, settings, expected]) => fit(fix, settings, rates(expected, 0.01))),
    fit('lower-beta2', {}, configured('beta_2', 0.95)),
    fit('raise-beta2', { beta2: 0.9999 }, configured('beta_2', 0.9999)),
    fit('smaller-epsilon', {}, configured('epsilon', 1e-15), [SGD[0], 'keras.optimizers.Adam(0.01, epsilon=0.1)']),
    fit('amsgrad', {}, configured('amsgrad', true)),
    fit('weight-decay-for-repeated-data', {}, configured('weight_decay', 0.8), [
      SGD[0],
      'keras.optimizers.AdamW(0.01)',
    ]),
    fit('gradient-accumulation', { batches: 4 }, everyFourth),
    fit('checkpoint-averaging', {}, (after, before) => {
      const mean = after.weights
        .slice(2)
        .reduce<readonly number[]>(
          (sum, weights) => sum.map((value, at) => 0.99 * value + 0.01 * (weights?.[at] ?? Number.NaN)),
          after.weights[1] ?? [],
        );
      return {
        lastWeightsBefore: alike(before.end ?? [], before.weights.at(-1) ?? [], 1e-6),
        trainsAsBefore: alike(after.weights.at(-1) ?? [], before.weights.at(-1) ?? [], 1e-4),
        meanAfter: alike(after.end ?? [], mean, 1e-4),
      };
    }),
    fit(
      'bf16-instead-of-fp16',
      {},
      (after, before) => ({ halfBefore: before.dtype === 'float16', brainAfter: after.dtype === 'bfloat16' }),
      ['keras.utils.set_random_seed(0)', 'keras.mixed_precision.set_global_policy("mixed_float16")'],
    ),
    {
      fix: 'skip-non-finite-steps',
      framework: 'keras',
      runtime,
      script: 'keras_poisoned.py',
      settings: {},
      holds: skipsTheFourth,
    },
    {
      fix: 'early-stopping',
      framework: 'keras',
      runtime,
      script: 'keras_validated.py',
      settings: {},
      holds: ({ epochs = 0, validation = [] }, before) => ({
        shorter: epochs < (before.epochs ?? 0) / 2,
        threeWithoutBest: Math.min(...validation) === validation[epochs - 4],
        sameUntilThen: alike(validation, (before.validation ?? []).slice(0, epochs), 1e-3),
      }),
    },
  ];
});

const TAPE_CASES: readonly LibraryCase[] = (['keras_tape.py', 'keras_train_step.py'] as const).flatMap((script) => [
  {
    fix: 'clip-gradients',
    framework: 'keras' as const,
    runtime: 'tensorflow' as const,
    script,
    settings: { 'max-norm': 0.1 },
    holds: boundedNorm(0.5, 0.1),
  },
  {
    fix: 'add-warmup',
    framework: 'keras' as const,
    runtime: 'tensorflow' as const,
    script,
    settings: { 'warmup-steps': 10 },
    holds: rates((step) => Math.min(1, step / 10), 0.5),
  },
]);

const optax = (
  fix: string,
  settings: LibraryCase['settings'],
  holds: LibraryCase['holds'],
  variant?: LibraryCase['variant'],
): LibraryCase => ({
  fix,
  framework: 'jax',
  runtime: 'jax',
  script: 'optax_loop.py',
  ...(variant && { variant }),
  settings,
  holds,
});

const OPTAX_CASES: readonly LibraryCase[] = [
  optax('clip-gradients', { 'max-norm': 0.1 }, boundedNorm(0.5, 0.1), OPTAX_SGD),
  optax('clip-by-value', { limit: 0.01 }, boundedEntries(0.5, 0.01), OPTAX_SGD),
  optax('agc', { 'clip-factor': 0.02 }, adaptive, OPTAX_SGD),
  optax('lower-learning-rate', { factor: 0.25 }, adam({ rate: 0.0025 }, ADAM)),
  ...SCHEDULES.map(([fix, settings, expected]) => optax(fix, settings, rates(expected, 1e-3), OPTAX_SLOW)),
  optax(
    'linear-decay',
    { 'decay-share': 0.5 },
    rates((step) => Math.min(1, (40 - step) / 20), 1e-3),
    OPTAX_SLOW,
  ),
  optax('lower-beta2', {}, adam({ ...ADAM, beta2: 0.95 }, ADAM)),
  optax('raise-beta2', {}, adam(ADAM, { ...ADAM, beta2: 0.9 }), [OPTAX_ADAM, 'optax.adam(LEARNING_RATE, b2=0.9)']),
  optax('smaller-epsilon', {}, adam({ ...ADAM, epsilon: 1e-15 }, { ...ADAM, epsilon: 1 }), [
    OPTAX_ADAM,
    'optax.adam(LEARNING_RATE, eps=1.0)',
  ]),
  optax('amsgrad', {}, adam({ ...ADAM, kind: 'amsgrad' }, ADAM)),
  optax('radam', {}, adam({ ...ADAM, beta2: 0.9, kind: 'radam' }, { ...ADAM, beta2: 0.9 }), [
    OPTAX_ADAM,
    'optax.adam(LEARNING_RATE, b2=0.9)',
  ]),
  optax(
    'adamw-instead-of-adam',
    {},
    (after, before) => ({
      ...adam({ ...ADAM, decay: 0.1 }, ADAM)(after, before),
      // With L2 the gradients that Adam has are not those that the script reports.
      ordinaryBefore: !alike(after.weights.at(-1) ?? [], before.weights.at(-1) ?? [], 1e-6),
    }),
    [OPTAX_ADAM, 'optax.chain(optax.add_decayed_weights(0.1), optax.adam(LEARNING_RATE))'],
  ),
  optax('weight-decay-for-repeated-data', {}, adam({ ...ADAM, decay: 0.8 }, { ...ADAM, decay: 1e-4 }), [
    OPTAX_ADAM,
    'optax.adamw(LEARNING_RATE)',
  ]),
  optax('gradient-accumulation', { batches: 4 }, everyFourth),
  { ...optax('skip-non-finite-steps', {}, skipsTheFourth), script: 'optax_poisoned.py' },
];

const tfjs = (
  fix: string,
  script: string,
  settings: LibraryCase['settings'],
  holds: LibraryCase['holds'],
): LibraryCase => ({ fix, framework: 'tfjs', runtime: 'node', script, settings, holds });

const TFJS_ADAM = { rate: 0.02, epsilon: 1e-7 };

const TFJS_CASES: readonly LibraryCase[] = [
  tfjs('clip-gradients', 'tfjs_minimize.js.txt', { 'max-norm': 0.5 }, boundedNorm(0.02, 0.5)),
  tfjs('clip-gradients', 'tfjs_fit.js.txt', { 'max-norm': 0.5 }, boundedNorm(0.1, 0.5)),
  tfjs('clip-by-value', 'tfjs_minimize.js.txt', { limit: 0.2 }, boundedEntries(0.02, 0.2)),
  tfjs('lower-learning-rate', 'tfjs_minimize.js.txt', { factor: 0.25 }, (after, before) => ({
    lowered: (after.rates ?? []).every((rate, step) => near(rate, (before.rates?.[step] ?? 0) / 4)),
    shorter: near(norm(moves(after)[0] ?? []), norm(moves(before)[0] ?? []) / 4),
  })),
  tfjs('lower-learning-rate', 'tfjs_word.js.txt', { factor: 0.25 }, (after, before) => ({
    shorter: near(norm(moves(after)[0] ?? []), norm(moves(before)[0] ?? []) / 4),
  })),
  tfjs('add-warmup', 'tfjs_minimize.js.txt', { 'warmup-steps': 10 }, (after, before) => ({
    rises: (after.rates ?? []).every((rate, step) => near(rate, 0.02 * Math.min(1, (step + 1) / 10))),
    firstStep: near(norm(moves(after)[0] ?? []), norm(moves(before)[0] ?? []) / 10),
  })),
  tfjs(
    'lower-beta2',
    'tfjs_gradients.ts.txt',
    {},
    adam({ rate: 0.02, beta2: 0.95, epsilon: 1e-7 }, { rate: 0.02, epsilon: 1e-7 }),
  ),
  {
    ...tfjs('raise-beta2', 'tfjs_gradients.ts.txt', {}, adam(TFJS_ADAM, { ...TFJS_ADAM, beta2: 0.9 })),
    variant: ['tf.train.adam(LEARNING_RATE)', 'tf.train.adam(LEARNING_RATE, 0.9, 0.9)'],
  },
  tfjs('early-stopping', 'tfjs_fit.js.txt', {}, (after, before) => ({
    allBefore: before.epochs === 12,
    shorter: (after.epochs ?? 12) < 8,
    stillCalled: after.weights.length === 3 * (after.epochs ?? 0) + 1,
  })),
];

export const LIBRARY_CASES: readonly LibraryCase[] = [...KERAS_CASES, ...TAPE_CASES, ...OPTAX_CASES, ...TFJS_CASES];
