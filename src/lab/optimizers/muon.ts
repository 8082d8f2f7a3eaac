import type { OptimizerSettings } from '../settings.js';
import { norm, scale } from '../tensor.js';
import type { Arithmetic, MatrixProduct, Parameter } from '../tensor.js';
import { Adam } from './adam.js';
import { kept } from './optimizer.js';
import type { Optimizer } from './optimizer.js';

/** Coefficients and number of the Newton-Schulz iterations; the author's muon.py. */
const [A, B, C] = [3.4445, -4.775, 2.0315];
const ITERATIONS = 5;
const EPSILON = 1e-7;
/** Length of a step against AdamW's, so that one rate serves both: 0.2 √max(rows, columns) (Liu et al. 2025). */
const RMS_OF_ADAMW = 0.2;

/**
 * Muon (Jordan et al. 2024): the Nesterov momentum of every hidden matrix is made orthogonal before it is applied.
 * Embeddings, the output layer and vectors are AdamW's.
 */
export class Muon implements Optimizer {
  private readonly settings: OptimizerSettings;
  private readonly product: MatrixProduct;
  private readonly momenta = new Map<string, Float32Array>();
  private readonly adam: Adam;

  constructor(settings: OptimizerSettings, arithmetic: Arithmetic) {
    this.settings = settings;
    this.product = arithmetic.product;
    this.adam = new Adam(settings, arithmetic);
  }

  get state(): Optimizer['state'] {
    return { ...this.adam.state, momentum_buffer: this.momenta };
  }

  forget(): void {
    this.momenta.clear();
    this.adam.forget();
  }

  step(parameters: readonly Parameter[], gradients: readonly Float32Array[], rate: number): void {
    const others = parameters.map((parameter, index) => ({ parameter, gradient: gradients[index]! }));
    const hidden = others.filter(({ parameter }) => isHiddenMatrix(parameter));
    const rest = others.filter(({ parameter }) => !isHiddenMatrix(parameter));
    this.adam.step(
      rest.map(({ parameter }) => parameter),
      rest.map(({ gradient }) => gradient),
      rate,
    );
    for (const { parameter, gradient } of hidden) {
      this.update(parameter, gradient, rate);
    }
  }

  private update(parameter: Parameter, gradient: Float32Array, rate: number): void {
    const { momentum, weightDecay } = this.settings;
    const [rows, columns] = parameter.shape as [number, number];
    const buffer = kept(this.momenta, parameter);
    const ahead = new Float32Array(gradient.length);
    for (let index = 0; index < ahead.length; index++) {
      buffer[index] = momentum * buffer[index]! + (1 - momentum) * gradient[index]!;
      ahead[index] = (1 - momentum) * gradient[index]! + momentum * buffer[index]!;
    }
    const direction = orthogonal(ahead, rows, columns, this.product);
    const length = RMS_OF_ADAMW * Math.sqrt(Math.max(rows, columns));
    for (let index = 0; index < direction.length; index++) {
      parameter.values[index] = parameter.values[index]! * (1 - rate * weightDecay) - rate * length * direction[index]!;
    }
  }
}

/** A matrix that turns features into features; tables of tokens, positions and the output layer are none. */
export function isHiddenMatrix({ name, shape }: Parameter): boolean {
  return shape.length === 2 && name.startsWith('blocks.');
}

/** The nearest matrix whose singular values are about one, by Newton-Schulz iterations. */
export function orthogonal(matrix: Float32Array, rows: number, columns: number, product: MatrixProduct): Float32Array {
  if (rows > columns) {
    return transposed(orthogonal(transposed(matrix, rows, columns), columns, rows, product), columns, rows);
  }
  let x = Float32Array.from(matrix);
  scale(x, 1 / (norm(x) + EPSILON));
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const gram = product(x, transposed(x, rows, columns), rows, columns, rows);
    const squared = product(gram, gram, rows, rows, rows);
    const polynomial = gram.map((value, index) => B * value + C * squared[index]!);
    const pulled = product(polynomial, x, rows, rows, columns);
    x = x.map((value, index) => A * value + pulled[index]!);
  }
  return x;
}

function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[column * rows + row] = matrix[row * columns + column]!;
    }
  }
  return result;
}
