const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
const WEIGHT_DECAY = 0.01;

/** AdamW over a list of parameters. */
export class AdamW {
  #moments;
  #step = 0;

  constructor(parameters) {
    this.#moments = parameters.map((parameter) => ({
      parameter,
      first: new Float64Array(parameter.value.length),
      second: new Float64Array(parameter.value.length),
    }));
  }

  step(learningRate) {
    this.#step += 1;
    const size = learningRate / (1 - BETA1 ** this.#step);
    const correction = 1 / (1 - BETA2 ** this.#step);
    for (const { parameter, first, second } of this.#moments) {
      const { value, gradient } = parameter;
      for (let index = 0; index < value.length; index++) {
        const g = gradient[index];
        first[index] = BETA1 * first[index] + (1 - BETA1) * g;
        second[index] = BETA2 * second[index] + (1 - BETA2) * g * g;
        value[index] -= learningRate * WEIGHT_DECAY * value[index];
        value[index] -= (size * first[index]) / (Math.sqrt(second[index] * correction) + EPSILON);
      }
    }
  }
}

/** Euclidean norm of the gradients of some parameters together. */
export function gradientNorm(parameters) {
  let squares = 0;
  for (const { gradient } of parameters) {
    for (let index = 0; index < gradient.length; index++) {
      squares += gradient[index] * gradient[index];
    }
  }
  return Math.sqrt(squares);
}

/** Scales gradients so that their common norm is at most `limit`; returns the norm before that. */
export function clipGradients(parameters, limit) {
  const norm = gradientNorm(parameters);
  if (norm > limit) {
    for (const { gradient } of parameters) {
      for (let index = 0; index < gradient.length; index++) {
        gradient[index] *= limit / norm;
      }
    }
  }
  return norm;
}
