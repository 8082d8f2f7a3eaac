import { median } from '../tensor.js';
import type { Curves } from './curves.js';

/** A number that a whole run comes to, by which arms are compared. */
export interface Metric {
  readonly title: string;
  readonly unit: string;
  /** Which way is good. */
  readonly better: 'lower' | 'higher';
  /** Effect below which a difference does not matter, in the unit. */
  readonly smallest: number;
  /** NaN where the run did not log what it takes. */
  readonly of: (curves: Curves) => number;
}

/** Held-out losses behind which an evaluation is the end of the run. */
const LAST_EVALUATIONS = 2;
/** Losses before the middle that make the usual one. */
const USUAL_STEPS = 20;

/** Every metric by the name that experiments use. */
export const METRICS = {
  'held-out-loss': {
    title: 'held-out loss at the end',
    unit: 'nats of held-out loss',
    better: 'lower',
    smallest: 0.02,
    of: finalLoss,
  },
  'held-out-accuracy': {
    title: 'held-out accuracy at the end',
    unit: 'share of held-out samples',
    better: 'higher',
    smallest: 0.02,
    of: (curves) => curves.last('eval/accuracy'),
  },
  'spike-height': {
    title: 'highest training loss behind the middle over the median before',
    unit: 'nats of training loss',
    better: 'lower',
    smallest: 0.05,
    of: spikeHeight,
  },
  'attention-logit': {
    title: 'largest attention logit at the end',
    unit: 'decades of the largest attention logit',
    better: 'lower',
    smallest: 0.1,
    of: (curves) => Math.log10(Math.max(...curves.matching(/^attention-logit\//).map(({ values }) => values.at(-1)!))),
  },
  'activation-size': {
    title: 'largest activation at the end',
    unit: 'decades of the largest activation',
    better: 'lower',
    smallest: 0.1,
    of: (curves) =>
      Math.log10(Math.max(...curves.matching(/^activation\/.*\/absmax$/).map(({ values }) => values.at(-1)!))),
  },
  overfitting: {
    title: 'held-out loss at the end above the lowest one',
    unit: 'nats of held-out loss',
    better: 'lower',
    smallest: 0.02,
    of: (curves) => finalLoss(curves) - Math.min(...curves.values('eval/loss')),
  },
  'log-z': {
    title: 'distance of log Z from zero at the end',
    unit: 'nats of log Z',
    better: 'lower',
    smallest: 0.1,
    of: (curves) => Math.abs(curves.last('log-z')),
  },
  'variance-over-depth': {
    title: 'variance of the last block against the first at the end',
    unit: 'decades of variance',
    better: 'lower',
    smallest: 0.1,
    of: varianceOverDepth,
  },
  'gradient-evenness': {
    title: 'spread of the blocks’ gradient norms at the end',
    unit: 'decades between blocks (standard deviation)',
    better: 'lower',
    smallest: 0.03,
    of: gradientSpread,
  },
  sharpness: {
    title: 'largest eigenvalue of the Hessian at the end',
    unit: 'octaves of sharpness',
    better: 'lower',
    smallest: 0.2,
    of: (curves) => Math.log2(median(curves.values('sharpness').slice(-4))),
  },
  'safe-step-ratio': {
    title: 'largest step against the radius of softmax',
    unit: 'decades of the ratio',
    better: 'lower',
    smallest: 0.1,
    of: (curves) => Math.log10(Math.max(...curves.values('safe-step-ratio').filter((value) => value > 0))),
  },
  'softmax-collapse': {
    title: 'share of samples without any gradient at the end',
    unit: 'share of samples',
    better: 'lower',
    smallest: 0.02,
    of: (curves) => curves.last('softmax-collapse'),
  },
  'second-descent': {
    title: 'fall of the held-out loss from its later peak to the end',
    unit: 'nats of held-out loss',
    better: 'higher',
    smallest: 0.02,
    of: secondDescent,
  },
} as const satisfies Record<string, Metric>;

export type MetricId = keyof typeof METRICS;

/** Whether experiments may name it. */
export function isMetric(name: unknown): name is MetricId {
  return typeof name === 'string' && Object.hasOwn(METRICS, name);
}

/** The last losses, and never more than the first one: a run that diverged has learned nothing, and is not worse than that. */
function finalLoss(curves: Curves): number {
  const losses = curves.values('eval/loss');
  const first = losses[0] ?? Number.NaN;
  const last = losses.slice(-LAST_EVALUATIONS);
  const end = last.reduce((sum, value) => sum + value, 0) / last.length;
  return end <= first ? end : first;
}

function spikeHeight(curves: Curves): number {
  const losses = curves.values('train/loss');
  const middle = Math.floor(losses.length / 2);
  const usual = median(losses.slice(Math.max(0, middle - USUAL_STEPS), middle));
  const highest = Math.max(...losses.slice(middle + 1).map((value) => (Number.isFinite(value) ? value : losses[0]!)));
  return Math.max(0, highest - usual);
}

function varianceOverDepth(curves: Curves): number {
  const variances = curves.matching(/^activation\/blocks\.\d+\/var$/).map(({ values }) => values.at(-1)!);
  const [first, last] = endsOf(variances);
  return Math.log10(last / first);
}

/** Norm of the gradients of each block, over all of its tensors. */
function blockGradients(curves: Curves, row: number): number[] {
  const blocks = new Map<string, number>();
  for (const { tag, values } of curves.matching(/^gradient-norm\/blocks\.\d+\./)) {
    const block = tag.split('.')[1]!;
    blocks.set(block, (blocks.get(block) ?? 0) + (values.at(row) ?? Number.NaN) ** 2);
  }
  return [...blocks.values()].map(Math.sqrt);
}

function gradientSpread(curves: Curves): number {
  const logs = blockGradients(curves, -1).map(Math.log10);
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  return Math.sqrt(logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / logs.length);
}

/** From the first minimum that is followed by a rise: how far the loss falls again from the highest point behind it. */
function secondDescent(curves: Curves): number {
  const losses = curves.values('eval/loss');
  const minimum = losses.findIndex((value, index) => index > 0 && (losses[index + 1] ?? -Infinity) > value);
  if (minimum < 0) {
    return losses.length > 0 ? 0 : Number.NaN;
  }
  return Math.max(...losses.slice(minimum)) - losses.at(-1)!;
}

function endsOf(values: readonly number[]): [number, number] {
  return [values[0] ?? Number.NaN, values.at(-1) ?? Number.NaN];
}
