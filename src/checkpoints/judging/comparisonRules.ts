import type { Finding } from '../../model/finding.js';
import type { Paper } from '../../model/finding.js';
import type { Symptom } from '../../model/symptom.js';
import type { TensorChange, TensorComparison } from '../../model/tensor.js';
import type { Checkpoint } from '../checkpoint.js';
import type { Comparison } from '../compare.js';
import { findingOf, inWords, isEmbedding, isFloat, listed, median, namedStep } from './rule.js';
import type { Sighting } from './rule.js';

/** Two checkpoints of one run, the second one later. */
export interface JudgedComparison extends Comparison {
  readonly first: Checkpoint;
  readonly second: Checkpoint;
  /** Steps at which they were saved, as far as they say so; 0 else. */
  readonly steps: readonly [first: number, second: number];
}

interface ComparisonRule {
  readonly id: string;
  readonly symptom: Symptom;
  judge(comparison: JudgedComparison): readonly Sighting[];
}

type Changed = TensorComparison & { readonly change: TensorChange };

const ADAMP: Paper = {
  title: 'AdamP: Slowing Down the Slowdown for Momentum Optimizers on Scale-invariant Weights',
  authors: 'Heo et al.',
  year: 2021,
};
const NORMALIZATION: Paper = {
  title: 'L2 Regularization versus Batch and Weight Normalization',
  authors: 'van Laarhoven',
  year: 2017,
};
const RE_BASIN: Paper = {
  title: 'Git Re-Basin: Merging Models modulo Permutation Symmetries',
  authors: 'Ainsworth, Hayase and Srinivasa',
  year: 2023,
};

/** Weights that stay while at least this share of the others moved were left behind, not frozen as a whole. */
const MOST_MOVED = 0.7;
/** Times the median of its peers, and at least half of its own norm. */
const FAR = 8;
const FAR_ITSELF = 0.5;
/** A norm that doubles makes the effective learning rate η / ‖w‖² a quarter of what it was. */
const NORM_GROWTH = Math.SQRT2;
/** Of the angle between a matrix and itself in the other: from 25 degrees on, the way between them is no longer short. */
const FAR_APART = 0.9;
const FEW = 4;

/** Heads that are made anew for a task, and branches that begin at zero: they move much further than what was trained before. */
const BEGUN_ANEW = /(^|\.)(classifier|classification_head|score|qa_outputs|heads?|pooler|fc|logits|cls)(\.|$)|lora_|zero_conv|adaln|gate|alpha/i; // prettier-ignore
/** Parts of well-known models that many tasks have no use for, or that no gradient is meant to reach. */
const OFTEN_IDLE = /pooler|mask_token|mask_emb|masked_spec_embed|correction_bias/;
/** Below this share of the usual size a matrix was as good as zero: it can only grow by multiples of itself. */
const NEARLY_ZERO = 0.1;
/** A run that has gone on for more than as long as it had before is young: its weights turn far without harm. */
const YOUNG = 2;

const UNMOVED: ComparisonRule = {
  id: 'unmoved-tensors',
  symptom: 'gradient-vanishing',
  judge: ({ tensors, steps, second }) => {
    const weights = trained(tensors);
    const still = weights.filter(({ change, name }) => change.unchanged === change.count && !OFTEN_IDLE.test(name));
    if (weights.length < FEW || still.length === 0 || still.length === weights.length) {
      return weights.length >= FEW && still.length === weights.length && steps[0] !== steps[1]
        ? [nothingMoved(weights, steps)]
        : [];
    }
    const held = new Set(
      second.tensors.flatMap(({ role, parameter }) => (role.startsWith('optimizer/') ? [parameter] : [])),
    );
    const areHeld = still.some(({ name }) => held.has(name));
    const isMinority = (weights.length - still.length) / weights.length >= MOST_MOVED;
    if (!areHeld && !isMinority) {
      return []; // Most of a model is frozen on purpose, as with adapters.
    }
    const names = still.map(({ name }) => name);
    return [
      {
        about: names[0] ?? '',
        severity: areHeld ? 'warning' : 'info',
        confidence: areHeld ? 0.7 : 0.4,
        title: `${still.length} of ${weights.length} weight tensors did not move: ${listed(names)}`,
        explanation:
          `Between the two checkpoints every element of ${listed(names, 5)} stayed what it was to the bit, while the other ` +
          `${weights.length - still.length} tensors moved by ${inWords(median(relatives(weights)))} of their norm (median). ${areHeld ? 'The optimizer holds them, so that no gradient reaches them, or their learning rate is zero.' : 'No gradient reaches them, or no optimizer holds them.'}`,
        otherCauses: [
          'they are frozen on purpose, as in fine-tuning',
          'the update is smaller than the type of the weights can hold',
        ],
        evidence: still.map((tensor) => evidenceOf(tensor, tensor.change.relative, median(relatives(weights)))),
      },
    ];
  },
};

