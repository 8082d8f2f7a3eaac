import { failure, ok } from '../base/result.js';
import type { Result } from '../base/result.js';
import { choice, count, flag, isObject, number, readFields } from './fields.js';
import type { Fields } from './fields.js';

/** Where the norms of a transformer's block stand. */
export const PLACEMENTS = ['pre', 'post', 'peri', 'mix', 'normformer', 'none'] as const;
export type Placement = (typeof PLACEMENTS)[number];

/** A decoder-only transformer with learned positions. */
export interface TransformerSettings {
  readonly kind: 'transformer';
  /** Blocks. */
  readonly depth: number;
  /** Features of the residual stream. */
  readonly width: number;
  readonly heads: number;
  /** Tokens of a sequence. */
  readonly context: number;
  /** Hidden units of the MLP for each feature of the stream. */
  readonly expansion: number;
  readonly placement: Placement;
  readonly norm: 'layer' | 'rms';
  /** Norms of queries and keys, per head. */
  readonly qkNorm: boolean;
  /** Matrices that end a branch begin smaller by √(2 depth) (Radford et al. 2019). */
  readonly smallBranches: boolean;
  readonly activation: 'relu' | 'gelu';
  /** Standard deviation of a first matrix times the root of its fan-in. */
  readonly initialScale: number;
}

/** Linear layers with activations between them. */
export interface MlpSettings {
  readonly kind: 'mlp';
  /** Hidden layers. */
  readonly depth: number;
  readonly width: number;
  /** A layer norm in front of each activation. */
  readonly layerNorm: boolean;
  readonly activation: 'relu' | 'gelu';
  readonly initialScale: number;
}

/** Convolutions of 3 × 3 with mean pooling behind each, and a linear layer. */
export interface CnnSettings {
  readonly kind: 'cnn';
  /** Convolutions; each halves the picture. */
  readonly depth: number;
  /** Channels of every convolution. */
  readonly width: number;
  readonly layerNorm: boolean;
  readonly activation: 'relu' | 'gelu';
  readonly initialScale: number;
}

export type ModelSettings = TransformerSettings | MlpSettings | CnnSettings;

/** What is trained on; `noisy-labels` and what follows are classification. */
export interface DataSettings {
  readonly kind: 'text' | 'induction' | 'noisy-labels' | 'modular-addition' | 'two-scales' | 'bars';
  /** Sequences or samples that training repeats; 0: every batch is new. */
  readonly size: number;
  /** Share of the training labels that are drawn anew. */
  readonly labelNoise: number;
  /** Symbols of the copy task, classes of a classification, or the modulus of the addition. */
  readonly classes: number;
  /** Tasks that follow each other in equal parts of the run; each sees the features in another order (Goodfellow et al. 2013). */
  readonly tasks: number;
}

/** What turns outputs into a loss. */
export interface LossSettings {
  readonly kind: 'softmax' | 'stablemax';
  /** Weight of the squared log Z; 0 for none. */
  readonly zLoss: number;
  /** What no output logit exceeds; 0 for no bound. */
  readonly softCap: number;
}

export const OPTIMIZERS = [
  'adamw',
  'adam',
  'sgd',
  'radam',
  'amsgrad',
  'adamp',
  'lion',
  'spam',
  'stable-spam',
  'muon',
] as const;
export type OptimizerKind = (typeof OPTIMIZERS)[number];

/** All that any optimizer takes; each uses what is its own. */
export interface OptimizerSettings {
  readonly kind: OptimizerKind;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Of SGD and Muon. */
  readonly momentum: number;
  /** SPAM: square of an entry, as a multiple of its second moment, from which it is cut. */
  readonly spikeThreshold: number;
  /** SPAM, Stable-SPAM: steps from one forgetting to the next. */
  readonly resetInterval: number;
  /** SPAM: steps over which the rate rises anew after a reset. */
  readonly rewarmSteps: number;
  /** SPAM: steps after a reset without cutting. */
  readonly graceSteps: number;
}

/** The learning rate over the steps, as a share of the optimizer's own. */
export interface ScheduleSettings {
  readonly kind: 'constant' | 'linear' | 'cosine' | 'restarts' | 'wsd' | '1cycle';
  /** First share of the run over which the rate rises from nothing. */
  readonly warmup: number;
  /** What the rate falls to, as a share of the full one. */
  readonly floor: number;
  /** Of `restarts`. */
  readonly cycles: number;
  /** Last share of the run over which `wsd` falls. */
  readonly cooldown: number;
}

