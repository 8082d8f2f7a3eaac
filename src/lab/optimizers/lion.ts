import type { OptimizerSettings } from '../settings.js';
import type { Parameter } from '../tensor.js';
import { kept } from './optimizer.js';
import type { Optimizer } from './optimizer.js';

/** Steps by the sign of the interpolated momentum, with decoupled decay (Chen et al. 2023, algorithm 2). */
export class Lion implements Optimizer {
  private readonly settings: OptimizerSettings;
  private readonly momenta = new Map<string, Float32Array>();

  constructor(settings: OptimizerSettings) {
    this.settings = settings;
  }

  get state(): Optimizer['state'] {
    return { exp_avg: this.momenta };
  }

  forget(): void {
    this.momenta.clear();
  }

  step(parameters: readonly Parameter[], gradients: readonly Float32Array[], rate: number): void {
    const { beta1, beta2, weightDecay } = this.settings;
    for (const [at, parameter] of parameters.entries()) {
      const [gradient, { values }] = [gradients[at]!, parameter];
      const momentum = kept(this.momenta, parameter);
      for (let index = 0; index < values.length; index++) {
        const g = gradient[index]!;
        const direction = Math.sign(beta1 * momentum[index]! + (1 - beta1) * g);
        values[index] = values[index]! * (1 - rate * weightDecay) - rate * direction;
        momentum[index] = beta2 * momentum[index]! + (1 - beta2) * g;
      }
    }
  }
}
