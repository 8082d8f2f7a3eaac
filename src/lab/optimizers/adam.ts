import type { OptimizerSettings } from '../settings.js';
import type { AdamStep, Arithmetic, Parameter } from '../tensor.js';
import { kept } from './optimizer.js';
import type { Optimizer } from './optimizer.js';

/** slope · √second + offset, the same for all entries. */
export type Denominator = Pick<AdamStep, 'slope' | 'offset'>;

/**
 * Adam (Kingma and Ba 2014) and AdamW (Loshchilov and Hutter 2017), in the order of `torch.optim`: decay, moments, step
 * with both bias corrections, epsilon behind them. What descends from it changes the gradients that go in, or the
 * denominator that they are divided by.
 */
export class Adam implements Optimizer {
  protected readonly settings: OptimizerSettings;
  protected readonly first = new Map<string, Float32Array>();
  protected readonly second = new Map<string, Float32Array>();
  /** Steps since everything was forgotten. */
  protected steps = 0;
  private readonly arithmetic: Arithmetic;
  private readonly decoupled: boolean;

  /** @param decoupled weights shrink by themselves (AdamW), rather than through the gradient (Adam). */
  constructor(settings: OptimizerSettings, arithmetic: Arithmetic, decoupled = true) {
    this.settings = settings;
    this.arithmetic = arithmetic;
    this.decoupled = decoupled;
  }

  get state(): Optimizer['state'] {
    return { exp_avg: this.first, exp_avg_sq: this.second };
  }

  forget(): void {
    // They stay what they are, since zeros of the backend are never given back.
    for (const moment of [...this.first.values(), ...this.second.values()]) {
      moment.fill(0);
    }
    this.steps = 0;
  }

  step(parameters: readonly Parameter[], gradients: readonly Float32Array[], rate: number): void {
    this.steps += 1;
    for (const [index, parameter] of parameters.entries()) {
      this.update(parameter, gradients[index]!, rate);
    }
  }

  protected update(parameter: Parameter, gradient: Float32Array, rate: number): void {
    const { beta1, beta2, weightDecay } = this.settings;
    const { first, second } = this.moments(parameter);
    this.arithmetic.adamStep({
      weights: parameter.values,
      gradient,
      first,
      second,
      beta1,
      beta2,
      pull: this.decoupled ? 0 : weightDecay,
      shrink: this.decoupled ? 1 - rate * weightDecay : 1,
      rate,
      ...this.denominator(),
    });
  }

  /** The moments of a tensor, zeros at first. */
  protected moments(parameter: Parameter): { readonly first: Float32Array; readonly second: Float32Array } {
    const zeros = (length: number): Float32Array => this.arithmetic.zeros(length);
    return { first: kept(this.first, parameter, zeros), second: kept(this.second, parameter, zeros) };
  }

  /** Brings the moments up to the gradient, where what is done with them then is not Adam's step. */
  protected remember(parameter: Parameter, gradient: Float32Array): void {
    const { beta1, beta2 } = this.settings;
    const { first, second } = this.moments(parameter);
    for (let index = 0; index < first.length; index++) {
      const g = gradient[index]!;
      first[index] = beta1 * first[index]! + (1 - beta1) * g;
      second[index] = beta2 * second[index]! + (1 - beta2) * g * g;
    }
  }

  /** What the first moments are divided by. */
  protected denominator(): Denominator {
    const { beta1, beta2, epsilon } = this.settings;
    const ofFirst = 1 - beta1 ** this.steps;
    const root = Math.sqrt(1 - beta2 ** this.steps);
    return { slope: ofFirst / root, offset: ofFirst * epsilon };
  }
}