function nothingMoved(weights: readonly Changed[], steps: readonly [number, number]): Sighting {
  return {
    about: 'all',
    severity: 'error',
    confidence: 0.85,
    title: `No weight moved from step ${steps[0]} to step ${steps[1]}`,
    explanation:
      `All ${weights.length} weight tensors are the same to the bit, although the step counters differ: the optimizer does not ` +
      'hold these parameters, the learning rate is zero, or every step was skipped.',
    otherCauses: ['the same weights were saved twice under different steps'],
    evidence: weights.slice(0, 3).map((tensor) => evidenceOf(tensor, 0, undefined)),
  };
}

const MOVED_FAR: ComparisonRule = {
  id: 'tensors-moved-far',
  symptom: 'divergence',
  judge: ({ tensors }) => {
    const weights = trained(tensors).filter(({ change, shape }) => shape.length >= 2 && change.normBefore > 0);
    if (weights.length < 2 * FEW) {
      return [];
    }
    const usual = median(relatives(weights));
    const usualSize = median(weights.map(({ change }) => change.normBefore / Math.sqrt(change.count)));
    const usualMove = median(weights.map(absolute));
    // Optimizers with steps of one size for all move small matrices by more of themselves: that is no exception.
    const far = weights.filter(
      (one) =>
        one.change.relative > FAR * usual &&
        one.change.relative > FAR_ITSELF &&
        absolute(one) > FAR * usualMove &&
        one.change.normBefore / Math.sqrt(one.change.count) > NEARLY_ZERO * usualSize &&
        !BEGUN_ANEW.test(one.name) &&
        !isEmbedding(one.name),
    );
    // More than a few are no exceptions.
    return far.length === 0 || far.length > weights.length / FEW || usual === 0
      ? []
      : [
          {
            about: far[0]?.name ?? '',
            severity: 'warning',
            confidence: 0.6,
            title: `${listed(far.map(({ name }) => name))} moved much further than the rest`,
            explanation:
              `${far
                .map(({ name, change }) => `${name} moved by ${inWords(change.relative)} of its norm`)
                .slice(0, 4)
                .join('; ')}; ` +
              `the median of ${weights.length} weight matrices is ${inWords(usual)}. A learning rate that is too high for one layer, or a few very large gradients, do that.`,
            otherCauses: [
              'a layer that was made anew, or has a learning rate of its own',
              'a matrix that was nearly zero before',
            ],
            evidence: far.map((tensor) => evidenceOf(tensor, tensor.change.relative, usual)),
          },
        ];
  },
};

const EFFECTIVE_RATE: ComparisonRule = {
  id: 'effective-rate-decay',
  symptom: 'learning-rate',
  judge: ({ tensors, second }) => {
    // Nothing but a normalisation has a vector of weights.
    const hasNorms = tensors.some(
      ({ name, role, shape }) =>
        role === 'weight' && shape.length === 1 && /(^|[._])(weight|gamma|scale|g)$/.test(name),
    );
    const matrices = trained(tensors).filter(
      ({ shape, name, change }) => shape.length >= 2 && !isEmbedding(name) && change.normBefore > 0,
    );
    const growth = matrices.map(({ change }) => change.normAfter / change.normBefore);
    const usual = median(growth);
    // Adam's steps are of one size whatever the gradient's: of the two factors of ‖w‖, one is left.
    const isAdam = second.tensors.some(({ role }) => role === 'optimizer/exp_avg_sq');
    const left = 100 / (isAdam ? usual : usual ** 2);
    return !hasNorms || matrices.length < FEW || !(usual >= NORM_GROWTH)
      ? []
      : [
          {
            about: 'matrices',
            severity: 'info',
            confidence: 0.6,
            title: `Weights grew ${inWords(usual)}-fold: the effective learning rate fell to ${inWords(left)} %`,
            explanation:
              `The norm of ${matrices.length} weight matrices grew ${inWords(usual)}-fold (median). Where normalisation follows a layer, ` +
              `its step is ${isAdam ? 'η / ‖w‖ with Adam' : 'η / ‖w‖²'}, so that the same learning rate now moves it by that much less. More weight decay, or AdamP, keeps norms from growing.`,
            otherCauses: [
              'layers without normalisation behind them, whose steps do not shrink',
              'the first steps after a small initialisation',
            ],
            evidence: matrices
              .slice(0, 6)
              .map((tensor) =>
                evidenceOf(tensor, tensor.change.normAfter, tensor.change.normBefore, 'norm in the first checkpoint'),
              ),
            papers: [ADAMP, NORMALIZATION],
          },
        ];
  },
};

