import type { Role } from '../model/role.js';

/** Layer and statistic of `activation/<layer>/<statistic>`; the layer's name may hold slashes. */
export function activationOf(role: Role): { readonly layer: string; readonly statistic: string } {
  const name = role.slice('activation/'.length);
  const slash = name.lastIndexOf('/');
  return { layer: name.slice(0, slash), statistic: name.slice(slash + 1) };
}

/** A name with a number in it: which of the layers of its kind (`layers.#.mlp`) it is. */
export interface NumberedLayer {
  readonly kind: string;
  readonly number: number;
}

/** Undefined for names without a number of their own: `lm_head`, `conv2d` (a dimension, not a place). */
export function numberedLayer(name: string): NumberedLayer | undefined {
  const found = /(?<![a-z0-9])\d+|(?<=layer|block)\d+/i.exec(name);
  return found === null
    ? undefined
    : {
        kind: `${name.slice(0, found.index)}#${name.slice(found.index + found[0].length)}`,
        number: Number(found[0]),
      };
}

/** Groups of at least `fewest` numbered layers of one kind, first layer first; what has no number is left out. */
export function layerStacks<Layer>(
  layers: readonly Layer[],
  nameOf: (layer: Layer) => string,
  fewest: number,
): readonly (readonly Layer[])[] {
  const kinds = new Map<string, { readonly number: number; readonly layer: Layer }[]>();
  for (const layer of layers) {
    const place = numberedLayer(nameOf(layer));
    if (place !== undefined) {
      const members = kinds.get(place.kind) ?? [];
      members.push({ number: place.number, layer });
      kinds.set(place.kind, members);
    }
  }
  return [...kinds.values()]
    .filter(({ length }) => length >= fewest)
    .map((members) => members.toSorted((left, right) => left.number - right.number).map(({ layer }) => layer));
}
