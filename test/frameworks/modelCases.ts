import type { Framework } from '../../src/model/loop.js';

/** What `models/observe.py` reports, the names depending on the check. */
export interface ModelObserved extends NormFormerObserved, UnitsObserved {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly losses: readonly number[];
  /** Codes that one step moves, and codes that it chose; codes in use at the end; shapes of what is frozen. */
  readonly moved: readonly [readonly [number, number], readonly [number, number]];
  readonly used: readonly [number, number];
  readonly frozen: readonly (readonly number[])[];
  /** Of the frozen codes, times the root of their features. */
  readonly deviation: number;
  /** Of each long skip, the innermost first. */
  readonly factors: readonly number[];
  /** Largest weight of a critic, before and after. */
  readonly limits: readonly [number, number];
  /** Every parameter has a finite gradient. */
  readonly trained: boolean;
  /** Largest difference from the formula of the paper. */
  readonly formula: number;
  /** Norms after and before, and the epsilons of each pair. */
  readonly norms: readonly [number, number];
  readonly epsilons: readonly (readonly [number, number])[];
  readonly before: number;
  readonly after: number;
  /** First training loss after the edit over that before; what it has to be with a z-loss, and with StableMax. */
  readonly ratio: number;
  readonly 'with z': number;
  readonly stable: number;
  /** Backward passes before and after. */
  readonly steps: readonly [number, number];
  /** Last loss before; first and last loss after. */
  readonly last: readonly [number, number, number];
  /** Weights after over weights before, each number once, and how many parameters differ. */
  readonly changed: readonly number[];
  readonly layers: number;
  /** Variance of the residual stream behind each block. */
  readonly streams: Readonly<Record<'before' | 'after' | 'after evaluated', readonly number[]>>;
  /** Losses of an evaluation of the same weights, before and after. */
  readonly evaluated: readonly [number, number];
}

/** A model in `models/` that a fix edits, and what must hold of it then. */
export interface ModelCase {
  readonly fix: string;
  readonly framework: Framework;
  readonly script: string;
  /** Function of `models/observe.py`. */
  readonly check: string;
  readonly holds: (observed: ModelObserved) => Readonly<Record<string, boolean>>;
}

/** Features of a head in all scripts: four heads of a model of 32. */
const HEAD = 8;

/** Blocks in all scripts that have them. */
const DEPTH = 24;

function ends(variances: readonly number[]): number {
  return variances.at(-1) ?? Number.NaN;
}

/** Size of what goes into the layer behind an activation, of what attention gives off, and gains of heads set to zero. */
interface NormFormerObserved {
  readonly 'after evaluated': number;
  readonly given: readonly number[];
  readonly heads: readonly [number, number];
}

/** Which layers read which, which units were renewed, and what of the rest has changed. */
interface UnitsObserved {
  readonly links: Readonly<Record<string, readonly string[]>>;
  readonly renewed: readonly number[];
  readonly 'least useful': readonly number[];
  readonly constant: readonly number[];
  readonly outgoing: number;
  readonly kept: boolean;
  readonly moments: readonly [number, number];
  readonly ages: readonly number[];
  readonly alive: number;
  readonly hooks: number;
}

