import type { Framework } from '../../src/model/loop.js';
import { LOSS_CASES } from './lossCases.js';

/** What of a run is held against what. */
export type Proof =
  /** The gradients that every step sees are those that the paper's formulas make of the raw ones. */
  | { readonly kind: 'gradients'; readonly reference: string; readonly changes: 'some' | 'any' }
  /** The weights move at every step as the paper's formulas say. */
  | {
      readonly kind: 'updates';
      readonly reference: string;
      readonly acts: boolean;
      readonly values?: Readonly<Record<string, unknown>>;
    }
  /** The learning rates of the steps, from those of the run before. */
  | {
      readonly kind: 'rates';
      readonly within?: number;
      readonly expected: (before: readonly number[]) => readonly number[];
    }
  /** Something of its own. */
  | { readonly kind: 'seen'; readonly holds: (after: Observed, before: Observed) => Readonly<Record<string, boolean>> };

/** What `prove.py` reports of one script. */
export interface Observed {
  readonly error: string | null;
  readonly optimizers: readonly {
    readonly class: string;
    readonly steps: number;
    /** Backward passes. */
    readonly passes: number;
    /** Gradients after the first of them, one behind the other. */
    readonly firstPass: readonly number[];
    readonly rates: readonly number[];
    readonly counts: readonly number[];
    readonly norms: readonly number[];
    readonly settings: Readonly<Record<string, unknown>>;
    readonly worst?: number;
    readonly changed?: number | null;
  }[];
  readonly printed: string;
  /** What the script keeps in a variable of that name, for what only it can see. */
  readonly seen: unknown;
}

/** A script that a fix edits and the real framework runs, before and after. */
export interface FixCase {
  readonly fix: string;
  readonly framework: Framework;
  /** Name of a file in `scripts/`. */
  readonly script: string;
  readonly settings: Readonly<Record<string, number | string>>;
  readonly proof: Proof;
}

/** A script for each way in which gradients reach a step. */
const GRADIENT_SCRIPTS: readonly (readonly [Framework, string])[] = [
  ['pytorch', 'torch_plain'],
  ['pytorch', 'torch_groups'],
  ['pytorch', 'torch_scaler'],
  ['accelerate', 'accelerate_accumulating'],
  ['fabric', 'fabric_loop'],
  ['lightning', 'lightning_manual'],
  ['lightning', 'lightning_automatic'],
  ['transformers', 'hf_trainer'],
];

/** Settings that act within the forty steps of the scripts. */
const GRADIENT_FIXES: readonly (readonly [string, Readonly<Record<string, number>>, 'some' | 'any'])[] = [
  ['zclip', { 'z-threshold': 1.5, alpha: 0.9, 'warmup-steps': 6 }, 'some'],
  ['autoclip', { percentile: 30 }, 'some'],
  ['adagc', { 'relative-limit': 1.05, 'absolute-limit': 0.2, beta: 0.9, 'warmup-steps': 6 }, 'any'],
  ['agc', { 'clip-factor': 0.02, epsilon: 0.001 }, 'any'],
  ['stable-spam', { 'reset-interval': 15 }, 'any'],
  ['norm-growth-limiter', { growth: 1.01 }, 'some'],
  ['per-component-clipping', { 'max-norm': 0.05 }, 'any'],
  ['ortho-grad', {}, 'any'],
];

/** Scripts that write the step themselves. */
const CLIP_SCRIPTS = GRADIENT_SCRIPTS.filter(([, script]) => !['hf_trainer', 'lightning_automatic'].includes(script));

/** The optimizers of the scripts as they are built there; settings of Adam by the names of the references. */
const OPTIMIZERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  torch_plain: { weight_decay: 0.01 },
  torch_scaler: {},
  accelerate_accumulating: { weight_decay: 0.01 },
  fabric_loop: { weight_decay: 0.01 },
  lightning_manual: { weight_decay: 0.01 },
  hf_trainer: { matrices_only: true },
};

const WITHOUT_TRAINER = Object.keys(OPTIMIZERS).filter((script) => script !== 'hf_trainer');

/** Acts within forty steps: two resets, and a spike between the first of them and the second. */
const SPAM = { threshold: 40, 'reset-interval': 18, 'rewarm-steps': 5, 'grace-steps': 2 };

