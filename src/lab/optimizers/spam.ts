import type { Parameter } from '../tensor.js';
import { Adam } from './adam.js';

/** Share of the rate from which it rises anew after a reset; the authors' code, galore_torch/SPAM.py. */
const LEAST_RATE = 0.01;

/**
 * Spike-Aware Adam with Momentum Reset (Huang et al. 2025): entries that dwarf their second moment are cut back, and the
 * moments are forgotten every so many steps. The step counter is forgotten with them; in the authors' code it is not, and
 * steps after a reset are up to 2.7 times too long.
 */
export class Spam extends Adam {
  private count = -1;

  override step(parameters: readonly Parameter[], gradients: readonly Float32Array[], rate: number): void {
    const { resetInterval, graceSteps, rewarmSteps } = this.settings;
    this.count += 1;
    const since = this.count % resetInterval;
    if (this.count > 0 && since === 0) {
      this.forget();
    }
    const seen =
      since >= graceSteps ? gradients.map((gradient, index) => this.cut(parameters[index]!, gradient)) : gradients;
    const rising = this.count >= resetInterval && since <= rewarmSteps;
    const share = rising ? 1 - ((1 - LEAST_RATE) * (1 + Math.cos((Math.PI * since) / rewarmSteps))) / 2 : 1;
    super.step(parameters, seen, rate * share);
  }

  private cut(parameter: Parameter, gradient: Float32Array): Float32Array {
    const second = this.moments(parameter).second;
    const { spikeThreshold } = this.settings;
    return gradient.map((g, index) => {
      const limit = spikeThreshold * second[index]!;
      return limit > 0 && g * g > limit ? Math.sign(g) * Math.sqrt(limit) : g;
    });
  }
}
