import type { Framework } from '../../src/model/loop.js';

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
  | { readonly kind: 'rates'; readonly expected: (before: readonly number[]) => readonly number[] }
  /** Something of its own. */
  | { readonly kind: 'seen'; readonly check: (after: Observed, before: Observed) => void };

/** What `prove.py` reports of one script. */
export interface Observed {
  readonly error: string | null;
  readonly optimizers: readonly {
    readonly class: string;
    readonly steps: number;
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
];

const CLIP_SCRIPTS = GRADIENT_SCRIPTS.filter(([framework]) => framework !== 'transformers');

/** The optimizers of the scripts as they are built there; settings of Adam by the names of the references. */
const OPTIMIZERS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  torch_plain: { weight_decay: 0.01 },
  torch_scaler: {},
  accelerate_accumulating: { weight_decay: 0.01 },
  fabric_loop: { weight_decay: 0.01 },
  lightning_manual: { weight_decay: 0.01 },
  hf_trainer: {},
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

export const CASES: readonly FixCase[] = [
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
    fix: 'clip-by-value',
    framework,
    script,
    settings: { limit: 0.01 },
    proof: { kind: 'gradients', reference: 'clip-by-value', changes: 'any' },
  })),
];