/** What the fixes of the optimizer itself make of it, as arguments of the reference. */
const OPTIMIZER_FIXES: readonly {
  readonly fix: string;
  readonly reference: string;
  readonly acts: boolean;
  readonly settings: FixCase['settings'];
  readonly values: Readonly<Record<string, unknown>>;
  readonly scripts: readonly string[];
}[] = [
  {
    fix: 'lower-beta2',
    reference: 'adam',
    acts: false,
    settings: {},
    values: { betas: [0.9, 0.95] },
    scripts: Object.keys(OPTIMIZERS),
  },
  {
    fix: 'raise-beta2',
    reference: 'adam',
    acts: false,
    settings: { beta2: 0.9999 },
    values: { betas: [0.9, 0.9999] },
    scripts: Object.keys(OPTIMIZERS),
  },
  {
    fix: 'smaller-epsilon',
    reference: 'adam',
    acts: false,
    settings: {},
    values: { eps: 1e-15 },
    scripts: Object.keys(OPTIMIZERS),
  },
  {
    fix: 'weight-decay-for-repeated-data',
    reference: 'adam',
    acts: false,
    settings: {},
    values: { weight_decay: 0.8 },
    scripts: Object.keys(OPTIMIZERS).filter((script) => script !== 'torch_scaler'),
  },
  { fix: 'radam', reference: 'radam', acts: true, settings: {}, values: {}, scripts: WITHOUT_TRAINER },
  { fix: 'amsgrad', reference: 'amsgrad', acts: true, settings: {}, values: {}, scripts: WITHOUT_TRAINER },
  { fix: 'adamp', reference: 'adamp', acts: false, settings: {}, values: {}, scripts: WITHOUT_TRAINER },
  {
    fix: 'adamp',
    reference: 'adamp',
    acts: true,
    settings: {},
    values: { weight_decay: 0.01 },
    scripts: ['torch_normalised'],
  },
];

const FRAMEWORK_OF = new Map<string, Framework>([
  ...GRADIENT_SCRIPTS.map(([framework, script]) => [script, framework] as const),
  ['torch_normalised', 'pytorch'],
]);

/** Steps of `torch_plain`. */
const STEPS = 40;

/** Learning rates of a schedule that multiplies the first rate of the run. */
function scheduled(factor: (step: number, total: number) => number): Proof {
  return {
    kind: 'rates',
    expected: (before) => before.map((_, step) => (before[0] ?? Number.NaN) * factor(step, before.length)),
  };
}

/** Linear rise, full rate, and 1 - sqrt down to zero. */
function stableThenDown(step: number, total: number, warmup: number, cooldown: number): number {
  const intoCooldown = Math.max(0, step - (total - cooldown)) / cooldown;
  return Math.min((step + 1) / warmup, 1, 1 - Math.sqrt(intoCooldown));
}

/** Steps of Lightning's loop, which counts batches that are accumulated once. */
const LIGHTNING_CASES: readonly FixCase[] = (
  [
    ['add-warmup', {}, scheduled((step, total) => Math.min(1, (step + 1) / (0.1 * total)))],
    ['linear-decay', {}, scheduled((step, total) => 1 - step / total)],
    [
      'wsd-schedule',
      { 'cooldown-share': 0.25, 'warmup-share': 0.1 },
      scheduled((step, total) => stableThenDown(step, total, 4, 10)),
    ],
    ['cosine-restarts', { cycles: 4 }, scheduled((step) => (1 + Math.cos((Math.PI * (step % 10)) / 10)) / 2)],
  ] as const
).map(([fix, settings, proof]) => ({ fix, framework: 'lightning', script: 'lightning_automatic', settings, proof }));

