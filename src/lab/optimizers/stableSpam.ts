import { absoluteMaximum, norm } from '../tensor.js';
import type { Parameter } from '../tensor.js';
import { Adam } from './adam.js';

/** Shares of the old in the moments of the norm and in the running maximum; the authors' galore_torch/stablespam.py. */
const GAMMA1 = 0.7;
const GAMMA2 = 0.9;
const THETA = 0.999;
const EPSILON = 1e-8;

interface History {
  steps: number;
  maximum: number;
  mean: number;
  square: number;
}

/**
 * Stable-SPAM (Huang et al. 2025): entries are bounded by a running maximum, norms brought to what is usual, moments
 * forgotten from time to time. The history has a step counter of its own, which a reset leaves alone: with the authors'
 * shared one, spikes after a reset pass unclipped.
 */
export class StableSpam extends Adam {
  private readonly histories = new Map<string, History>();
  private count = 0;

  override step(parameters: readonly Parameter[], gradients: readonly Float32Array[], rate: number): void {
    if (this.count > 0 && this.count % this.settings.resetInterval === 0) {
      this.forget();
    }
    this.count += 1;
    const usual = gradients.map((gradient, index) => this.normalised(parameters[index]!.name, gradient));
    super.step(parameters, usual, rate);
  }

  private normalised(name: string, gradient: Float32Array): Float32Array {
    const largest = absoluteMaximum(gradient);
    if (largest === 0 || !Number.isFinite(largest)) {
      return gradient;
    }
    const history = this.histories.get(name) ?? { steps: 0, maximum: 0, mean: 0, square: 0 };
    this.histories.set(name, history);
    history.steps += 1;
    history.maximum = THETA * history.maximum + (1 - THETA) * largest;
    const bound = history.maximum / (1 - THETA ** history.steps);
    const bounded = gradient.map((g) => (Math.abs(g) > bound ? (g / largest) * bound : g));
    const size = norm(bounded);
    history.mean = GAMMA1 * history.mean + (1 - GAMMA1) * size;
    history.square = GAMMA2 * history.square + (1 - GAMMA2) * size * size;
    const mean = history.mean / (1 - GAMMA1 ** history.steps);
    const root = Math.sqrt(history.square / (1 - GAMMA2 ** history.steps));
    return bounded.map((g) => (g / size) * (mean / (root + EPSILON)));
  }
}
