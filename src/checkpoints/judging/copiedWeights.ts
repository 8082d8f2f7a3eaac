import { isRead, listed, stepOf, trainedTensors } from './rule.js';
import type { CheckpointRule, ReadTensor } from './rule.js';

const LEAST_TENSORS = 3;
/** An average over so few steps may still be what it started from. */
const FIRST_STEPS = 10;
/** Two tables that agree to so much were one, and have come apart. */
const NEARLY = 1e-3;

/** An average of weights that is the weights. */
export const EMA_EQUALS_WEIGHTS: CheckpointRule = {
  id: 'ema-equals-weights',
  symptom: 'other',
  judge: (checkpoint) => {
    const averages = checkpoint.tensors.filter(isRead).filter(({ role, stats }) => role === 'ema' && stats.std > 0);
    const weights = trainedTensors(checkpoint);
    const pairs = averages.flatMap((average) => {
      const weight = weights.find(
        (one) => sameParameter(average.name, one.name) && one.shape.join() === average.shape.join(),
      );
      return weight ? [{ average, weight }] : [];
    });
    const step = stepOf(checkpoint);
    return pairs.length < LEAST_TENSORS ||
      step < FIRST_STEPS ||
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

/** Whether two names end in the same parameter below whatever the model and its average are called. */
function sameParameter(average: string, weight: string): boolean {
  const [a, b] = [average.split('.'), weight.split('.')];
  const last = (parts: readonly string[], count: number): string => parts.slice(-count).join('.');
  const common = Math.min(a.length, b.length) - 1;
  return common > 0 && last(a, common) === last(b, common);
}

function sameNumbers({ stats: a }: ReadTensor, { stats: b }: ReadTensor): boolean {
  return a.l2 === b.l2 && a.mean === b.mean && a.min === b.min && a.max === b.max;
}

const INPUT = /(^|\.)(wte|embed_tokens|word_embeddings|shared|tok_embeddings|embed_in)\.weight$/;
const OUTPUT = /(^|\.)(lm_head|output|embed_out|decoder)\.weight$/;

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
      near(input.stats.max, output.stats.max);
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
