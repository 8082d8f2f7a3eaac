/** From this ratio of its extremes on, a positive series is drawn logarithmically: else all but its top is a flat line. */
const LOGARITHMIC_FROM = 50;
const TICKS = 4;

/** A linear or logarithmic map of values to a picture's units. */
export interface Scale {
  readonly isLogarithmic: boolean;
  readonly ticks: readonly number[];
  readonly at: (value: number) => number;
}

/** Maps from the smallest to the largest of some values; with none, everything lies at `first`. */
export function scaleOf(minimum: number, maximum: number, first: number, last: number): Scale {
  if (!(minimum <= maximum)) {
    return { isLogarithmic: false, ticks: [], at: () => first };
  }
  const isLogarithmic = minimum > 0 && maximum / minimum >= LOGARITHMIC_FROM;
  const [low, high] = isLogarithmic ? [Math.log10(minimum), Math.log10(maximum)] : [minimum, maximum];
  const place = linear(low, high, first, last);
  const steps = Array.from(
    { length: TICKS },
    (_, index) => low * (1 - index / (TICKS - 1)) + high * (index / (TICKS - 1)),
  );
  const ticks = high > low ? steps : [low];
  return {
    isLogarithmic,
    ticks: isLogarithmic ? ticks.map((power) => 10 ** power) : ticks,
    at: (value) => place(isLogarithmic ? Math.log10(value) : value),
  };
}

/** A flat range lies in the middle. Halves are subtracted, since the whole may be more than a number can hold. */
export function linear(low: number, high: number, first: number, last: number): (value: number) => number {
  const span = high / 2 - low / 2;
  return (value) => (span > 0 ? first + ((value / 2 - low / 2) / span) * (last - first) : (first + last) / 2);
}

/** A corner of a line or of an area. */
export function point(x: number, y: number): string {
  return `${rounded(x)},${rounded(y)}`;
}

/** A tenth of a unit is finer than a pixel, and keeps files small. */
export function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
