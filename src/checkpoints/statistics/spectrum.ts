import type { SpectrumEstimate } from '../../model/tensor.js';

/** Elements of the largest matrix whose spectrum is estimated unasked, and at all: it is held in memory for that. */
export const SPECTRUM_ELEMENTS = 1 << 18;
export const LARGEST_SPECTRUM_ELEMENTS = 1 << 24;

/** Steps of the process; the error of the largest singular value falls with their square even where none stands out. */
const STEPS = 10;

/**
 * Largest singular value and stable rank of a matrix, by Golub-Kahan-Lanczos bidiagonalisation from a fixed start
 * (Golub and Van Loan, Matrix Computations, 4th edition, 10.4).
 * @param matrix row-major, finite
 * @returns undefined when it is zero throughout
 */
export function estimateSpectrum(matrix: Float32Array, rows: number, columns: number): SpectrumEstimate | undefined {
  let power = 0;
  for (const value of matrix) {
    power += value * value;
  }
  if (power === 0) {
    return undefined;
  }
  const diagonal: number[] = [];
  const above: number[] = [];
  let right = startVector(columns);
  let left = new Float64Array(rows);
  let beta = 0;
  for (let step = 0; step < Math.min(STEPS, rows, columns); step++) {
    const nextLeft = multiply(matrix, right);
    nextLeft.forEach((value, index) => (nextLeft[index] = value - beta * (left[index] as number)));
    const alpha = normalise(nextLeft);
    left = nextLeft;
    diagonal.push(alpha);
    if (alpha <= Number.EPSILON * Math.sqrt(power)) {
      break;
    }
    const nextRight = multiplyTransposed(matrix, left, columns);
    const before = right;
    nextRight.forEach((value, index) => (nextRight[index] = value - alpha * (before[index] as number)));
    beta = normalise(nextRight);
    right = nextRight;
    above.push(beta);
    if (beta <= Number.EPSILON * Math.sqrt(power)) {
      break;
    }
  }
  const largestSingularValue = largestOfBidiagonal(diagonal, above);
  return { largestSingularValue, stableRank: Math.max(1, power / largestSingularValue ** 2) };
}

/** The same numbers every time, without a direction that a matrix is likely to be blind to. */
function startVector(length: number): Float64Array {
  let state = 0x2545f491;
  const vector = Float64Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  });
  normalise(vector);
  return vector;
}

function normalise(vector: Float64Array): number {
  let power = 0;
  for (const value of vector) {
    power += value * value;
  }
  const norm = Math.sqrt(power);
  if (norm > 0) {
    vector.forEach((value, index) => (vector[index] = value / norm));
  }
  return norm;
}

function multiply(matrix: Float32Array, vector: Float64Array): Float64Array<ArrayBuffer> {
  const columns = vector.length;
  const product = new Float64Array(matrix.length / columns);
  for (let row = 0, start = 0; row < product.length; row++, start += columns) {
    let [even, odd] = [0, 0];
    let column = 0;
    for (; column + 1 < columns; column += 2) {
      even += (matrix[start + column] as number) * (vector[column] as number);
      odd += (matrix[start + column + 1] as number) * (vector[column + 1] as number);
    }
    product[row] =
      even + odd + (column < columns ? (matrix[start + column] as number) * (vector[column] as number) : 0);
  }
  return product;
}

function multiplyTransposed(matrix: Float32Array, vector: Float64Array, columns: number): Float64Array<ArrayBuffer> {
  const product = new Float64Array(columns);
  for (let row = 0, start = 0; row < vector.length; row++, start += columns) {
    const factor = vector[row] as number;
    for (let column = 0; column < columns; column++) {
      product[column] = (product[column] as number) + factor * (matrix[start + column] as number);
    }
  }
  return product;
}

/** By power iteration on BᵀB of a bidiagonal matrix B with at most a few rows: its size makes cost no question. */
function largestOfBidiagonal(diagonal: readonly number[], above: readonly number[]): number {
  const columns = diagonal.length + (above.length === diagonal.length ? 1 : 0);
  let vector = new Float64Array(columns).fill(1);
  normalise(vector);
  let norm = 0;
  for (let turn = 0; turn < 500; turn++) {
    const product = diagonal.map(
      (value, row) => value * (vector[row] as number) + (above[row] ?? 0) * (vector[row + 1] ?? 0),
    );
    const next = new Float64Array(columns);
    product.forEach((value, row) => {
      next[row] = (next[row] as number) + (diagonal[row] as number) * value;
      if (row + 1 < columns) {
        next[row + 1] = (next[row + 1] as number) + (above[row] ?? 0) * value;
      }
    });
    norm = normalise(next);
    vector = next;
  }
  return Math.sqrt(norm);
}
