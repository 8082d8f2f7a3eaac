import type { Paper } from '../../model/finding.js';
import { clippingOf } from '../settings.js';
import type {
  ClippingSettings,
  LabSettings,
  OptimizerKind,
  OptimizerSettings,
  Perturbation,
  Placement,
  RenewalSettings,
  ScheduleSettings,
  TransformerSettings,
} from '../settings.js';
import type { Arm } from './arm.js';
import { PAPERS } from './papers.js';

/** Share of the run for the warmup arm: proxies are short, and the fix's 3 % would be a handful of steps. */
const WARMUP_SHARE = 0.2;

/** Changes of the optimizer. Constants are those of the fix of the same name in `src/fixes`, where nothing else is said. */
function optimizer(id: string, title: string, papers: readonly Paper[], change: Partial<OptimizerSettings>): Arm {
  return {
    id,
    title,
    purpose: 'remedy',
    papers,
    change: (settings) => ({ ...settings, optimizer: { ...settings.optimizer, ...change } }),
  };
}

/** The optimizer of a kind in the place of the one that is there, at its learning rate. */
function kind(
  of: OptimizerKind,
  title: string,
  papers: readonly Paper[],
  change: Partial<OptimizerSettings> = {},
): Arm {
  return optimizer(of, title, papers, { kind: of, ...change });
}

function schedule(id: string, title: string, papers: readonly Paper[], change: Partial<ScheduleSettings>): Arm {
  return {
    id,
    title,
    purpose: 'remedy',
    papers,
    change: (settings) => ({ ...settings, schedule: { ...settings.schedule, ...change } }),
  };
}

function clipping(id: string, title: string, papers: readonly Paper[], clip: ClippingSettings): Arm {
  return {
    id,
    title,
    purpose: 'remedy',
    papers,
    // One of a kind: a second of the same would do nothing but confuse.
    change: (settings) => ({
      ...settings,
      clipping: [...settings.clipping.filter((one) => one.kind !== clip.kind), clip],
    }),
  };
}

/** Proxies train for hundreds of steps: the fixes' intervals and rates, which are for many thousands, are scaled to that. */
function renewal(
  id: Exclude<RenewalSettings['kind'], 'none'>,
  title: string,
  papers: readonly Paper[],
  change: Partial<RenewalSettings>,
): Arm {
  return {
    id,
    title,
    purpose: 'remedy',
    papers,
    change: (settings) => ({ ...settings, renewal: { ...settings.renewal, ...change, kind: id } }),
  };
}

function transformer(id: string, title: string, papers: readonly Paper[], change: Partial<TransformerSettings>): Arm {
  return {
    id,
    title,
    purpose: 'remedy',
    papers,
    change: (settings) =>
      settings.model.kind === 'transformer'
        ? { ...settings, model: { ...settings.model, ...change } }
        : `${title}: only a transformer has it`,
  };
}

const placement = (id: string, title: string, papers: readonly Paper[], to: Placement): Arm =>
  transformer(id, title, papers, { placement: to });

function perturbation(id: string, title: string, one: Perturbation, papers: readonly Paper[] = []): Arm {
  return {
    id,
    title,
    purpose: 'perturbation',
    papers,
    change: (settings) => ({ ...settings, perturbations: [...settings.perturbations, one] }),
  };
}

/** Numbers have one precision: a second takes the place of the first. */
function rounding(id: string, title: string, format: 'fp16' | 'bf16', lossScale = 1): Arm {
  return {
    id,
    title,
    purpose: 'perturbation',
    papers: [],
    change: (settings) => ({
      ...settings,
      perturbations: [
        ...settings.perturbations.filter(({ kind }) => kind !== 'rounding'),
        { kind: 'rounding', format, lossScale },
      ],
    }),
  };
}

function rateTimes(factor: number): (settings: LabSettings) => LabSettings {
  return (settings) => ({
    ...settings,
    optimizer: { ...settings.optimizer, learningRate: factor * settings.optimizer.learningRate },
  });
}

