import type { Baseline } from './rule.js';
import { isGradientNorm } from './rule.js';

const SIGMAS = 2.5;
/** Weight of the past in the running mean and variance, and rows before there are any. */
const DECAY = 0.97;
const WARMUP_ROWS = 25;

/** ZClip's test of the gradient norm, as an alarm. */
export const zclip: Baseline = {
  id: 'zclip',
  title: 'ZClip z > 2.5',
  covers: ['grad_spike'],
  start: () => {
    const first: number[] = [];
    let centre = Number.NaN;
    let variance = Number.NaN;
    return (point) => {
      if (!isGradientNorm(point) || !Number.isFinite(point.value)) {
        return [];
      }
      if (first.length < WARMUP_ROWS) {
        first.push(point.value);
        centre = first.reduce((sum, value) => sum + value, 0) / first.length;
        variance = first.reduce((sum, value) => sum + (value - centre) ** 2, 0) / first.length;
        return [];
      }
      const z = (point.value - centre) / Math.sqrt(variance + 1e-12);
      // What is clipped enters the statistics as it was clipped: at z* = threshold² / z.
      const taken = z > SIGMAS ? centre + (SIGMAS ** 2 / z) * Math.sqrt(variance) : point.value;
      centre = DECAY * centre + (1 - DECAY) * taken;
      variance = DECAY * variance + (1 - DECAY) * (taken - centre) ** 2;
      return z > SIGMAS ? [{ kind: 'grad_spike', step: point.step }] : [];
    };
  },
};
