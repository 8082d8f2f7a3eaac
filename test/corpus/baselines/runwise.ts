import type { Baseline, Firing } from './rule.js';
import { isEvaluationLoss, isGradientNorm, isTrainingLoss, mean, medianOf, Recent } from './rule.js';

/** Modified z-score of the loss, over so many rows. */
const MODIFIED_Z = 3.5;
const SPIKE_ROWS = 100;
/** 0.6745 / MAD is one standard deviation of a normal distribution (Iglewicz and Hoaglin). */
const NORMAL_QUARTILE = 0.6745;
const FEWEST_ROWS = 10;
const OVERFIT_RATIO = 1.5;
const PLATEAU_GAIN = 0.01;
const PLATEAU_ROWS = 500;
const GRADIENT_TIMES = 10;
const VANISHING = 1e-7;

/** runwise's rules. */
export const runwise: Baseline = {
  id: 'runwise',
  title: 'runwise',
  covers: ['nan', 'loss_spike', 'grad_spike', 'gradient_vanishing', 'plateau', 'overfitting'],
  start: () => {
    const losses = new Recent(PLATEAU_ROWS);
    const norms = new Recent(SPIKE_ROWS);
    let train = Number.NaN;
    return (point) => {
      const { step, value } = point;
      const fire = (kind: Firing['kind'], when: boolean): Firing[] => (when ? [{ kind, step }] : []);
      if (isEvaluationLoss(point)) {
        return fire('overfitting', value > OVERFIT_RATIO * train);
      }
      if (!isTrainingLoss(point) && !isGradientNorm(point)) {
        return [];
      }
      if (!Number.isFinite(value)) {
        return [{ kind: 'nan', step }];
      }
      if (isGradientNorm(point)) {
        const before = norms.of(point);
        norms.push(point);
        return [
          ...fire('grad_spike', before.length >= FEWEST_ROWS && value > GRADIENT_TIMES * mean(before)),
          ...fire('gradient_vanishing', value < VANISHING),
        ];
      }
      train = value;
      const before = losses.of(point);
      losses.push(point);
      const window = before.slice(-SPIKE_ROWS);
      const centre = medianOf(window);
      const deviation = medianOf(window.map((one) => Math.abs(one - centre)));
      const stands = before.length === PLATEAU_ROWS && ((before[0] ?? 0) - value) / Math.abs(before[0] ?? 0);
      return [
        ...fire(
          'loss_spike',
          window.length >= FEWEST_ROWS && (NORMAL_QUARTILE * (value - centre)) / deviation > MODIFIED_Z,
        ),
        ...fire('plateau', stands !== false && stands < PLATEAU_GAIN),
      ];
    };
  },
};