/** What is done to gradients between the backward pass and the optimizer, one after the other. */
export type ClippingSettings =
  | { readonly kind: 'norm'; readonly limit: number }
  | { readonly kind: 'value'; readonly limit: number }
  | { readonly kind: 'autoclip'; readonly percentile: number }
  | { readonly kind: 'zclip'; readonly threshold: number; readonly alpha: number; readonly warmupSteps: number }
  | {
      readonly kind: 'adagc';
      readonly relative: number;
      readonly absolute: number;
      readonly beta: number;
      readonly warmupSteps: number;
    }
  | { readonly kind: 'agc'; readonly factor: number; readonly epsilon: number }
  | { readonly kind: 'growth'; readonly growth: number }
  | { readonly kind: 'component'; readonly limit: number }
  | { readonly kind: 'ortho' };

/** What goes wrong on purpose. Places in the run are shares of its steps. */
export type Perturbation =
  /** Random inputs and targets instead of one batch, its gradient multiplied. */
  | { readonly kind: 'corrupted-batch'; readonly at: number; readonly factor: number }
  | { readonly kind: 'gradient-factor'; readonly at: number; readonly factor: number }
  | { readonly kind: 'learning-rate-factor'; readonly at: number; readonly steps: number; readonly factor: number }
  /** Weights are seen, and gradients given, with the bits of the format; the optimizer keeps its own. */
  | {
      readonly kind: 'rounding';
      readonly format: 'fp16' | 'bf16';
      /** Gradients are multiplied by it before they are rounded, and divided behind that; steps that overflow are left out. */
      readonly lossScale: number;
    }
  /** One of two data-parallel workers misses the updates of some steps and never learns of it. */
  | { readonly kind: 'desynchronised-workers'; readonly at: number; readonly missed: number };

/** A rule that makes the optimizer forget after a spike of the gradient norm. */
export interface ResetSettings {
  /** Multiple of the median of late gradient norms that counts as a spike; 0: never. */
  readonly spikeFactor: number;
  /** Steps over which the rate rises anew. */
  readonly rewarmSteps: number;
}

/** Renewal of hidden units, on which a network that has to learn again and again depends. */
export interface RenewalSettings {
  readonly kind: 'none' | 'redo' | 'continual-backprop';
  /** ReDo: share of the mean size of a layer's units up to which a unit is dormant. */
  readonly threshold: number;
  /** ReDo: steps from one recycling to the next. */
  readonly interval: number;
  /** Continual backprop: share of the mature units that is renewed at each step. */
  readonly rate: number;
  /** Continual backprop: decay of the running mean of a unit's use. */
  readonly decay: number;
  /** Continual backprop: steps for which a new unit is safe. */
  readonly maturity: number;
}

/** What is measured besides what every run logs. Each costs time. */
export interface MeasureSettings {
  /** Steps from one held-out loss to the next. */
  readonly evaluateEvery: number;
  /** Steps from one look into tensors and layers to the next; 0: never. */
  readonly detailEvery: number;
  /** Steps from one look at the curvature to the next; 0: never. */
  readonly curvatureEvery: number;
  /** Steps from one step that is held against the radius of softmax to the next; 0: with the curvature only. */
  readonly radiusEvery: number;
  /** Sequences or samples of the held-out set. */
  readonly heldOut: number;
}

/** Everything that decides about one run but its seed. */
export interface LabSettings {
  readonly model: ModelSettings;
  readonly data: DataSettings;
  readonly loss: LossSettings;
  readonly optimizer: OptimizerSettings;
  readonly schedule: ScheduleSettings;
  readonly clipping: readonly ClippingSettings[];
  readonly perturbations: readonly Perturbation[];
  readonly reset: ResetSettings;
  readonly renewal: RenewalSettings;
  /** Steps beyond this multiple of the radius within which softmax is harmless are shortened to it (Sao 2026); 0: never. */
  readonly stepRadius: number;
  /** Share of the run after which weights are averaged for the held-out loss; 1: never. */
  readonly averageFrom: number;
  readonly steps: number;
  /** Sequences or samples of a batch. */
  readonly batch: number;
  readonly measure: MeasureSettings;
}