/** Rewrites of the residual blocks of a model. */
const BLOCK_CASES: readonly ModelCase[] = [
  ...['nanogpt', 'llama', 'vit', 'hugging_face', 'parallel', 'encoder_layer'].map((style): ModelCase => ({
    fix: 'peri-ln',
    framework: 'pytorch',
    script: `block_${style}`,
    check: 'stream',
    holds: ({ missing, unexpected, trained, losses, streams }) => ({
      'old weights load':
        unexpected.length === 0 &&
        missing.length >= DEPTH &&
        missing.every((name) => /_out\.(?:weight|bias)$/.test(name)),
      trains: trained && (losses.at(-1) ?? 0) < (losses[0] ?? 0),
      // Every branch adds a normalised vector: even if all pointed the same way, the stream's deviation grows by one each.
      'the stream is bounded':
        ends(streams.after) < (2 * DEPTH + 2) ** 2 && ends(streams.after) < ends(streams.before) / 10,
      // The norms act in evaluation too, where PyTorch has a fused path of its own.
      'in evaluation as well': Math.abs(ends(streams['after evaluated']) - ends(streams.after)) < 0.5,
    }),
  })),
  {
    fix: 'pre-ln',
    framework: 'pytorch',
    script: 'block_post_ln',
    check: 'stream',
    holds: ({ missing, unexpected, trained, streams }) => ({
      'old weights load': missing.length === 0 && unexpected.length === 0,
      trains: trained,
      // Post-LN brings the stream back to one behind every block; Pre-LN lets it grow.
      'the norms have moved': Math.abs(ends(streams.before) - 1) < 0.05 && ends(streams.after) > 10,
    }),
  },
];

/** Rewrites of blocks that act on gradients and on the start of training. */
const DEPTH_CASES: readonly ModelCase[] = [
  ...['nanogpt', 'llama', 'vit', 'hugging_face', 'encoder_layer'].map((style): ModelCase => ({
    fix: 'normformer',
    framework: 'pytorch',
    script: `block_${style}`,
    check: 'norm_former',
    holds: ({ missing, unexpected, trained, losses, before, after, given, heads: [gains, silenced], ...rest }) => ({
      'old weights load':
        unexpected.length === 0 && missing.every((name) => /(?:_out|_norm|mlp\.1\.1|head_gain)(?:\.|$)/.test(name)),
      trains: trained && (losses.at(-1) ?? 0) < (losses[0] ?? 0),
      'what the activation lets through is bounded':
        after < 1.1 && rest['after evaluated'] < 1.1 && before > 10 * after,
      'attention gives off vectors of size one':
        given.length === DEPTH && given.every((size) => Math.abs(size - 1) < 0.1),
      'a gain of zero silences its head': gains === (style === 'nanogpt' ? DEPTH : 0) && silenced === 0,
    }),
  })),
  ...['nanogpt', 'llama', 'vit', 'hugging_face', 'encoder_layer'].map((style): ModelCase => ({
    fix: 'mix-ln',
    framework: 'pytorch',
    script: `block_${style}`,
    check: 'mixed',
    holds: ({ missing, unexpected, trained, losses, streams, formula }) => ({
      'old weights load': missing.length === 0 && unexpected.length === 0,
      trains: trained && (losses.at(-1) ?? 0) < (losses[0] ?? 0),
      // Post-LN brings the stream back to one behind each of its blocks, Pre-LN lets it grow.
      'the first quarter is Post-LN': streams.after.slice(0, DEPTH / 4).every((size) => Math.abs(size - 1) < 0.05),
      'the others compute what they did': formula === 0 && ends(streams.after) > 100,
      'in evaluation as well': Math.abs(ends(streams['after evaluated']) / ends(streams.after) - 1) < 0.01,
    }),
  })),
  ...(
    [
      ['nanogpt', 2],
      ['hugging_face', 2],
      ['post_ln', 2],
      ['encoder_layer', 2],
      ['convolutions', 1],
    ] as const
  ).map(([style, branches]): ModelCase => ({
    fix: 'small-init',
    framework: 'pytorch',
    script: `block_${style}`,
    check: 'small',
    holds: ({ missing, unexpected, trained, losses, changed, layers, streams }) => ({
      'old weights load': missing.length === 0 && unexpected.length === 0,
      'only the last layer of each branch is smaller, by the root of their number':
        layers === branches * DEPTH &&
        changed.every((ratio) => Math.abs(ratio - (branches * DEPTH) ** -0.5) < 1e-4) &&
        changed.length > 0,
      'the stream stays of one size': style === 'post_ln' || ends(streams.after) < ends(streams.before) / 4,
      trains: trained && (losses.at(-1) ?? 0) < (losses[0] ?? 0),
    }),
  })),
];

