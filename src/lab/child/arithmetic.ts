import { plainArithmetic } from '../tensor.js';
import type { Arithmetic } from '../tensor.js';
import * as tf from './tensorflow.js';

/** What the backend has of its own; the rest is done plainly. */
let own: Partial<Pick<Arithmetic, 'zeros' | 'adamStep'>> = {};

/** Has optimizers work on memory of the backend, by a kernel of its own. */
export function provideArithmetic(provided: Pick<Arithmetic, 'zeros' | 'adamStep'>): void {
  own = provided;
}

/** What optimizers leave to the backend that runs. */
export function backendArithmetic(): Arithmetic {
  return {
    ...plainArithmetic,
    ...own,
    product: (a, b, rows, inner, columns) => {
      const product = tf.tidy(() => tf.matMul(tf.tensor2d(a, [rows, inner]), tf.tensor2d(b, [inner, columns])));
      const values = product.dataSync<'float32'>();
      product.dispose();
      return values;
    },
  };
}