/** Everything that can be tried, by topic. */
export const LAB_ARMS: readonly Arm[] = [
  schedule('warmup', 'Warm the learning rate up over the first fifth', [PAPERS.rAdam, PAPERS.curvature], {
    warmup: WARMUP_SHARE,
  }),
  {
    id: 'lower-learning-rate',
    title: 'Lower the learning rate to 0.3 of what it is',
    purpose: 'remedy',
    papers: [PAPERS.proxies, PAPERS.curvature],
    change: rateTimes(0.3),
  },
  {
    id: 'tenth-learning-rate',
    title: 'Lower the learning rate to a tenth',
    purpose: 'remedy',
    papers: [PAPERS.proxies],
    change: rateTimes(0.1),
  },
  {
    id: 'half-learning-rate',
    title: 'Halve the learning rate',
    purpose: 'remedy',
    papers: [PAPERS.edgeOfStability],
    change: rateTimes(0.5),
  },
  schedule('constant', 'Hold the learning rate', [], { kind: 'constant' }),
  schedule('linear', 'Let the learning rate fall in a line', [PAPERS.linear], { kind: 'linear' }),
  schedule('cosine', 'Let the learning rate fall by a cosine', [PAPERS.restarts], { kind: 'cosine' }),
  schedule('cosine-restarts', 'Let the learning rate fall and restart', [PAPERS.restarts], {
    kind: 'restarts',
    cycles: 4,
  }),
  schedule('wsd', 'Warm up, hold, cool down', [PAPERS.wsd, PAPERS.cooldown], {
    kind: 'wsd',
    warmup: 0.02,
    cooldown: 0.2,
  }),
  schedule('1cycle', 'Raise the learning rate and let it fall (1cycle)', [PAPERS.oneCycle], { kind: '1cycle' }),

  kind('adam', 'Adam, its decay through the gradient', []),
  kind('adamw', 'AdamW', [PAPERS.adamW]),
  kind('sgd', 'SGD with momentum', []),
  kind('radam', 'RAdam', [PAPERS.rAdam]),
  kind('amsgrad', 'AMSGrad', [PAPERS.amsgrad]),
  kind('adamp', 'AdamP', [PAPERS.adamP]),
  // The authors advise a third to a tenth of AdamW's rate.
  {
    id: 'lion',
    title: 'Lion at a tenth of the learning rate',
    purpose: 'remedy',
    papers: [PAPERS.lion],
    change: (settings) => ({
      ...settings,
      optimizer: {
        ...settings.optimizer,
        kind: 'lion',
        beta1: 0.9,
        beta2: 0.99,
        learningRate: settings.optimizer.learningRate / 10,
      },
    }),
  },
  kind('spam', 'SPAM', [PAPERS.spam]),
  kind('stable-spam', 'Stable-SPAM', [PAPERS.stableSpam]),
  kind('muon', 'Muon', [PAPERS.muon], { momentum: 0.95 }),
  optimizer('lower-beta2', 'beta2 of 0.95', [PAPERS.proxies], { beta2: 0.95 }),
  optimizer('raise-beta2', 'beta2 of 0.999', [PAPERS.cooldown, PAPERS.amsgrad], { beta2: 0.999 }),
  optimizer('smaller-epsilon', 'An epsilon of 1e-15', [PAPERS.proxies], { epsilon: 1e-15 }),
  optimizer('weight-decay', 'A weight decay of 0.8', [PAPERS.infiniteCompute], { weightDecay: 0.8 }),
  {
    id: 'reset-momentum',
    title: 'Forget the moments after a spike and warm up anew',
    purpose: 'remedy',
    papers: [PAPERS.spam],
    change: (settings) => ({ ...settings, reset: { spikeFactor: 5, rewarmSteps: 20 } }),
  },
  {
    id: 'checkpoint-averaging',
    title: 'Average the weights of the last quarter',
    purpose: 'remedy',
    papers: [PAPERS.swa],
    change: (settings) => ({ ...settings, averageFrom: 0.75 }),
  },

  {
    id: 'softmax-radius',
    title: 'Shorten steps to the radius of softmax',
    purpose: 'remedy',
    papers: [PAPERS.ghosts],
    change: (settings) =>
      settings.loss.kind === 'softmax' ? { ...settings, stepRadius: 1 } : 'the radius of softmax: StableMax has none',
  },
  renewal('redo', 'Recycle dormant units (ReDo)', [PAPERS.reDo], { interval: 20 }),
  renewal('continual-backprop', 'Renew the least useful units (continual backprop)', [PAPERS.plasticityLoss], {
    rate: 1e-3,
    maturity: 50,
  }),

  clipping('clip-gradients', 'Clip by a global norm of 1', [PAPERS.clipping], clippingOf('norm')),
  clipping('clip-by-value', 'Clip entries at 1', [PAPERS.clipping], clippingOf('value')),
  clipping('autoclip', 'AutoClip at the tenth percentile', [PAPERS.autoClip], clippingOf('autoclip')),
  clipping('zclip', 'ZClip', [PAPERS.zClip], clippingOf('zclip')),
  clipping('adagc', 'AdaGC', [PAPERS.adaGC], clippingOf('adagc')),
  clipping('agc', 'AGC', [PAPERS.agc], clippingOf('agc')),
  clipping('norm-growth-limiter', 'Limit the growth of norms', [PAPERS.fira], clippingOf('growth')),
  clipping(
    'per-component-clipping',
    'Clip each kind of component by itself',
    [PAPERS.clipping],
    clippingOf('component'),
  ),
  clipping('ortho-grad', '⊥Grad', [PAPERS.grokking], clippingOf('ortho')),

  placement('pre-ln', 'Pre-LN', [PAPERS.preLn], 'pre'),
  placement('post-ln', 'Post-LN', [PAPERS.preLn], 'post'),
  placement('peri-ln', 'Peri-LN', [PAPERS.periLn], 'peri'),
  placement('mix-ln', 'Mix-LN', [PAPERS.mixLn], 'mix'),
  placement('normformer', 'NormFormer', [PAPERS.normFormer], 'normformer'),
  placement('no-norm', 'No norms', [], 'none'),
  transformer('rms-norm', 'RMSNorm', [PAPERS.rmsNorm], { norm: 'rms' }),
  transformer('small-init', 'Begin with small branches', [PAPERS.gpt2], { smallBranches: true }),
  transformer('qk-norm', 'QK-norm', [PAPERS.proxies], { qkNorm: true }),
  {
    id: 'layer-norm-for-plasticity',
    title: 'Layer norms in front of the activations of an MLP',
    purpose: 'remedy',
    papers: [PAPERS.plasticity],
    change: (settings) =>
      settings.model.kind === 'transformer'
        ? 'layer norms in front of activations: for an MLP or a CNN'
        : { ...settings, model: { ...settings.model, layerNorm: true } },
  },
  {
    id: 'z-loss',
    title: 'z-loss of 1e-4',
    purpose: 'remedy',
    papers: [PAPERS.proxies],
    change: (settings) =>
      settings.loss.kind === 'softmax'
        ? { ...settings, loss: { ...settings.loss, zLoss: 1e-4 } }
        : 'z-loss: StableMax has no log Z',
  },
  {
    id: 'logit-soft-cap',
    title: 'Bound output logits at 30',
    purpose: 'remedy',
    papers: [PAPERS.gemma2],
    change: (settings) => ({ ...settings, loss: { ...settings.loss, softCap: 30 } }),
  },
  {
    id: 'stablemax',
    title: 'StableMax instead of softmax',
    purpose: 'remedy',
    papers: [PAPERS.grokking],
    change: (settings) => ({ ...settings, loss: { ...settings.loss, kind: 'stablemax', zLoss: 0 } }),
  },

  perturbation('corrupted-batch', 'A batch of noise in the middle, its gradient × 1000', {
    kind: 'corrupted-batch',
    at: 0.5,
    factor: 1000,
  }),
  perturbation('gradient-spike', 'One gradient × 1000 in the middle', {
    kind: 'gradient-factor',
    at: 0.5,
    factor: 1000,
  }),
  perturbation(
    'rate-spike',
    'The learning rate × 20 for one step in the middle',
    { kind: 'learning-rate-factor', at: 0.5, steps: 1, factor: 20 },
    [PAPERS.ghosts],
  ),
  rounding('fp16', 'Weights and gradients with the bits of fp16, without loss scaling', 'fp16'),
  rounding('bf16', 'Weights and gradients with the bits of bf16', 'bf16'),
  {
    ...rounding('loss-scaling', 'fp16 with a loss that is scaled by 1024', 'fp16', 1024),
    purpose: 'remedy',
    papers: [PAPERS.mixedPrecision],
  },
  perturbation('desynchronised-workers', 'One of two workers misses five updates', {
    kind: 'desynchronised-workers',
    at: 0.5,
    missed: 5,
  }),
  {
    id: 'label-noise',
    title: 'A fifth of the labels drawn anew',
    purpose: 'perturbation',
    papers: [PAPERS.doubleDescent],
    change: (settings) => ({ ...settings, data: { ...settings.data, labelNoise: 0.2 } }),
  },
  {
    id: 'repeated-data',
    title: 'Only 32 sequences, again and again',
    purpose: 'perturbation',
    papers: [PAPERS.infiniteCompute],
    change: (settings) => ({ ...settings, data: { ...settings.data, size: 32 } }),
  },
];

/** The arm of that name. */
export function armNamed(id: string): Arm | undefined {
  return LAB_ARMS.find((arm) => arm.id === id);
}

/**
 * Settings with several arms, one after the other; a reason where one means nothing for them.
 * @param ids arms joined by "+" are several.
 */
export function withArms(settings: LabSettings, ids: readonly string[]): LabSettings | string {
  let changed = settings;
  for (const id of ids.flatMap((one) => one.split('+'))) {
    const next = armNamed(id)?.change(changed) ?? `there is no arm "${id}"; evenkeel lab --list names them`;
    if (typeof next === 'string') {
      return next;
    }
    changed = next;
  }
  return changed;
}
