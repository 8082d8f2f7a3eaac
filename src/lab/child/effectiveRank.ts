/** Sweeps of Jacobi rotations; a handful makes what is off the diagonal negligible. */
const SWEEPS = 10;
const NEGLIGIBLE = 1e-12;

/**
 * Exponential of the entropy of the singular values (Roy and Vetterli 2007) of a matrix, row by row.
 * @param width columns.
 */
export function effectiveRank(matrix: Float32Array, width: number): number {
  const singular = eigenvalues(gram(matrix, width), width).map((value) => Math.sqrt(Math.max(0, value)));
  const sum = singular.reduce((total, value) => total + value, 0);
  const entropy = singular.reduce((total, value) => total - (value > 0 ? (value / sum) * Math.log(value / sum) : 0), 0);
  return sum > 0 ? Math.exp(entropy) : 0;
}

function gram(matrix: Float32Array, width: number): Float64Array {
  const product = new Float64Array(width * width);
  for (let row = 0; row < matrix.length; row += width) {
    for (let a = 0; a < width; a++) {
      const factor = matrix[row + a]!;
      if (factor !== 0) {
        for (let b = 0; b < width; b++) {
          product[a * width + b]! += factor * matrix[row + b]!;
        }
      }
    }
  }
  return product;
}

/** Eigenvalues of a symmetric matrix by cyclic Jacobi rotations; the matrix is used up. */
export function eigenvalues(matrix: Float64Array, size: number): number[] {
  const at = (row: number, column: number): number => matrix[row * size + column]!;
  const scaleOf = matrix.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    let off = 0;
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        off += at(p, q) ** 2;
        rotate(matrix, size, p, q);
      }
    }
    if (off <= NEGLIGIBLE * scaleOf) {
      break;
    }
  }
  return Array.from({ length: size }, (_, index) => at(index, index));
}

function rotate(matrix: Float64Array, size: number, p: number, q: number): void {
  const off = matrix[p * size + q]!;
  if (off === 0) {
    return;
  }
  const theta = (matrix[q * size + q]! - matrix[p * size + p]!) / (2 * off);
  const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const cosine = 1 / Math.sqrt(tangent * tangent + 1);
  const sine = tangent * cosine;
  for (let k = 0; k < size; k++) {
    const [kp, kq] = [matrix[k * size + p]!, matrix[k * size + q]!];
    matrix[k * size + p] = cosine * kp - sine * kq;
    matrix[k * size + q] = sine * kp + cosine * kq;
  }
  for (let k = 0; k < size; k++) {
    const [pk, qk] = [matrix[p * size + k]!, matrix[q * size + k]!];
    matrix[p * size + k] = cosine * pk - sine * qk;
    matrix[q * size + k] = sine * pk + cosine * qk;
  }
}
