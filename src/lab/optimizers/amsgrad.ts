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

  protected override direction(parameter: Parameter): (index: number) => number {
    const { beta1, beta2, epsilon } = this.settings;
    const [m, v] = [kept(this.first, parameter), kept(this.second, parameter)];
    const top = kept(this.largest, parameter);
    for (let index = 0; index < top.length; index++) {
      top[index] = Math.max(top[index]!, v[index]!);
    }
    const ofFirst = 1 - beta1 ** this.steps;
    const root = Math.sqrt(1 - beta2 ** this.steps);
    return (index) => m[index]! / ofFirst / (Math.sqrt(top[index]!) / root + epsilon);
  }
}
