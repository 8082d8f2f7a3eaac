/**
 * The colours of the heat map: cividis (Nuñez, Anderton and Renslow 2018), whose lightness rises evenly and which
 * looks nearly the same to colour-blind eyes. Nine of its anchors, from low to high.
 */
const ANCHORS: readonly (readonly [red: number, green: number, blue: number])[] = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [254, 232, 56],
];

/** A colour for a share from 0 (low) to 1 (high), as CSS. */
export function colourOf(share: number): string {
  const place = Math.min(1, Math.max(0, share)) * (ANCHORS.length - 1);
  const below = ANCHORS[Math.floor(place)]!;
  const above = ANCHORS[Math.ceil(place)]!;
  const between = place - Math.floor(place);
  const mixed = below.map((channel, index) => Math.round(channel + (above[index]! - channel) * between));
  return `rgb(${mixed.join(' ')})`;
}

/** log10 of the smallest and largest norm that are drawn, whole decades apart at least. */
export interface DecadeRange {
  readonly from: number;
  readonly to: number;
}

export function shareOf(norm: number, { from, to }: DecadeRange): number {
  return (Math.log10(norm) - from) / (to - from);
}

/** Holds all positive norms; undefined when there is none. */
export function decadeRange(norms: Iterable<number>): DecadeRange | undefined {
  let from = Infinity;
  let to = -Infinity;
  for (const norm of norms) {
    if (norm > 0 && norm < Infinity) {
      from = Math.min(from, Math.log10(norm));
      to = Math.max(to, Math.log10(norm));
    }
  }
  if (from > to) {
    return undefined;
  }
  return to - from < 0.5 ? { from: from - 0.25, to: to + 0.25 } : { from, to };
}
