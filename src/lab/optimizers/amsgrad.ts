import type { Parameter } from '../tensor.js';
import { Adam } from './adam.js';
import type { Denominator } from './adam.js';
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

  protected override denominator(parameter: Parameter): Denominator {
    const denominator = super.denominator(parameter);
    const v = denominator.second;
    const top = kept(this.largest, parameter);
    for (let index = 0; index < top.length; index++) {
      top[index] = Math.max(top[index]!, v[index]!);
    }
    return { ...denominator, second: top };
  }
}
