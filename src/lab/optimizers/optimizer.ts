import type { OptimizerSettings } from '../settings.js';
import type { Arithmetic, Parameter } from '../tensor.js';

/** Changes weights by gradients. What it remembers can be read, by name of the tensor. */
export interface Optimizer {
  /**
   * One step, in place.
   * @param gradients aligned with the parameters.
   * @param rate the learning rate of this step.
   */
  step(parameters: readonly Parameter[], gradients: readonly Float32Array[], rate: number): void;
  /** Forgets everything, step counters included. */
  forget(): void;
  /** Moments and whatever else it keeps: name of the quantity, then of the tensor. */
  readonly state: Readonly<Record<string, ReadonlyMap<string, Float32Array>>>;
}

/** Makes an optimizer of its kind. */
export type MakeOptimizer = (settings: OptimizerSettings, arithmetic: Arithmetic) => Optimizer;

/** The zeros, kept under the tensor's name. */
export function kept(
  moments: Map<string, Float32Array>,
  { name, values }: Parameter,
  zeros = (length: number): Float32Array => new Float32Array(length),
): Float32Array {
  let moment = moments.get(name);
  if (moment === undefined) {
    moment = zeros(values.length);
    moments.set(name, moment);
  }
  return moment;
}
