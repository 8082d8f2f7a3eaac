import { isRead, listed, stepOf, trainedTensors } from './rule.js';
import type { CheckpointRule, JudgedCheckpoint, ReadTensor } from './rule.js';

const LEAST_TENSORS = 3;
/** Averages are copies of the weights until they begin: after 100 steps in ema-pytorch, at times later. */
const FIRST_STEPS = 200;
/** Two tables that agree to so much were one, and have come apart. */
const NEARLY = 1e-3;

/** An average of weights that is the weights. */
export const EMA_EQUALS_WEIGHTS: CheckpointRule = {
  id: 'ema-equals-weights',
  symptom: 'other',
  judge: (checkpoint) => {
    const averages = checkpoint.tensors.filter(isRead).filter(({ role, stats }) => role === 'ema' && stats.std > 0);
    const pairs = pairedByName(averages, trainedTensors(checkpoint));
    const step = stepOf(checkpoint);
    return pairs.length < LEAST_TENSORS ||
      step < FIRST_STEPS ||
      hasJustBegun(checkpoint) ||
      !pairs.every(({ average, weight }) => sameNumbers(average, weight))
      ? []
      : [
          {
            about: pairs[0]?.average.name ?? '',
            severity: 'warning',
            confidence: 0.75,
            title: `The averaged weights are the raw weights, after ${step} steps`,
            explanation:
              `All ${pairs.length} averaged tensors, such as ${listed(
                pairs.map(({ average }) => average.name),
                2,
              )}, have the numbers of the weights themselves: ` +
              'the average is copied on every step, its decay is zero, or it shares its memory with the model.',
            otherCauses: [
              'the average was just reset to the weights, or the weights were replaced by it before saving',
            ],
            evidence: pairs.slice(0, 3).map(({ average, weight }) => ({
              role: average.role,
              tag: average.name,
              value: average.stats.l2,
              baseline: weight.stats.l2,
              baselineMeaning: `norm of ${weight.name}`,
            })),
          },
        ];
  },
};

interface Pair {
  readonly average: ReadTensor;
  readonly weight: ReadTensor;
}

/** Averages with the weights whose names end as theirs, below whatever the model and its average are called. */
function pairedByName(averages: readonly ReadTensor[], weights: readonly ReadTensor[]): Pair[] {
  const byEnding = new Map<string, ReadTensor | 'several'>();
  for (const weight of weights) {
    for (const ending of endingsOf(weight)) {
      byEnding.set(ending, byEnding.has(ending) ? 'several' : weight);
    }
  }
  return averages.flatMap((average) => {
    const longest = endingsOf(average).find((ending) => byEnding.has(ending));
    const weight = longest === undefined ? undefined : byEnding.get(longest);
    return weight === undefined || weight === 'several' ? [] : [{ average, weight }];
  });
}

/** Ends of a name, the whole of it first, each with the shape. */
function endingsOf({ name, shape }: ReadTensor): string[] {
  const parts = name.split('.');
  return parts.map((_, from) => `${parts.slice(from).join('.')} ${shape.join()}`);
}

/** PyTorch's AveragedModel counts what it has averaged: its first one is a copy. */
function hasJustBegun({ tensors }: JudgedCheckpoint): boolean {
  return tensors.filter(isRead).some(({ name, stats }) => /(^|\.)n_averaged$/.test(name) && stats.max <= 1);
}

function sameNumbers({ stats: a }: ReadTensor, { stats: b }: ReadTensor): boolean {
  return a.l2 === b.l2 && a.mean === b.mean && a.min === b.min && a.max === b.max;
}

const INPUT = /(^|\.)(wte|embed_tokens|word_embeddings|shared|tok_embeddings|embed_in)\.weight$/;
const OUTPUT = /(^|\.)(lm_head|output|embed_out|decoder)\.weight$/;

/** Tables that are made apart, but from one distribution, agree in all their moments; not in which rows are the largest. */
function sameLargest({ stats: a }: ReadTensor, { stats: b }: ReadTensor): boolean {
  return (['rows', 'columns'] as const).every(
    (axis) => a[axis] !== undefined && a[axis].largestIndex === b[axis]?.largestIndex,
  );
}

/** Tables at both ends of a language model that were one and are one no longer. */
export const TIED_WEIGHTS: CheckpointRule = {
  id: 'tied-weights-differ',
  symptom: 'other',
  judge: (checkpoint) => {
    const weights = trainedTensors(checkpoint);
    const input = weights.find(({ name }) => INPUT.test(name));
    const output = weights.find(({ name }) => OUTPUT.test(name));
    if (!input || !output || input.shape.join() !== output.shape.join() || sameNumbers(input, output)) {
      return [];
    }
    const near = (a: number, b: number): boolean => Math.abs(a - b) <= NEARLY * Math.max(Math.abs(a), Math.abs(b));
    const wereOne =
      near(input.stats.l2, output.stats.l2) &&
      near(input.stats.min, output.stats.min) &&
      near(input.stats.max, output.stats.max) &&
      sameLargest(input, output);
    return !wereOne
      ? []
      : [
          {
            about: output.name,
            severity: 'warning',
            confidence: 0.6,
            title: `${output.name} and ${input.name} were tied and have come apart`,
            explanation:
              `Both tables have nearly the same numbers (norms ${output.stats.l2} and ${input.stats.l2}), yet not the same: they were copies ` +
              'of each other and have been trained apart since. A program that ties them on loading takes one of the two.',
            otherCauses: ['two tables that began as copies on purpose'],
            evidence: [
              {
                role: output.role,
                tag: output.name,
                value: output.stats.l2,
                baseline: input.stats.l2,
                baselineMeaning: `norm of ${input.name}`,
              },
            ],
          },
        ];
  },
};