const BARRIER: ComparisonRule = {
  id: 'barrier-hint',
  symptom: 'loss-spike',
  judge: ({ tensors, steps }) => {
    const weights = trained(tensors).filter(({ shape }) => shape.length >= 2);
    const isYoung = steps[1] > YOUNG * steps[0];
    // One matrix that is large or went far would speak for all.
    const cosine = median(weights.map(({ change }) => change.cosine).filter(Number.isFinite));
    return weights.length < FEW || isYoung || !(cosine < FAR_APART)
      ? []
      : [
          {
            about: 'weights',
            severity: 'info',
            confidence: 0.4,
            title: `The two are far apart (median cosine ${inWords(cosine)}): a barrier between them is likely`,
            explanation:
              `Half of the ${weights.length} weight matrices turned by ${inWords((Math.acos(Math.max(-1, cosine)) * 180) / Math.PI)} degrees and more. Before you average or interpolate ` +
              'the two, evaluate the loss on the way between them: a hump says that the run left its basin, and that going back to the first is the safer course.',
            otherCauses: [
              'early in training weights turn that far without any harm',
              'two runs from different seeds, whose units are in a different order',
            ],
            evidence: [
              {
                role: 'weight',
                tag: 'weight matrices',
                value: cosine,
                baseline: FAR_APART,
                baselineMeaning: 'least cosine of neighbours',
              },
            ],
            papers: [RE_BASIN],
          },
        ];
  },
};

const NOT_RESTORED: ComparisonRule = {
  id: 'not-restored',
  symptom: 'resume',
  judge: ({ first, second, steps, tensors }) => {
    const lost = kinds(first).filter((kind) => !kinds(second).includes(kind));
    const sightings: Sighting[] = [];
    if (lost.length > 0) {
      sightings.push({
        about: 'missing',
        severity: 'info',
        confidence: 0.6,
        title: `The second checkpoint has no ${listed(lost)}`,
        explanation: `The first has ${listed(lost)} and the second has not: resumed from the second, training starts these anew, which shows as a jump of the loss.`,
        otherCauses: ['the second was saved for use, not for going on'],
        evidence: [],
      });
    }
    const [before, after] = optimizerSteps(first, second, tensors);
    if (before !== undefined && after !== undefined && after < before && steps[1] > steps[0]) {
      sightings.push({
        about: 'optimizer',
        severity: 'warning',
        confidence: 0.8,
        title: `The optimizer counts ${inWords(after)} steps after ${inWords(before)}: it was not restored`,
        explanation:
          `The run went from step ${steps[0]} to step ${steps[1]}, and the optimizer's own counter fell from ${inWords(before)} to ${inWords(after)}: ` +
          'on the way training was resumed with a new optimizer, and Adam took its first steps without an estimate of the second moment.',
        otherCauses: ['momentum was reset on purpose'],
        evidence: [
          {
            role: 'optimizer/step',
            tag: 'step',
            value: after,
            baseline: before,
            baselineMeaning: 'in the first checkpoint',
          },
        ],
      });
    }
    const moments = tensors.flatMap(({ role, change }) =>
      change && change.normBefore > 0 && /^optimizer\/(exp_avg|exp_avg_sq|momentum_buffer)$/.test(role) ? [change] : [],
    );
    if (moments.length >= FEW && moments.every(({ normAfter }) => normAfter === 0)) {
      sightings.push({
        about: 'moments',
        severity: 'info',
        confidence: 0.7,
        title: 'The momentum of the second checkpoint is zero throughout',
        explanation: `All ${moments.length} moments of the optimizer that the first checkpoint has are zero in the second: it was reset, or the state was made anew and not restored.`,
        otherCauses: ['momentum was reset on purpose'],
        evidence: [],
      });
    }
    const [epochBefore, epochAfter] = [first, second].map(scheduled);
    if (epochBefore !== undefined && epochAfter !== undefined && epochAfter < epochBefore && steps[1] > steps[0]) {
      sightings.push({
        about: 'schedule',
        severity: 'warning',
        confidence: 0.8,
        title: `The learning-rate schedule stands at ${inWords(epochAfter)} after ${inWords(epochBefore)}: it was not restored`,
        explanation:
          `The run went from step ${steps[0]} to step ${steps[1]}, and the schedule's own counter fell from ${inWords(epochBefore)} to ${inWords(epochAfter)}: ` +
          'training went on with the learning rates of its beginning, warmup included.',
        otherCauses: ['a new schedule was begun on purpose'],
        evidence: [],
      });
    }
    return sightings;
  },
};

