import type { ReportedSignal } from '../../src/contract/report.js';
import { roleMatches } from '../../src/model/role.js';

/** More rows are thinner than a line of pixels can show. */
export const MOST_LAYERS = 96;

export interface Layer {
  readonly signal: ReportedSignal;
  /** The tensor's name as the log gives it. */
  readonly name: string;
  /** The block it belongs to, up to its first number (`h.11`); rows of one block stand together. */
  readonly block: string;
}

export interface LayerPlan {
  /** From the input to the output of the network, as far as names and the order of the log tell. */
  readonly layers: readonly Layer[];
  readonly total: number;
}

/** The tensors whose gradient norms the log holds, in the order of depth; evenly thinned where there are too many. */
export function planLayers(signals: readonly ReportedSignal[], most = MOST_LAYERS): LayerPlan {
  const tensors = signals.filter(({ role, points }) => points > 0 && roleMatches(role, 'gradient-norm/*'));
  const firstRank = tensors.filter(({ rank }) => rank === tensors[0]?.rank);
  const ordered = byDepth(firstRank.map(layerOf));
  return { layers: thinned(ordered, most), total: ordered.length };
}

function layerOf(signal: ReportedSignal): Layer {
  const name = signal.role.slice('gradient-norm/'.length);
  return { signal, name, block: /^.*?\d+/.exec(name)?.[0] ?? name };
}

/**
 * Blocks that differ in their number alone are ordered by it and stand where the first of them stood in the log;
 * everything else keeps the order of the log. Programs mostly log in the order of the model, but some sort by name.
 */
function byDepth(layers: readonly Layer[]): Layer[] {
  const stacks = new Map<string, Layer[]>();
  for (const layer of layers) {
    const stack = layer.block.replace(/\d+$/, '');
    stacks.set(stack, [...(stacks.get(stack) ?? []), layer]);
  }
  return [...stacks.values()].flatMap((stack) => stack.toSorted((a, b) => numberOf(a) - numberOf(b)));
}

function numberOf({ block }: Layer): number {
  return Number(/\d+$/.exec(block)?.[0] ?? 0);
}

function thinned(layers: readonly Layer[], most: number): Layer[] {
  if (layers.length <= most) {
    return [...layers];
  }
  return Array.from({ length: most }, (_, row) => layers[Math.round((row * (layers.length - 1)) / (most - 1))]!);
}
