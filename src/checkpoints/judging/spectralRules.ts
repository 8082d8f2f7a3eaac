import { inWords, isEmbedding, listed, median, peerGroups, trainedTensors } from './rule.js';
import type { CheckpointRule, ReadTensor } from './rule.js';

const SMALLEST_SIDE = 64;
/** Stable rank below which a matrix does next to nothing but scale one direction; at initialisation it is a quarter of the smaller side. */
const COLLAPSED = 1.5;
/** Times that its peers have more. */
const BELOW_PEERS = 4;
/** A channel that is so many times the median decides the scale of quantisation and what half precision can hold. */
const OUTLIER = 30;

/** Matrices of which one direction is left. */
export const RANK_COLLAPSE: CheckpointRule = {
  id: 'weight-rank-collapse',
  symptom: 'plasticity',
  judge: (checkpoint) => {
    const groups = peerGroups(trainedTensors(checkpoint).filter(hasSpectrum));
    const collapsed = groups.flatMap((group) => {
      const usual = median(group.map(stableRank));
      return group
        .filter((tensor) => stableRank(tensor) < COLLAPSED && usual > BELOW_PEERS * stableRank(tensor))
        .map((tensor) => ({ tensor, usual }));
    });
    return collapsed.length === 0
      ? []
      : [
          {
            about: collapsed[0]?.tensor.name ?? '',
            severity: 'warning',
            confidence: 0.7,
            title: `${listed(collapsed.map(({ tensor }) => tensor.name))} has collapsed to one direction`,
            explanation:
              `${collapsed
                .map(
                  ({ tensor, usual }) =>
                    `${tensor.name} has a stable rank of ${inWords(stableRank(tensor))}, and the same weights of other layers ${inWords(usual)}`,
                )
                .slice(0, 4)
                .join('; ')}. ` +
              'Whatever comes in, the layer answers along one direction: representations become alike, and further training hardly brings the others back.',
            otherCauses: ['a layer whose output has one dominant mean, as with a bias that is missing'],
            evidence: collapsed.map(({ tensor, usual }) => ({
              role: tensor.role,
              tag: tensor.name,
              value: stableRank(tensor),
              baseline: usual,
              baselineMeaning: 'median of the same weights in other layers',
            })),
          },
        ];
  },
};

/** Rows or columns that are far larger than the others. */
export const OUTLIER_CHANNELS: CheckpointRule = {
  id: 'outlier-channels',
  symptom: 'precision',
  judge: (checkpoint) => {
    const found = trainedTensors(checkpoint).flatMap((tensor) =>
      isEmbedding(tensor.name) || Math.min(...matrixSides(tensor)) < SMALLEST_SIDE
        ? []
        : (['rows', 'columns'] as const).flatMap((axis) => {
            const lines = tensor.stats[axis];
            const ratio = lines && lines.medianRms > 0 ? lines.largestRms / lines.medianRms : 0;
            return lines && ratio > OUTLIER ? [{ tensor, axis, ratio, index: lines.largestIndex }] : [];
          }),
    );
    return found.length === 0
      ? []
      : [
          {
            about: found[0]?.tensor.name ?? '',
            severity: 'info',
            confidence: 0.6,
            title: `Outlier channels in ${listed([...new Set(found.map(({ tensor }) => tensor.name))])}`,
            explanation:
              `${found
                .map(
                  ({ tensor, axis, ratio, index }) =>
                    `${axis === 'rows' ? 'row' : 'column'} ${index} of ${tensor.name} is ${inWords(ratio)} times the median`,
                )
                .slice(0, 4)
                .join('; ')}. ` +
              'Such channels set the scale for all others when the weights are quantised, and are where half precision overflows first.',
            otherCauses: ['large language models grow a few of these as they learn, without harm at full precision'],
            evidence: found.map(({ tensor, ratio }) => ({
              role: tensor.role,
              tag: tensor.name,
              value: ratio,
              baseline: 1,
              baselineMeaning: 'median channel',
            })),
          },
        ];
  },
};

function hasSpectrum(tensor: ReadTensor): boolean {
  return (
    tensor.stats.spectrum !== undefined &&
    !isEmbedding(tensor.name) &&
    Math.min(...matrixSides(tensor)) >= SMALLEST_SIDE &&
    tensor.shape.length === 2
  );
}

function matrixSides({ shape, stats }: ReadTensor): [number, number] {
  const rows = shape[0] ?? 1;
  return shape.length < 2 ? [1, 1] : [rows, stats.count / Math.max(1, rows)];
}

function stableRank({ stats }: ReadTensor): number {
  return stats.spectrum?.stableRank ?? NaN;
}
