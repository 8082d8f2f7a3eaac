/** The stretch of the horizontal axis that all charts show. */
export interface Viewport {
  readonly from: number;
  readonly to: number;
}

/** Zooming ends here: a thousandth of a unit tells no two steps apart. */
const SMALLEST_SHARE = 1e-9;

/** Wide enough to be drawn, also where the data has one point only. */
export function widened({ from, to }: Viewport): Viewport {
  if (to > from) {
    return { from, to };
  }
  const margin = from === 0 ? 1 : Math.min(1, Math.abs(from) * 0.05 + 0.5);
  return { from: from - margin, to: to + margin };
}

/**
 * Zooms by `factor` (below 1: closer) with `anchor` staying where it is. Undefined when the result is the whole extent.
 */
export function zoomed(view: Viewport, extent: Viewport, factor: number, anchor: number): Viewport | undefined {
  const span = extent.to - extent.from;
  const width = Math.max((view.to - view.from) * factor, span * SMALLEST_SHARE);
  const share = (anchor - view.from) / (view.to - view.from);
  return settled({ from: anchor - width * share, to: anchor + width * (1 - share) }, extent);
}

/** Moves by a share of the visible width; stops at the ends of the data. */
export function panned(view: Viewport, extent: Viewport, share: number): Viewport | undefined {
  return settled(shifted(view, (view.to - view.from) * share), extent);
}

function shifted(view: Viewport, by: number): Viewport {
  return { from: view.from + by, to: view.to + by };
}

/** Inside the extent, at the same width where that fits; undefined when nothing is left out. */
export function settled(view: Viewport, extent: Viewport): Viewport | undefined {
  const width = view.to - view.from;
  if (width >= extent.to - extent.from) {
    return undefined;
  }
  const from = Math.min(Math.max(view.from, extent.from), extent.to - width);
  return { from, to: from + width };
}

/** A view that shows a place with enough around it to see what came before and after. */
export function viewAround(from: number, to: number, extent: Viewport): Viewport | undefined {
  const span = extent.to - extent.from;
  const width = Math.max((to - from) * 3, span * 0.12);
  const middle = (from + to) / 2;
  return settled({ from: middle - width / 2, to: middle + width / 2 }, extent);
}

/** The stretch that holds both; undefined stands for nothing yet. */
export function union(one: Viewport | undefined, other: Viewport | undefined): Viewport | undefined {
  if (!one || !other) {
    return one ?? other;
  }
  return { from: Math.min(one.from, other.from), to: Math.max(one.to, other.to) };
}
