const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;
/** Stands for a column that holds a value which is not finite: it must not look like an ordinary low. */
const NON_FINITE = '✕';
/** Values whose median is the newest level, and those before them that it is held against. */
const TREND_NEWEST = 3;
const TREND_BEFORE = 6;
/** Share of the value by which the newest level must differ from the one before, for an arrow to say so. */
const NOTICEABLE_CHANGE = 0.01;

/**
 * A curve in block characters, one a column, linear between its extremes. Where several values share a column the
 * highest is drawn, so that a spike is not lost.
 */
export function sparkline(values: readonly number[], columns: number): string {
  const heights = columnMaxima(values, columns);
  const finite = heights.filter(Number.isFinite);
  const low = Math.min(...finite);
  const range = Math.max(...finite) - low;
  return heights.map((height) => bar(height, low, range)).join('');
}

/**
 * Where a curve is heading: the median of its newest values against that of the ones before, so that the noise of a
 * single value does not turn the arrow. Empty where there is too little to say, or the newest value is not finite.
 */
export function trendArrow(values: readonly number[]): '↘' | '→' | '↗' | '' {
  const newest = values.slice(-TREND_NEWEST).filter(Number.isFinite);
  const before = values.slice(-(TREND_NEWEST + TREND_BEFORE), -TREND_NEWEST).filter(Number.isFinite);
  if (newest.length === 0 || before.length === 0 || !Number.isFinite(values.at(-1))) {
    return '';
  }
  const reference = median(before);
  const change = median(newest) - reference;
  if (Math.abs(change) <= NOTICEABLE_CHANGE * Math.abs(reference)) {
    return '→';
  }
  return change > 0 ? '↗' : '↘';
}

function columnMaxima(values: readonly number[], columns: number): number[] {
  const count = Math.min(columns, values.length);
  return Array.from({ length: count }, (_, column) => {
    const from = Math.floor((column * values.length) / count);
    const to = Math.floor(((column + 1) * values.length) / count);
    const held = values.slice(from, to);
    return held.every(Number.isFinite) ? Math.max(...held) : Number.NaN;
  });
}

function bar(height: number, low: number, range: number): string {
  if (!Number.isFinite(height)) {
    return NON_FINITE;
  }
  const level = range > 0 ? Math.round(((height - low) / range) * (BARS.length - 1)) : 0;
  return BARS[level] ?? BARS[0];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