const SCHEDULE_CASES: readonly FixCase[] = [
  ...LIGHTNING_CASES,
  {
    fix: 'early-stopping',
    framework: 'lightning',
    script: 'lightning_validated',
    settings: { patience: 3 },
    proof: {
      kind: 'seen',
      holds: (after, before) => {
        const [steps = 0, all = 0] = [after, before].map(({ optimizers }) => optimizers[0]?.steps);
        return { 'the whole run has 40 epochs': all === 40, 'the stopped run is shorter': 3 < steps && steps < 40 };
      },
    },
  },
  {
    fix: 'add-warmup',
    framework: 'pytorch',
    script: 'torch_sharpness',
    settings: { 'warmup-steps': 10 },
    proof: scheduled((step) => Math.min(1, (step + 1) / 10)),
  },
  {
    fix: 'wsd-schedule',
    framework: 'pytorch',
    script: 'torch_plain',
    settings: { 'cooldown-share': 0.25, 'warmup-share': 0.1 },
    proof: scheduled((step, total) => stableThenDown(step, total, 4, 10)),
  },
  {
    fix: 'wsd-schedule',
    framework: 'transformers',
    script: 'hf_trainer',
    settings: { 'cooldown-share': 0.25, 'warmup-share': 0.1 },
    proof: {
      kind: 'rates',
      // transformers begins its warmup at zero.
      expected: (before) =>
        before.map((_, step) => 5e-4 * Math.min(step / 4, 1, 1 - Math.sqrt(Math.max(0, step - 30) / 10))),
    },
  },
  {
    fix: 'cosine-restarts',
    framework: 'pytorch',
    script: 'torch_plain',
    settings: { cycles: 4 },
    proof: scheduled((step) => (1 + Math.cos((Math.PI * (step % 10)) / 10)) / 2),
  },
  {
    fix: 'cosine-restarts',
    framework: 'transformers',
    script: 'hf_trainer',
    settings: { cycles: 4 },
    proof: {
      kind: 'rates',
      expected: (before) => before.map((_, step) => (5e-4 * (1 + Math.cos((Math.PI * (step % 10)) / 10))) / 2),
    },
  },
  {
    fix: 'learning-rate-range-test',
    framework: 'pytorch',
    script: 'torch_plain',
    settings: { factor: 10 },
    proof: scheduled((step) => (10 * (step + 1)) / STEPS),
  },
  ...(
    [
      ['pytorch', 'torch_plain', Math.SQRT2],
      ['pytorch', 'torch_epochs', 2],
      ['accelerate', 'accelerate_accumulating', Math.SQRT2],
      ['fabric', 'fabric_loop', Math.SQRT2],
      ['transformers', 'hf_trainer', Math.SQRT2],
    ] as const
  ).map(([framework, script, factor]): FixCase => ({
    fix: 'scale-learning-rate-with-batch',
    framework,
    script,
    settings: {},
    // Three digits are written.
    proof: { kind: 'rates', within: 5e-3, expected: (before) => before.map((rate) => rate * factor) },
  })),
];

/** Units that are silent for every input act again; until a fix acts, nothing of the run is different. */
const DORMANT_CASES: readonly FixCase[] = (
  [
    ['redo', { interval: 10 }, 9],
    ['continual-backprop', { 'replacement-rate': 0.05, maturity: 5 }, 6],
  ] as const
).flatMap(([fix, settings, untouched]) =>
  (['pytorch', 'accelerate', 'fabric', 'lightning'] as const).map((framework): FixCase => ({
    fix,
    framework,
    script: `${framework === 'pytorch' ? 'torch' : framework}_dormant`,
    settings,
    proof: {
      kind: 'seen',
      holds: (after, before) => {
        const [silentNow, losses] = after.seen as [number, number[]];
        const [silentBefore, lossesBefore] = before.seen as [number, number[]];
        const last = (all: readonly number[]) => all.slice(-10).reduce((sum, loss) => sum + loss, 0);
        return {
          silentBefore: silentBefore >= 16,
          actAgain: silentNow <= 2,
          asBeforeUntilThen: losses.slice(0, untouched).every((loss, step) => loss === lossesBefore[step]),
          learnMore: last(losses) < last(lossesBefore),
          steps: after.optimizers[0]?.steps === before.optimizers[0]?.steps,
        };
      },
    },
  })),
);

