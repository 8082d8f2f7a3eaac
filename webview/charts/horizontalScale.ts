import type { Viewport } from './viewport.js';

/**
 * How places of the horizontal axis (steps, seconds) become distances on it: a chart is linear in `forward(place)`.
 * Both functions rise, and `inverse` undoes `forward` for every place that the axis has.
 */
export interface HorizontalScale {
  readonly logarithmic: boolean;
  readonly forward: (place: number) => number;
  readonly inverse: (distance: number) => number;
}

export const LINEAR: HorizontalScale = {
  logarithmic: false,
  forward: (place) => place,
  inverse: (distance) => distance,
};

/**
 * Decades of equal width. What has no logarithm stands at the left end with everything that lies before it.
 * @param floor the place of the left end; above 0.
 */
export function logarithmicScale(floor: number): HorizontalScale {
  return {
    logarithmic: true,
    forward: (place) => Math.log10(Math.max(place, floor)),
    inverse: (distance) => 10 ** distance,
  };
}

/** How far a place lies along a view: 0 at its left edge, 1 at its right one. */
export function shareAlong({ forward }: HorizontalScale, { from, to }: Viewport, place: number): number {
  const start = forward(from);
  return (forward(place) - start) / (forward(to) - start);
}

/** The place that lies so far along a view. */
export function placeAlong({ forward, inverse }: HorizontalScale, { from, to }: Viewport, share: number): number {
  const start = forward(from);
  return inverse(start + (forward(to) - start) * share);
}

/** A view in distances, in which it can be zoomed and moved as on a linear axis. */
export function toDistances({ forward }: HorizontalScale, { from, to }: Viewport): Viewport {
  return { from: forward(from), to: forward(to) };
}

/** The view that {@link toDistances} made the distances of. */
export function toPlaces({ inverse }: HorizontalScale, { from, to }: Viewport): Viewport {
  return { from: inverse(from), to: inverse(to) };
}
