import type { Parameter } from '../tensor.js';
import { Adam } from './adam.js';
import { kept } from './optimizer.js';

/** Below this length of the approximated average its variance cannot be had (Liu et al. 2020, algorithm 2; torch.optim). */
const SHORTEST_AVERAGE = 5;

/** Rectified Adam with decoupled decay: plain momentum until the second moment means something (Liu et al. 2020). */
export class RAdam extends Adam {
  protected override direction(parameter: Parameter): (index: number) => number {
    const { beta1, beta2, epsilon } = this.settings;
    const [m, v] = [kept(this.first, parameter), kept(this.second, parameter)];
    const ofFirst = 1 - beta1 ** this.steps;
    const ofSecond = 1 - beta2 ** this.steps;
    const longest = 2 / (1 - beta2) - 1;
    const length = longest - (2 * this.steps * beta2 ** this.steps) / ofSecond;
    if (length <= SHORTEST_AVERAGE) {
      return (index) => m[index]! / ofFirst;
    }
    const rectification = Math.sqrt(((length - 4) * (length - 2) * longest) / ((longest - 4) * (longest - 2) * length));
    const factor = rectification * Math.sqrt(ofSecond);
    return (index) => ((m[index]! / ofFirst) * factor) / (Math.sqrt(v[index]!) + epsilon);
  }
}