/** Hidden units that begin anew. */
const UNIT_CASES: readonly ModelCase[] = [
  {
    fix: 'redo',
    framework: 'pytorch',
    script: 'conv_agent',
    check: 'recycled',
    holds: ({ links, renewed, outgoing, kept, moments: [old, rest], formula, alive, hooks }) => ({
      'layers are linked however the model is written':
        JSON.stringify(links) ===
        JSON.stringify({
          'conv1.weight': ['conv2.weight'],
          'conv2.weight': ['trunk.weight'],
          'trunk.weight': ['policy.weight', 'value.weight'],
        }),
      'dormant units are renewed, and no others': renewed.join() === '0,1' && kept,
      'they go nowhere at first, and Adam has forgotten them': outgoing === 0 && old === 0 && rest > 0,
      'the network computes what it did': formula === 0,
      'they act again': alive === 3,
      'nothing is watched any more': hooks === 0,
    }),
  },
  {
    fix: 'continual-backprop',
    framework: 'pytorch',
    script: 'conv_agent',
    check: 'continual',
    holds: ({ renewed, 'least useful': expected, constant, formula, ages, hooks }) => ({
      'the least useful units are renewed': renewed.length === 3 && renewed.join() === expected.join(),
      'their age begins anew':
        ages.filter((age) => age === 0).length === 3 && renewed.every((unit) => ages[unit] === 0),
      'what they gave on average is still given': constant.join() === '3,4,5' && formula < 1e-3,
      'one hook watches': hooks === 1,
    }),
  },
];

const CRITIC_CASES: readonly ModelCase[] = ['clipped', 'conditional'].map((style): ModelCase => ({
  fix: 'gradient-penalty',
  framework: 'pytorch',
  script: `critic_${style}`,
  check: 'critic',
  holds: ({ before, after, limits: [clippedBefore, clippedAfter], formula, trained }) => ({
    'is the formula of the paper, and is gone back through': formula < 1e-4 && trained,
    'weights had a limit, and have none': clippedBefore <= 0.01001 && clippedAfter > 0.1,
    'slopes are near one': after < 0.25 && before > 0.8,
  }),
}));

const SKIP_CASES: readonly ModelCase[] = (
  [
    ['straight', [0.7 ** 2, 0.7, 1]],
    ['list', [0.7 ** 4, 0.7 ** 3, 0.7 ** 2, 0.7, 1]],
    ['up', [Math.SQRT1_2]],
  ] as const
).map(([style, expected]): ModelCase => ({
  fix: 'skip-scale',
  framework: 'pytorch',
  script: `unet_${style}`,
  check: 'skips',
  holds: ({ missing, unexpected, trained, losses, factors }) => ({
    'old weights load': missing.length === 0 && unexpected.length === 0,
    'every skip counts as the paper says, the outermost in full':
      factors.length === expected.length &&
      factors.every((factor, at) => Math.abs(factor - (expected[at] ?? 0)) < 1e-4),
    trains: trained && (losses.at(-1) ?? 0) < (losses[0] ?? 0),
  }),
}));

const CODEBOOK_CASES: readonly ModelCase[] = ['embedding', 'parameter'].map((style): ModelCase => ({
  fix: 'simvq',
  framework: 'pytorch',
  script: `quantizer_${style}`,
  check: 'quantized',
  holds: ({ moved: [before, after], used: [usedBefore, usedAfter], formula, frozen, deviation }) => ({
    'a step moved the codes that were chosen, and moves all of them now':
      before[0] === before[1] && before[1] <= 4 && after[0] === 64 && after[1] <= 4,
    'more codes are used after a short training': usedAfter > usedBefore && usedAfter > 48,
    'codes are looked up as they are chosen': formula < 1e-5,
    'the codebook is frozen, as spread as in the paper':
      JSON.stringify(frozen) === '[[64,8]]' && Math.abs(deviation - 1) < 0.1,
  }),
}));