const MODELS: Readonly<Record<ModelSettings['kind'], Fields>> = {
  transformer: {
    depth: count(4, 1, 48),
    width: count(64, 4, 1024),
    heads: count(4, 1, 64),
    context: count(64, 2, 1024),
    expansion: count(4, 1, 8),
    placement: choice(...PLACEMENTS),
    norm: choice('layer', 'rms'),
    qkNorm: flag(false),
    smallBranches: flag(false),
    activation: choice('relu', 'gelu'),
    initialScale: number(1, 0, 100),
  },
  mlp: {
    depth: count(2, 0, 32),
    width: count(128, 1, 4096),
    layerNorm: flag(false),
    activation: choice('relu', 'gelu'),
    initialScale: number(1, 0, 100),
  },
  cnn: {
    depth: count(2, 1, 3),
    width: count(16, 1, 256),
    layerNorm: flag(false),
    activation: choice('relu', 'gelu'),
    initialScale: number(1, 0, 100),
  },
};

const GROUPS = {
  data: {
    kind: choice('text', 'induction', 'noisy-labels', 'modular-addition', 'two-scales', 'bars'),
    size: count(0, 0, 1_000_000),
    labelNoise: number(0, 0, 1),
    classes: count(16, 2, 512),
    tasks: count(1, 1, 1000),
  },
  loss: { kind: choice('softmax', 'stablemax'), zLoss: number(0, 0, 1), softCap: number(0, 0, 1e4) },
  // The baseline of Small-scale proxies (Wortsman et al. 2023): AdamW with betas 0.9 and 0.95.
  optimizer: {
    kind: choice(...OPTIMIZERS),
    learningRate: number(3e-3, 0, 1e3),
    beta1: number(0.9, 0, 0.9999),
    beta2: number(0.95, 0, 0.99999),
    epsilon: number(1e-8, 0, 1),
    weightDecay: number(0, 0, 10),
    momentum: number(0.9, 0, 0.9999),
    spikeThreshold: number(5000, 1, 1e9),
    resetInterval: count(500, 1, 1_000_000),
    rewarmSteps: count(150, 1, 1_000_000),
    graceSteps: count(20, 0, 1_000_000),
  },
  schedule: {
    kind: choice('constant', 'linear', 'cosine', 'restarts', 'wsd', '1cycle'),
    warmup: number(0, 0, 1),
    floor: number(0, 0, 1),
    cycles: count(4, 1, 1000),
    cooldown: number(0.2, 0, 1),
  },
  reset: { spikeFactor: number(0, 0, 1e6), rewarmSteps: count(20, 1, 100_000) },
  // Constants of the fixes "redo" and "continual-backprop" in src/fixes.
  renewal: {
    kind: choice('none', 'redo', 'continual-backprop'),
    threshold: number(0.025, 0, 1),
    interval: count(1000, 1, 1_000_000),
    rate: number(1e-4, 0, 1),
    decay: number(0.99, 0, 0.99999),
    maturity: count(100, 0, 1_000_000),
  },
  measure: {
    evaluateEvery: count(25, 1, 1_000_000),
    detailEvery: count(25, 0, 1_000_000),
    curvatureEvery: count(0, 0, 1_000_000),
    radiusEvery: count(0, 0, 1_000_000),
    heldOut: count(32, 1, 4096),
  },
} as const satisfies Record<string, Fields>;

const RUN: Fields = {
  steps: count(200, 1, 1_000_000),
  batch: count(8, 1, 4096),
  averageFrom: number(1, 0, 1),
  stepRadius: number(0, 0, 1000),
};

const SHARE = number(0.5, 0, 1);

/** Constants are those of the fix that the arm tries; see `src/fixes`. */
const CLIPPINGS: Readonly<Record<ClippingSettings['kind'], Fields>> = {
  norm: { limit: number(1, 0, 1e9) },
  value: { limit: number(1, 0, 1e9) },
  autoclip: { percentile: number(10, 0, 100) },
  zclip: { threshold: number(2.5, 0, 1e6), alpha: number(0.97, 0, 1), warmupSteps: count(25, 2, 100_000) },
  adagc: {
    relative: number(1.05, 1, 100),
    absolute: number(1, 0, 1e9),
    beta: number(0.98, 0, 1),
    warmupSteps: count(100, 1, 100_000),
  },
  agc: { factor: number(0.01, 0, 1e3), epsilon: number(1e-3, 0, 1) },
  growth: { growth: number(1.01, 1, 100) },
  component: { limit: number(1, 0, 1e9) },
  ortho: {},
};

const PERTURBATIONS: Readonly<Record<Perturbation['kind'], Fields>> = {
  'corrupted-batch': { at: SHARE, factor: number(1000, 0, 1e9) },
  'gradient-factor': { at: SHARE, factor: number(1000, -1e9, 1e9) },
  'learning-rate-factor': { at: SHARE, steps: count(1, 1, 100_000), factor: number(20, 0, 1e9) },
  rounding: { format: choice('fp16', 'bf16'), lossScale: number(1, 1, 2 ** 24) },
  'desynchronised-workers': { at: SHARE, missed: count(5, 1, 10_000) },
};

