import type { Symptom } from '../../model/symptom.js';
import { settingsWith } from '../settings.js';
import type { LabSettings } from '../settings.js';
import type { MetricId } from './metrics.js';

/** How a symptom is brought about on a proxy, and how it is seen. */
export interface Provocation {
  /** The ill run, from a proxy of the user's run. */
  readonly ill: (settings: LabSettings) => LabSettings;
  /** Arms that make a healthy run of the ill one; none: the proxy before it was made ill. */
  readonly healthy: readonly string[];
  /** What the healthy arms are laid over, where that is neither the ill run nor the proxy before it was made ill. */
  readonly well?: (settings: LabSettings) => LabSettings;
  readonly metric: MetricId;
  /** Instabilities of large runs appear in small ones at higher rates (Wortsman et al. 2023): the rate may be raised. */
  readonly mayRaiseRate: boolean;
  /** For people. */
  readonly rule: string;
}

/** Something strikes once, in the middle; the run is well without it. */
const STRUCK: Provocation = {
  ill: (settings) => ({ ...settings, perturbations: [{ kind: 'corrupted-batch', at: 0.5, factor: 1000 }] }),
  healthy: [],
  metric: 'held-out-loss',
  mayRaiseRate: false,
  rule: 'The spike is made by one batch of noise in the middle, its gradient × 1000.',
};

function tooFast(metric: MetricId, rule: string): Provocation {
  return {
    ill: (settings) => settings,
    healthy: ['tenth-learning-rate+warmup'],
    metric,
    mayRaiseRate: true,
    rule: `${rule} It is held against itself at a tenth of the learning rate with a warmup.`,
  };
}

const LEARNS_LESS = tooFast('held-out-loss', 'The run is ill if it ends at a worse held-out loss.');

const UNEVEN: Provocation = {
  ill: (settings) =>
    settings.model.kind === 'transformer'
      ? { ...settings, model: { ...settings.model, depth: 6, width: 32 }, optimizer: settings.optimizer }
      : settings,
  healthy: ['peri-ln'],
  metric: 'gradient-evenness',
  mayRaiseRate: false,
  rule: 'Six blocks, so that something can happen over depth. The run is ill if the gradient norms of its blocks differ more than under Peri-LN.',
};

/** Sequences that the proxy goes through again and again, so that it can learn them by heart. */
const FEW_SEQUENCES = 16;

/** Tasks that follow each other, and steps of each: enough for units to die one after the other. */
const TASKS = 20;
const STEPS_OF_A_TASK = 60;

/** A perceptron that learns tasks one after the other; the transformer has one task only. */
function inTasks(settings: LabSettings, tasks: number): LabSettings {
  return settingsWith({
    model: { kind: 'mlp', depth: 3, width: 64 },
    data: { kind: 'noisy-labels', classes: 10, tasks },
    optimizer: settings.optimizer,
    schedule: settings.schedule,
    clipping: settings.clipping,
    steps: tasks * STEPS_OF_A_TASK,
    batch: 32,
    measure: { evaluateEvery: 15, detailEvery: STEPS_OF_A_TASK, heldOut: 256 },
  });
}

const FORGETS_TO_LEARN: Provocation = {
  ill: (settings) => inTasks(settings, TASKS),
  healthy: [],
  well: (settings) => inTasks(settings, 1),
  metric: 'held-out-loss',
  mayRaiseRate: true,
  rule: `A perceptron of three hidden layers learns ${TASKS} tasks one after the other: the same with its features in another order each time. The run is ill if it ends the last one worse than a fresh network that has learned one task for as long.`,
};

/** What the lab can provoke. */
export const PROVOCATIONS: Readonly<Partial<Record<Symptom, Provocation>>> = {
  'loss-spike': STRUCK,
  'gradient-spike': STRUCK,
  data: STRUCK,
  divergence: LEARNS_LESS,
  'early-rise': LEARNS_LESS,
  'gradient-exploding': LEARNS_LESS,
  'non-finite': {
    ...LEARNS_LESS,
    rule: `${LEARNS_LESS.rule} Proxies seldom leave the finite numbers: one that learns nothing stands for it.`,
  },
  plateau: LEARNS_LESS,
  oscillation: LEARNS_LESS,
  'learning-rate': LEARNS_LESS,
  warmup: LEARNS_LESS,
  attention: tooFast('attention-logit', 'The run is ill if its attention logits end larger.'),
  activations: tooFast('activation-size', 'The run is ill if its activations end larger.'),
  'gradient-vanishing': UNEVEN,
  'gradient-imbalance': UNEVEN,
  precision: {
    ill: (settings) => ({ ...settings, perturbations: [{ kind: 'rounding', format: 'fp16', lossScale: 1 }] }),
    healthy: [],
    metric: 'held-out-loss',
    mayRaiseRate: false,
    rule: 'Weights and gradients have the bits of fp16, without loss scaling; the healthy run has all bits.',
  },
  plasticity: FORGETS_TO_LEARN,
  overfitting: {
    ill: (settings) => ({
      ...settings,
      data: { ...settings.data, size: FEW_SEQUENCES },
      steps: 2 * settings.steps,
    }),
    healthy: [],
    metric: 'overfitting',
    mayRaiseRate: false,
    rule: `The proxy sees the same ${FEW_SEQUENCES} sequences again and again, and is ill if its held-out loss ends further above its own best than on data that are always new.`,
  },
};

const NO_PROXY: Readonly<Partial<Record<Symptom, string>>> = {
  'loss-zero':
    'a loss of exactly zero comes from the code or the precision of the loss, which the proxy does not share',
  'policy-collapse': 'it takes reinforcement learning, which the lab does not have',
  'worker-mismatch': 'it lies in how workers are started, which the proxy does not share',
  resume: 'it lies in what a checkpoint keeps, which the proxy does not share',
  throughput: 'it is about time, not about learning',
  hardware: 'it is about the machine, not about learning',
  'early-warning': 'nothing has gone wrong yet that could be shown',
  other: 'it is too seldom to have a proxy',
};

/** Why a symptom cannot be tried on a proxy; undefined where it can. */
export function whyNoProxy(symptom: Symptom): string | undefined {
  return symptom in PROVOCATIONS
    ? undefined
    : `${symptom.replaceAll('-', ' ')} cannot be shown on a proxy: ${NO_PROXY[symptom] ?? 'the lab knows no way'}`;
}