export const MODEL_CASES: readonly ModelCase[] = [
  ...CODEBOOK_CASES,
  ...SKIP_CASES,
  ...CRITIC_CASES,
  ...UNIT_CASES,
  ...BLOCK_CASES,
  ...DEPTH_CASES,
  ...['nanogpt', 'llama', 'vit', 'heads', 'hugging_face'].map((style): ModelCase => ({
    fix: 'qk-norm',
    framework: 'pytorch',
    script: `attention_${style}`,
    check: 'attention',
    holds: ({ missing, unexpected, trained, losses, before, after }) => ({
      'old weights load':
        unexpected.length === 0 && missing.every((name) => /\.[qk]_norm\.(?:weight|bias)$/.test(name)),
      'norms are there': missing.length >= 2,
      trains: trained && (losses.at(-1) ?? 0) < (losses[0] ?? 0),
      // |q| and |k| are at most the root of the head size each, and their product is divided by it once.
      'logits are bounded, however large the weights': after <= Math.sqrt(HEAD) * 1.001 && before > 10 * after,
    }),
  })),
  ...['in_loop', 'criterion', 'in_model'].map((style): ModelCase => ({
    fix: 'z-loss',
    framework: 'pytorch',
    script: `loss_${style}`,
    check: 'loss',
    holds: ({ ratio, 'with z': withZ, steps: [before, after], evaluated: [one, other] }) => ({
      'the first loss holds the term of the paper': Math.abs(ratio - withZ) < 1e-5 && withZ > 1 + 1e-3,
      'as many passes': before === after && after > 0,
      'evaluation is as it was': Math.abs(one - other) <= 1e-6 * one,
    }),
  })),
  ...['in_loop', 'criterion', 'in_model'].map((style): ModelCase => ({
    fix: 'stablemax',
    framework: 'pytorch',
    script: `loss_${style}`,
    check: 'loss',
    holds: ({ ratio, stable, steps: [before, after], last: [, first, last] }) => ({
      'the first loss is that of the paper': Math.abs(ratio - stable) < 1e-4 && Math.abs(stable - 1) > 1e-3,
      'as many passes': before === after && after > 0,
      'it is trained by': last < first,
    }),
  })),
  {
    fix: 'logit-soft-cap',
    framework: 'pytorch',
    script: 'capped_gpt',
    check: 'capped',
    holds: ({ missing, unexpected, trained, formula, before, after }) => ({
      'old weights load': missing.length === 0 && unexpected.length === 0,
      trains: trained,
      'is the formula of the paper': formula < 1e-5,
      'logits are bounded wherever they are worked out': after <= 30 && before > 300,
    }),
  },
  {
    fix: 'rms-norm',
    framework: 'pytorch',
    script: 'capped_gpt',
    check: 'root_mean_square',
    holds: ({ missing, unexpected, trained, losses, formula, norms: [now, before], epsilons }) => ({
      'only the biases of the norms are left over':
        missing.length === 0 && unexpected.length === 8 && unexpected.every((name) => /ln_\d\.bias$/.test(name)),
      'every norm is replaced, with the epsilon that it had':
        now === 9 && before === 9 && epsilons.every(([one, other]) => one === other),
      'is the formula of the paper': formula < 1e-5,
      trains: trained && (losses.at(-1) ?? 0) < (losses[0] ?? 0),
    }),
  },
  {
    fix: 'layer-norm-for-plasticity',
    framework: 'pytorch',
    script: 'mlp_agent',
    check: 'revived',
    holds: ({ trained, losses, norms: [now, before], before: silentBefore, after: silentAfter }) => ({
      'a norm for each hidden layer, none for the outputs': now === 3 && before === 0,
      // Every unit drifted into the flat part of ReLU; the norm brings them back, save for a few by chance.
      'units that had fallen silent act again': silentBefore === 1 && silentAfter < 0.05,
      trains: trained && (losses.at(-1) ?? 0) < (losses[0] ?? 0),
    }),
  },
];
