/** A tensor of the trained model, on the host: the optimizers work on these, so that all of their state can be seen. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Product of two matrices, row by row: `[rows, inner] × [inner, columns]`. */
export type MatrixProduct = (
  a: Float32Array,
  b: Float32Array,
  rows: number,
  inner: number,
  columns: number,
) => Float32Array;

/** One step of Adam on one tensor, moments and weights at once; {@link plainAdamStep} is what it does. */
export interface AdamStep {
  /** All four of one length; but for the gradient they are changed, and from `zeros`. */
  readonly weights: Float32Array;
  readonly gradient: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly beta1: number;
  readonly beta2: number;
  /** Weight decay through the gradient. */
  readonly pull: number;
  /** What is left of a weight before it steps. */
  readonly shrink: number;
  readonly rate: number;
  /** The first moment is divided by slope · √second + offset. */
  readonly slope: number;
  readonly offset: number;
}

/** What an optimizer leaves to whatever computes. */
export interface Arithmetic {
  readonly product: MatrixProduct;
  /** So many zeros, where they can be worked on in place. They are never given back. */
  zeros(length: number): Float32Array;
  adamStep(step: AdamStep): void;
}

/** Euclidean norm, summed in double precision. */
export function norm(values: Float32Array): number {
  return Math.sqrt(sumOfSquares(values));
}

/** Sum of the squares, in double precision. */
export function sumOfSquares(values: Float32Array): number {
  // Over indices: walking a typed array by its iterator takes several times as long. In four sums, since each addition to
  // one of them waits for the one before.
  let [first, second, third, fourth] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let index = 0; index < whole; index += 4) {
    first += values[index]! ** 2;
    second += values[index + 1]! ** 2;
    third += values[index + 2]! ** 2;
    fourth += values[index + 3]! ** 2;
  }
  for (let index = whole; index < values.length; index++) {
    first += values[index]! ** 2;
  }
  return first + second + (third + fourth);
}

/** Sum of the products, in double precision. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) {
    sum += a[index]! * b[index]!;
  }
  return sum;
}

/** Norm of all tensors as one vector. */
export function globalNorm(tensors: readonly Float32Array[]): number {
  return Math.sqrt(tensors.reduce((sum, values) => sum + sumOfSquares(values), 0));
}

/** Multiplies in place. */
export function scale(values: Float32Array, factor: number): void {
  for (let index = 0; index < values.length; index++) {
    values[index]! *= factor;
  }
}

/** Largest absolute value; NaN where one is not a number. */
export function absoluteMaximum(values: Float32Array): number {
  let largest = 0;
  for (let index = 0; index < values.length; index++) {
    const size = Math.abs(values[index]!);
    if (!(size <= largest)) {
      largest = size;
    }
    if (Number.isNaN(largest)) {
      return largest;
    }
  }
  return largest;
}

/**
 * Means over the rows of a matrix, row by row, one for each column.
 * @param of what is averaged of an entry.
 */
export function columnMeans(
  matrix: Float32Array,
  width: number,
  of: (value: number) => number = (value) => value,
): Float64Array {
  const sums = new Float64Array(width);
  for (const [index, value] of matrix.entries()) {
    sums[index % width]! += of(value);
  }
  const rows = matrix.length / width;
  return sums.map((sum) => sum / rows);
}

/** The product, plainly. */
export const plainProduct: MatrixProduct = (a, b, rows, inner, columns) => {
  const result = new Float32Array(rows * columns);
  const sums = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    for (let index = 0; index < inner; index++) {
      const factor = a[row * inner + index]!;
      for (let column = 0; column < columns; column++) {
        sums[column]! += factor * b[index * columns + column]!;
      }
    }
    result.set(sums, row * columns);
  }
  return result;
};

/** The step, plainly. */
export function plainAdamStep(step: AdamStep): void {
  const { weights, gradient, first, second, beta1, beta2, pull, shrink, rate, slope, offset } = step;
  for (let index = 0; index < weights.length; index++) {
    const weight = weights[index]!;
    const g = gradient[index]! + pull * weight;
    const m = beta1 * first[index]! + (1 - beta1) * g;
    const v = beta2 * second[index]! + (1 - beta2) * g * g;
    first[index] = m;
    second[index] = v;
    weights[index] = weight * shrink - (rate * m) / (slope * Math.sqrt(v) + offset);
  }
}

/** Everything on plain arrays. */
export const plainArithmetic: Arithmetic = {
  product: plainProduct,
  zeros: (length) => new Float32Array(length),
  adamStep: plainAdamStep,
};

/** Middle of the values; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length === 0
    ? Number.NaN
    : Number.isInteger(middle)
      ? (sorted[middle - 1]! + sorted[middle]!) / 2
      : sorted[Math.floor(middle)]!;
}
