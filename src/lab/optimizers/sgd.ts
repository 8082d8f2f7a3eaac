import type { OptimizerSettings } from '../settings.js';
import type { Parameter } from '../tensor.js';
import { kept } from './optimizer.js';
import type { Optimizer } from './optimizer.js';

/** Stochastic gradient descent with heavy-ball momentum and decay through the gradient, as in `torch.optim`. */
export class Sgd implements Optimizer {
  private readonly settings: OptimizerSettings;
  private readonly momenta = new Map<string, Float32Array>();

  constructor(settings: OptimizerSettings) {
    this.settings = settings;
  }

  get state(): Optimizer['state'] {
    return { momentum_buffer: this.momenta };
  }

  forget(): void {
    this.momenta.clear();
  }

  step(parameters: readonly Parameter[], gradients: readonly Float32Array[], rate: number): void {
    const { momentum, weightDecay } = this.settings;
    for (const [at, parameter] of parameters.entries()) {
      const [gradient, { values }] = [gradients[at]!, parameter];
      const buffer = kept(this.momenta, parameter);
      for (let index = 0; index < values.length; index++) {
        buffer[index] = momentum * buffer[index]! + gradient[index]! + weightDecay * values[index]!;
        values[index]! -= rate * buffer[index]!;
      }
    }
  }
}
