import type { TensorSummary } from '../../src/model/tensor.js';
import { elementsOf } from './tensorTree.js';

/** One kind of tensor in each layer of a model: "h.*.attn.weight", by the layer's number. */
export interface DepthProfile {
  readonly pattern: string;
  /** In the order of the layers. */
  readonly points: readonly { readonly layer: number; readonly index: number; readonly rms: number }[];
}

/** Fewer layers have no profile to speak of. */
const FEWEST_LAYERS = 3;

/**
 * Root mean squares of weights over the depth of the model, one profile for each kind of weight that at least three
 * numbered layers have; the kinds that vary most come first.
 */
export function depthProfiles(tensors: readonly TensorSummary[]): DepthProfile[] {
  const profiles = new Map<string, { layer: number; index: number; rms: number }[]>();
  for (const [index, tensor] of tensors.entries()) {
    const numbered = tensor.role === 'weight' ? firstNumber(tensor.name) : undefined;
    const elements = elementsOf(tensor);
    if (!numbered || !tensor.stats || elements === 0 || tensor.shape.length < 2) {
      continue;
    }
    const points = profiles.get(numbered.pattern) ?? [];
    points.push({ layer: numbered.layer, index, rms: tensor.stats.l2 / Math.sqrt(elements) });
    profiles.set(numbered.pattern, points);
  }
  return [...profiles]
    .filter(([, points]) => points.length >= FEWEST_LAYERS)
    .map(([pattern, points]) => ({ pattern, points: points.sort((one, other) => one.layer - other.layer) }))
    .sort((one, other) => spread(other) - spread(one));
}

/** The first number that is a part of its own: which layer the tensor is of. */
function firstNumber(name: string): { readonly pattern: string; readonly layer: number } | undefined {
  const parts = name.split('.');
  const at = parts.findIndex((part) => /^\d+$/.test(part));
  return at < 0 ? undefined : { pattern: parts.with(at, '*').join('.'), layer: Number(parts[at]) };
}

/** How many times the smallest of its norms the largest is. */
function spread({ points }: DepthProfile): number {
  const finite = points.map(({ rms }) => rms).filter((rms) => Number.isFinite(rms) && rms > 0);
  return finite.length === 0 ? 0 : Math.max(...finite) / Math.min(...finite);
}
