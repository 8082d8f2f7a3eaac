import { dot, norm } from '../tensor.js';
import type { Parameter } from '../tensor.js';
import { Adam } from './adam.js';

/** Cosine, times the root of the length, below which a tensor counts as scale-invariant; the authors' adamp/adamp.py. */
const DELTA = 0.1;
/** Share of the decay that such a tensor keeps; the same file. */
const DECAY_SHARE = 0.1;

/** AdamW that takes the radial part out of the steps of scale-invariant weights (Heo et al. 2021). */
export class AdamP extends Adam {
  protected override update(parameter: Parameter, gradient: Float32Array, rate: number): void {
    const { values, shape } = parameter;
    this.remember(parameter, gradient);
    const { first, second } = this.moments(parameter);
    const { slope, offset } = this.denominator();
    const step = first.map((m, index) => m / (slope * Math.sqrt(second[index]!) + offset));
    let decay = this.settings.weightDecay;
    const rows =
      shape.length > 1 ? [shape.at(-1)!, 1].find((groups) => isInvariant(values, gradient, groups)) : undefined;
    if (rows !== undefined) {
      decay *= DECAY_SHARE;
      takeRadialPartOut(step, values, rows);
    }
    for (let index = 0; index < values.length; index++) {
      values[index] = values[index]! * (1 - rate * decay) - rate * step[index]!;
    }
  }
}

/** Columns of a matrix are its filters here: weights are applied from the right. */
function filters(values: Float32Array, groups: number): Float32Array[] {
  return Array.from({ length: groups }, (_, group) =>
    Float32Array.from({ length: values.length / groups }, (_, at) => values[at * groups + group]!),
  );
}

function isInvariant(values: Float32Array, gradient: Float32Array, groups: number): boolean {
  const gradients = filters(gradient, groups);
  const limit = DELTA / Math.sqrt(values.length / groups);
  return filters(values, groups).every((filter, group) => {
    const other = gradients[group]!;
    return Math.abs(dot(filter, other)) / Math.max(norm(filter) * norm(other), Number.MIN_VALUE) < limit;
  });
}

function takeRadialPartOut(step: Float32Array, values: Float32Array, groups: number): void {
  const steps = filters(step, groups);
  for (const [group, filter] of filters(values, groups).entries()) {
    const squared = dot(filter, filter);
    const share = squared > 0 ? dot(filter, steps[group]!) / squared : 0;
    for (const [at, value] of filter.entries()) {
      step[at * groups + group]! -= share * value;
    }
  }
}