/** What only the script itself sees. */
const SEEN_CASES: readonly FixCase[] = [
  ...(
    [
      ['pytorch', 'torch_epochs', 1],
      ['accelerate', 'accelerate_accumulating', 2],
    ] as const
  ).map(([framework, script, batchesInStep]): FixCase => ({
    fix: 'skip-data-window',
    framework,
    script,
    settings: { first: 4, count: 6 },
    proof: {
      kind: 'seen',
      holds: (after, before) => ({
        fewerPasses: after.optimizers[0]?.passes === (before.optimizers[0]?.passes ?? 0) - 6,
        fewerSteps: after.optimizers[0]?.steps === (before.optimizers[0]?.steps ?? 0) - 6 / batchesInStep,
        sameStart: after.optimizers[0]?.firstPass.join() === before.optimizers[0]?.firstPass.join(),
      }),
    },
  })),
  {
    fix: 'set-epoch',
    framework: 'pytorch',
    script: 'torch_sampler',
    settings: {},
    proof: {
      kind: 'seen',
      holds: (after, before) => {
        const orders = after.seen as number[][];
        const sorted = (order: readonly number[]) => [...order].sort((one, other) => one - other).join();
        return {
          sameOrderBefore: new Set((before.seen as number[][]).map((order) => order.join())).size === 1,
          otherOrderAfter: new Set(orders.map((order) => order.join())).size === orders.length,
          nothingTwice: orders.every((order) => new Set(order).size === order.length && sorted(order) !== ''),
        };
      },
    },
  },
  {
    fix: 'per-rank-seeds',
    framework: 'pytorch',
    script: 'ddp_ranks',
    settings: {},
    proof: {
      kind: 'seen',
      holds: (after, before) => {
        const ranks = (observed: Observed) => observed.seen as Record<'start' | 'noise' | 'end', unknown>[];
        const same = (observed: Observed, key: 'start' | 'noise' | 'end') =>
          JSON.stringify(ranks(observed)[0]?.[key]) === JSON.stringify(ranks(observed)[1]?.[key]);
        return {
          sameNoiseBefore: same(before, 'noise'),
          otherNoiseAfter: !same(after, 'noise'),
          sameStart: same(after, 'start'),
          sameEnd: same(after, 'end'),
          startAsBefore: JSON.stringify(ranks(after)[0]?.start) === JSON.stringify(ranks(before)[0]?.start),
        };
      },
    },
  },
  {
    fix: 'per-rank-seeds',
    framework: 'accelerate',
    script: 'accelerate_seeded',
    settings: {},
    proof: {
      kind: 'seen',
      holds: (after, before) => ({ sharedBefore: before.seen === 11, ownAfter: after.seen === 12 }),
    },
  },
  {
    fix: 'fp32-loss',
    framework: 'pytorch',
    script: 'torch_half_model',
    settings: {},
    proof: {
      kind: 'seen',
      holds: (after, before) => ({
        halfBefore:
          (before.seen as string[]).length === 8 &&
          (before.seen as string[]).every((type) => type === 'torch.bfloat16'),
        fullAfter:
          (after.seen as string[]).length === 8 && (after.seen as string[]).every((type) => type === 'torch.float32'),
      }),
    },
  },
  {
    fix: 'dynamic-loss-scale',
    framework: 'pytorch',
    script: 'torch_scaled',
    settings: { 'initial-scale': 256, 'growth-interval': 5 },
    proof: {
      kind: 'seen',
      holds: (after, before) => ({
        before:
          JSON.stringify(before.seen) === JSON.stringify([0, 0, 0, 1, 1, 1, 2, 2, 2, 3].map((n) => 65536 * 2 ** n)),
        after: JSON.stringify(after.seen) === JSON.stringify([0, 0, 0, 0, 0, 1, 1, 1, 1, 1].map((n) => 256 * 2 ** n)),
      }),
    },
  },
  {
    fix: 'checkpoint-averaging',
    framework: 'pytorch',
    script: 'torch_epochs',
    settings: { 'start-share': 0.5 },
    proof: {
      kind: 'seen',
      holds: (after, before) => {
        const [ends, mean] = after.seen as [unknown[], unknown];
        const weights = (of: unknown) => (of as unknown[]).flat(3) as number[];
        const [third, fourth] = [weights(ends[2]), weights(ends[3])];
        const off = weights(mean).map((value, at) =>
          Math.abs(value - ((third[at] ?? Number.NaN) + (fourth[at] ?? Number.NaN)) / 2),
        );
        return {
          trainedAsBefore: JSON.stringify(ends) === JSON.stringify((before.seen as unknown[])[0]),
          meanOfTheLastTwo: off.length === 5 && off.every((difference) => difference < 1e-6),
        };
      },
    },
  },
  ...(
    [
      ['pytorch', 'torch_plain', 4],
      ['pytorch', 'torch_epochs', 5],
      ['transformers', 'hf_trainer', 2],
    ] as const
  ).map(([framework, script, batches]): FixCase => ({
    fix: 'gradient-accumulation',
    framework,
    script,
    settings: { batches },
    proof: {
      kind: 'seen',
      holds: (after, before) => {
        const [now, then] = [after.optimizers[0], before.optimizers[0]];
        const [steps, passes] = [now?.steps ?? 0, now?.passes ?? 0];
        // Weights and data of the first batch are those of the run before.
        const off = (now?.firstPass ?? []).map((value, at) =>
          Math.abs(value * batches - (then?.firstPass[at] ?? Number.NaN)),
        );
        return {
          // The Trainer's max_steps counts steps, a loop its batches.
          fewerSteps:
            steps * batches === passes && steps * (framework === 'transformers' ? 1 : batches) === then?.steps,
          dividedLoss: off.length > 0 && off.every((difference) => difference < 1e-5),
        };
      },
    },
  })),
];

