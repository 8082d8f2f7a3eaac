import { fitLine } from '../bench/support/measure.js';

/** A straight line through measurements, and how sure its slope is. */
export interface Trend {
  readonly slope: number;
  /** The slope is between these with a confidence of 95 %. */
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  readonly count: number;
}

/** Measurements that follow one another are alike: they are taken together in so many blocks, which hardly are. */
const BLOCKS = 12;
/** Student's t at 97.5 % for 1 to 10 degrees of freedom. */
const T_975 = [12.71, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228] as const;

/** Least squares through the means of {@link BLOCKS} stretches; NaN bounds when there are fewer than three. */
export function trendOf(points: readonly (readonly [x: number, y: number])[]): Trend {
  const size = Math.max(1, Math.ceil(points.length / BLOCKS));
  const blocks = Array.from({ length: Math.ceil(points.length / size) }, (_, index) => {
    const block = points.slice(index * size, (index + 1) * size);
    return [mean(block.map(([x]) => x)), mean(block.map(([, y]) => y))] as const;
  });
  const { slope, intercept } = fitLine(blocks);
  const centre = mean(blocks.map(([x]) => x));
  const spread = blocks.reduce((sum, [x]) => sum + (x - centre) ** 2, 0);
  const squares = blocks.reduce((sum, [x, y]) => sum + (y - intercept - slope * x) ** 2, 0);
  const freedom = blocks.length - 2;
  const margin = freedom < 1 ? NaN : (T_975[freedom - 1] ?? 2.228) * Math.sqrt(squares / freedom / spread);
  const y = mean(blocks.map(([, value]) => value));
  return { slope, low: slope - margin, high: slope + margin, mean: y, count: points.length };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
