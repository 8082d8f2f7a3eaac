import { isEmbedding, inWords, listed, median, peerGroups, rms, trainedTensors } from './rule.js';
import type { CheckpointRule, ReadTensor, Sighting } from './rule.js';

/** Times the median of its peers. Depth-scaled initialisation makes layers differ by √(2 · layers), 14 for 100 layers. */
const FAR = 20;
/** Logarithms from the median in units of their median distance: layers that differ smoothly are no exceptions. */
const DEVIATIONS = 8;
/** More than this share of a group are no exceptions. */
const MOST_EXCEPTIONS = 0.25;

/** Weights whose size is far from that of the same weights in other layers. */
export const PEER_NORMS: CheckpointRule = {
  id: 'norms-against-peers',
  symptom: 'divergence',
  judge: (checkpoint) =>
    peerGroups(trainedTensors(checkpoint).filter(isComparable), 5).flatMap((group) => [
      ...sightingsOf(group, 'exploded'),
      ...sightingsOf(group, 'collapsed'),
    ]),
};

/** Biases and zero-initialised layers are as large as training has made them, which differs from layer to layer. */
function isComparable(tensor: ReadTensor): boolean {
  const { name, shape, stats } = tensor;
  return (
    shape.length >= 2 &&
    !isEmbedding(name) &&
    !/lora_|bias|zero_conv|gate|alpha/i.test(name) &&
    stats.nan + stats.inf === 0 &&
    rms(tensor) > 0
  );
}

function sightingsOf(group: readonly ReadTensor[], kind: 'exploded' | 'collapsed'): Sighting[] {
  const sign = kind === 'exploded' ? 1 : -1;
  const logs = group.map((tensor) => Math.log(rms(tensor)));
  const middle = median(logs);
  const spread = median(logs.map((log) => Math.abs(log - middle)));
  const far = group.filter((_, index) => {
    const distance = sign * ((logs[index] as number) - middle);
    return distance > Math.log(FAR) && distance > DEVIATIONS * spread;
  });
  if (far.length === 0 || far.length > MOST_EXCEPTIONS * group.length) {
    return [];
  }
  const usual = Math.exp(middle);
  const [worst] = far;
  return [
    {
      about: `${kind} ${worst?.name ?? ''}`,
      severity: 'warning',
      confidence: 0.75,
      title: `${listed(far.map(({ name }) => name))} ${kind === 'exploded' ? 'is far larger' : 'is far smaller'} than the same weights of other layers`,
      explanation:
        `${far
          .map((tensor) => `${tensor.name} has a root mean square of ${inWords(rms(tensor))}`)
          .slice(0, 4)
          .join('; ')}; the median of its ${group.length} peers is ${inWords(usual)}. ` +
        (kind === 'exploded'
          ? 'A layer that has grown so far takes over the residual stream and overflows in half precision.'
          : 'A layer that has shrunk so far passes on next to nothing.'),
      otherCauses: ['a layer that is scaled on purpose, or was made anew and has not been trained'],
      evidence: far.map((tensor) => ({
        role: tensor.role,
        tag: tensor.name,
        value: rms(tensor),
        baseline: usual,
        baselineMeaning: `median of ${group.length} layers`,
      })),
    },
  ];
}