/** Settings from what an experiment file says of them; what it does not say is standard. */
export function readSettings(given: unknown, place = 'settings'): Result<LabSettings> {
  const lists = { clipping: CLIPPINGS, perturbations: PERTURBATIONS };
  const run = readFields(RUN, given, place, ['model', ...Object.keys(GROUPS), ...Object.keys(lists)]);
  if (!run.ok) {
    return run;
  }
  const values = isObject(given) ? given : {};
  const model = readVariant(MODELS, values['model'] ?? {}, `${place}.model`, 'transformer');
  if (!model.ok) {
    return model;
  }
  const read: Record<string, unknown> = { ...run.value, model: model.value };
  for (const [name, fields] of Object.entries(GROUPS)) {
    const group = readFields(fields, values[name], `${place}.${name}`);
    if (!group.ok) {
      return group;
    }
    read[name] = group.value;
  }
  for (const [name, kinds] of Object.entries(lists)) {
    const list = readList(kinds, values[name] ?? [], `${place}.${name}`);
    if (!list.ok) {
      return list;
    }
    read[name] = list.value;
  }
  const settings = read as unknown as LabSettings;
  const contradiction = contradictionIn(settings);
  return contradiction === undefined ? ok(settings) : failure(`${place}.${contradiction}`);
}

/** One clipping with its standard values where none are given. */
export function clippingOf(
  kind: ClippingSettings['kind'],
  values: Readonly<Record<string, number>> = {},
): ClippingSettings {
  const read = readVariant(CLIPPINGS, { kind, ...values }, 'clipping');
  if (!read.ok) {
    throw new Error(read.error);
  }
  return read.value as unknown as ClippingSettings;
}

/** Standard settings with some of them changed; for code, which knows what it says. */
export function settingsWith(given: unknown): LabSettings {
  const read = readSettings(given);
  if (!read.ok) {
    throw new Error(read.error);
  }
  return read.value;
}

function readList(kinds: Readonly<Record<string, Fields>>, given: unknown, place: string): Result<unknown[]> {
  if (!Array.isArray(given)) {
    return failure(`${place} must be a list`);
  }
  const read: unknown[] = [];
  for (const [index, entry] of given.entries()) {
    const one = readVariant(kinds, entry, `${place}[${index}]`);
    if (!one.ok) {
      return one;
    }
    read.push(one.value);
  }
  return ok(read);
}

function readVariant(
  kinds: Readonly<Record<string, Fields>>,
  given: unknown,
  place: string,
  standard?: string,
): Result<Record<string, unknown>> {
  if (!isObject(given)) {
    return failure(`${place} must be an object`);
  }
  const kind = given['kind'] ?? standard;
  const fields = typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (fields === undefined) {
    return failure(`${place}.kind must be one of ${Object.keys(kinds).join(', ')}`);
  }
  const read = readFields(fields, given, place, ['kind']);
  return read.ok ? ok({ kind, ...read.value }) : read;
}

function contradictionIn({ model, data, steps, measure, batch }: LabSettings): string | undefined {
  const sequences = data.kind === 'text' || data.kind === 'induction';
  if (sequences !== (model.kind === 'transformer')) {
    return `data.kind must be ${model.kind === 'transformer' ? 'text or induction for a transformer' : 'a classification (noisy-labels, modular-addition, two-scales, bars) for anything but a transformer'}`;
  }
  if ((data.kind === 'bars') !== (model.kind === 'cnn')) {
    return 'data.kind must be bars for a cnn, and only for a cnn';
  }
  if (model.kind === 'transformer' && model.width % model.heads !== 0) {
    return `model.heads must divide model.width (${model.width})`;
  }
  if (data.tasks > 1 && (data.kind !== 'noisy-labels' || steps < data.tasks)) {
    return 'data.tasks are for noisy-labels, and a step each at least';
  }
  if (data.kind === 'modular-addition' && data.size === 0) {
    return 'data.size must be given for modular-addition: how many of the pairs are trained on';
  }
  if (data.kind === 'modular-addition' && data.size >= data.classes ** 2) {
    return `data.size must leave some of the ${data.classes ** 2} pairs for the held-out loss`;
  }
  const cost = steps * batch * (model.kind === 'transformer' ? model.context : 1);
  return cost > 1e10 || measure.heldOut > 4096 ? 'steps: that is more than a proxy can train' : undefined;
}