export const CASES: readonly FixCase[] = [
  ...LOSS_CASES,
  ...DORMANT_CASES,
  ...SCHEDULE_CASES,
  ...SEEN_CASES,
  ...OPTIMIZER_FIXES.flatMap(({ fix, reference, acts, settings, values, scripts }) =>
    scripts.map((script): FixCase => ({
      fix,
      framework: FRAMEWORK_OF.get(script) ?? 'pytorch',
      script,
      settings,
      proof: { kind: 'updates', reference, acts, values: { ...OPTIMIZERS[script], ...values } },
    })),
  ),
  ...GRADIENT_SCRIPTS.filter(([, script]) => script in OPTIMIZERS).map(([framework, script]): FixCase => ({
    fix: 'spam',
    framework,
    script,
    settings: SPAM,
    proof: {
      kind: 'updates',
      reference: 'spam',
      acts: true,
      values: {
        ...OPTIMIZERS[script],
        threshold: 40,
        reset_interval: 18,
        rewarm_steps: 5,
        grace_steps: 2,
      },
    },
  })),
  ...GRADIENT_FIXES.flatMap(([fix, settings, changes]) =>
    GRADIENT_SCRIPTS.filter(([, script]) => fix !== 'per-component-clipping' || script !== 'torch_groups').map(
      ([framework, script]): FixCase => ({
        fix,
        framework,
        script,
        settings,
        proof: { kind: 'gradients', reference: fix, changes },
      }),
    ),
  ),
  ...CLIP_SCRIPTS.map(([framework, script]): FixCase => ({
    fix: 'clip-gradients',
    framework,
    script,
    settings: { 'max-norm': 0.05 },
    proof: { kind: 'gradients', reference: 'clip-gradients', changes: 'any' },
  })),
  {
    fix: 'clip-gradients',
    framework: 'pytorch',
    script: 'torch_sharpness',
    settings: { 'max-norm': 0.05 },
    proof: {
      kind: 'seen',
      holds: (after, before) => {
        const largest = ({ optimizers }: Observed) => Math.max(...(optimizers[0]?.norms ?? []));
        return {
          'some second gradients are larger': largest(before) > 0.05,
          'none is any more': largest(after) < 0.0501,
        };
      },
    },
  },
  {
    fix: 'lower-learning-rate',
    framework: 'fabric',
    script: 'fabric_loop',
    settings: { factor: 0.25 },
    proof: { kind: 'rates', within: 5e-3, expected: (before) => before.map((rate) => rate / 4) },
  },
  ...CLIP_SCRIPTS.map(([framework, script]): FixCase => ({
    fix: 'clip-by-value',
    framework,
    script,
    settings: { limit: 0.01 },
    proof: { kind: 'gradients', reference: 'clip-by-value', changes: 'any' },
  })),
];
