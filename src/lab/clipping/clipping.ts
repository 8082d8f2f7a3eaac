import type { Parameter } from '../tensor.js';

/** Changes gradients in place, once a step, before the optimizer sees them. */
export interface Clipping {
  apply(gradients: readonly Float32Array[], parameters: readonly Parameter[]): void;
}
