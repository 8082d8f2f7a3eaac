import type { Parameter } from '../tensor.js';
import { Adam } from './adam.js';
import { kept } from './optimizer.js';
import type { Optimizer } from './optimizer.js';

/** AdamW that divides by the largest second moment so far (Reddi et al. 2018), its bias corrected as in `torch.optim`. */
export class AmsGrad extends Adam {
  private readonly largest = new Map<string, Float32Array>();

  override get state(): Optimizer['state'] {
    return { ...super.state, max_exp_avg_sq: this.largest };
  }

  override forget(): void {
    super.forget();
    this.largest.clear();
  }

  protected override update(parameter: Parameter, gradient: Float32Array, rate: number): void {
    this.remember(parameter, gradient);
    const { values } = parameter;
    const { first, second } = this.moments(parameter);
    const top = kept(this.largest, parameter);
    const { slope, offset } = this.denominator();
    const shrink = 1 - rate * this.settings.weightDecay;
    for (let index = 0; index < top.length; index++) {
      const largest = Math.max(top[index]!, second[index]!);
      top[index] = largest;
      values[index] = values[index]! * shrink - (rate * first[index]!) / (slope * Math.sqrt(largest) + offset);
    }
  }
}
