import { Adam } from './adam.js';
import type { Denominator } from './adam.js';

/** Below this length of the approximated average its variance cannot be had (Liu et al. 2020, algorithm 2; torch.optim). */
const SHORTEST_AVERAGE = 5;

/** Rectified Adam with decoupled decay: plain momentum until the second moment means something (Liu et al. 2020). */
export class RAdam extends Adam {
  protected override denominator(): Denominator {
    const { beta1, beta2, epsilon } = this.settings;
    const ofFirst = 1 - beta1 ** this.steps;
    const ofSecond = 1 - beta2 ** this.steps;
    const longest = 2 / (1 - beta2) - 1;
    const length = longest - (2 * this.steps * beta2 ** this.steps) / ofSecond;
    if (length <= SHORTEST_AVERAGE) {
      return { slope: 0, offset: ofFirst };
    }
    const rectification = Math.sqrt(((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length));
    const slope = ofFirst / (rectification * Math.sqrt(ofSecond));
    return { slope, offset: slope * epsilon };
  }
}
