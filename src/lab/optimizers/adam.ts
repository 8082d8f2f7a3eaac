import type { OptimizerSettings } from '../settings.js';
import type { Parameter } from '../tensor.js';
import { kept } from './optimizer.js';
import type { Optimizer } from './optimizer.js';

/**
 * slope · √second + offset, for each entry: in numbers rather than as a function, since a call for each entry would take
 * longer than the arithmetic.
 */
export interface Denominator {
  readonly second: Float32Array;
  readonly slope: number;
  readonly offset: number;
}

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
  private readonly decoupled: boolean;

  /** @param decoupled weights shrink by themselves (AdamW), rather than through the gradient (Adam). */
  constructor(settings: OptimizerSettings, decoupled = true) {
    this.settings = settings;
    this.decoupled = decoupled;
  }

  get state(): Optimizer['state'] {
    return { exp_avg: this.first, exp_avg_sq: this.second };
  }

  forget(): void {
    this.first.clear();
    this.second.clear();
    this.steps = 0;
  }

  step(parameters: readonly Parameter[], gradients: readonly Float32Array[], rate: number): void {
    this.steps += 1;
    for (const [index, parameter] of parameters.entries()) {
      this.update(parameter, gradients[index]!, rate);
    }
  }

  protected update(parameter: Parameter, gradient: Float32Array, rate: number): void {
    const { values } = parameter;
    const decay = this.settings.weightDecay;
    this.remember(parameter, gradient);
    const shrink = this.decoupled ? 1 - rate * decay : 1;
    const m = kept(this.first, parameter);
    const { second, slope, offset } = this.denominator(parameter);
    for (let index = 0; index < values.length; index++) {
      values[index] = values[index]! * shrink - (rate * m[index]!) / (slope * Math.sqrt(second[index]!) + offset);
    }
  }

  /** Brings the moments up to the gradient. */
  protected remember(parameter: Parameter, gradient: Float32Array): void {
    const { beta1, beta2, weightDecay } = this.settings;
    const [m, v] = [kept(this.first, parameter), kept(this.second, parameter)];
    const pull = this.decoupled ? 0 : weightDecay;
    for (let index = 0; index < m.length; index++) {
      const g = gradient[index]! + pull * parameter.values[index]!;
      m[index] = beta1 * m[index]! + (1 - beta1) * g;
      v[index] = beta2 * v[index]! + (1 - beta2) * g * g;
    }
  }

  /** What the first moments are divided by. */
  protected denominator(parameter: Parameter): Denominator {
    const { beta1, beta2, epsilon } = this.settings;
    const ofFirst = 1 - beta1 ** this.steps;
    const root = Math.sqrt(1 - beta2 ** this.steps);
    return { second: kept(this.second, parameter), slope: ofFirst / root, offset: ofFirst * epsilon };
  }
}
