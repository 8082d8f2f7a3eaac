/** Where the labels of an axis stand. All functions give rising values inside [from, to]. */

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86_400;
const TIME_STEPS = [
  1,
  2,
  5,
  10,
  15,
  30,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
];

export interface Ticks {
  readonly values: readonly number[];
  /** Distance between two, by which their labels are rounded; 0 where it differs. */
  readonly step: number;
}

/** At most `most` values at multiples of 1, 2 or 5 times a power of ten. */
export function linearTicks(from: number, to: number, most: number, wholeNumbers = false): Ticks {
  if (!(to > from)) {
    return { values: [from], step: 1 };
  }
  const rough = (to - from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * (1 - 1e-9)) ?? 10;
  const step = wholeNumbers ? Math.max(1, Math.round(factor * power)) : factor * power;
  return { values: multiples(from, to, step), step };
}

/** Multiples of a span that clocks know (15 s, 2 h, 7 days). */
export function timeTicks(from: number, to: number, most: number): Ticks {
  const rough = (to - from) / Math.max(1, most);
  if (rough < 1) {
    return linearTicks(from, to, most);
  }
  const step = TIME_STEPS.find((candidate) => candidate >= rough) ?? Math.ceil(rough / (28 * DAY)) * 28 * DAY;
  return { values: multiples(from, to, step), step };
}

/** Powers of ten; with 2 and 5 between them where the range is short, and plain steps where it is shorter still. */
export function logarithmicTicks(from: number, to: number, most: number): Ticks {
  const decades = Math.log10(to / from);
  if (decades < 1) {
    return linearTicks(from, to, most);
  }
  const first = Math.floor(Math.log10(from));
  const last = Math.ceil(Math.log10(to));
  const factors = decades <= most / 3 ? [1, 2, 5] : [1];
  const stride = Math.max(1, Math.ceil(decades / most));
  const values: number[] = [];
  for (let exponent = Math.ceil(first / stride) * stride; exponent <= last; exponent += stride) {
    values.push(...factors.map((factor) => factor * 10 ** exponent));
  }
  return { values: values.filter((value) => value >= from * (1 - 1e-9) && value <= to * (1 + 1e-9)), step: 0 };
}

function multiples(from: number, to: number, step: number): number[] {
  const values: number[] = [];
  // Adding zero makes a plain zero of −0.
  const first = Math.ceil(from / step - 1e-9) + 0;
  const last = Math.floor(to / step + 1e-9);
  for (let index = first; index <= last; index++) {
    values.push(index * step);
  }
  return values;
}