/** How far the schedule of the learning rate has counted. */
function scheduled({ values }: Checkpoint): number | undefined {
  const counters = [...values].flatMap(([name, value]) =>
    /sched/i.test(name) && /(^|\.)(last_epoch|_step_count)$/.test(name) && typeof value === 'number' ? [value] : [],
  );
  return furthest(counters);
}

/** Everything that is looked for in two checkpoints. */
export const COMPARISON_RULES: readonly ComparisonRule[] = [UNMOVED, MOVED_FAR, EFFECTIVE_RATE, BARRIER, NOT_RESTORED];

/** What can be said of two checkpoints of one run. */
export function judgeComparison(comparison: JudgedComparison): Finding[] {
  return COMPARISON_RULES.flatMap((rule) =>
    rule.judge(comparison).map((sighting) => ({
      ...findingOf(rule.id, rule.symptom, comparison.steps[1], sighting),
      fromStep: Math.min(...comparison.steps),
    })),
  );
}

function trained(tensors: readonly TensorComparison[]): Changed[] {
  return tensors.filter(
    (one): one is Changed =>
      one.change !== undefined && one.role === 'weight' && isFloat(one.dtype) && one.change.count > 0,
  );
}

/** Root mean square of what the elements moved by. */
function absolute({ change }: Changed): number {
  return change.l2 / Math.sqrt(change.count);
}

function relatives(tensors: readonly Changed[]): number[] {
  return tensors.map(({ change }) => change.relative).filter(Number.isFinite);
}

function evidenceOf(
  { name, role }: Changed,
  value: number,
  baseline: number | undefined,
  baselineMeaning = 'median of all weight tensors',
): Sighting['evidence'][number] {
  return { role, tag: name, value, ...(baseline !== undefined && { baseline, baselineMeaning }), unit: 'of its norm' };
}

function kinds({ tensors, values }: Checkpoint): string[] {
  const has = (pattern: RegExp): boolean =>
    tensors.some(({ role }) => pattern.test(role)) || [...values.keys()].some((name) => pattern.test(name));
  return [
    ...(tensors.some(({ role }) => role.startsWith('optimizer/')) ? ['optimizer state'] : []),
    ...(has(/^scheduler|(^|\.)(lr_)?schedulers?\b/i) ? ['learning-rate schedule'] : []),
    ...(tensors.some(({ role }) => role === 'random-state') ? ['random state'] : []),
  ];
}

/** The furthest that the optimizer's own counters have come in each of the two. */
function optimizerSteps(
  first: Checkpoint,
  second: Checkpoint,
  tensors: readonly TensorComparison[],
): readonly [number | undefined, number | undefined] {
  const counters = tensors.flatMap(({ role, change }) =>
    role === 'optimizer/step' && change?.count === 1 ? [change] : [],
  );
  const before = [...plainSteps(first), ...counters.map(({ normBefore }) => normBefore)];
  const after = [...plainSteps(second), ...counters.map(({ normAfter }) => normAfter)];
  return [furthest(before), furthest(after)];
}

function plainSteps({ values }: Checkpoint): number[] {
  return [...values].flatMap(([name, value]) =>
    /(^|\.)state\..*\.step$/.test(name) && typeof value === 'number' ? [value] : [],
  );
}

function furthest(steps: readonly number[]): number | undefined {
  return steps.length > 0 ? Math.max(...steps) : undefined;
}

/** Steps at which the two were saved: as they say themselves, else as their optimizers counted. */
export function stepsOf(first: Checkpoint, second: Checkpoint, tensors: readonly TensorComparison[]): [number, number] {
  const [before, after] = optimizerSteps(first, second, tensors);
  return [namedStep(first) ?? before ?? 0, namedStep(second) ?? after ?? 0];
}
