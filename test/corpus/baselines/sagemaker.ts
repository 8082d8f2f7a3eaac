import type { Baseline, Firing, RulePoint } from './rule.js';
import { isEvaluationLoss, isGradientNorm, isTrainingLoss } from './rule.js';

/** LossNotDecreasing looks every so many rows, and wants the loss to have fallen by this percentage. */
const LOSS_ROWS = 10;
const LOSS_FALL_PERCENT = 0.1;
/** Overfit: how far the evaluation loss may be above the training loss, relative to it. */
const OVERFIT_RATIO = 0.1;
/** VanishingGradient: mean absolute gradient. The norm of a tensor, which is larger, stands for it. */
const VANISHING = 1e-7;
/** DeadRelu: share of the units of a layer. */
const DEAD_SHARE = 0.5;

/** Built-in rules of Amazon SageMaker Debugger. */
export const sagemaker: Baseline = {
  id: 'sagemaker-debugger',
  title: 'SageMaker Debugger',
  covers: ['nan', 'gradient_vanishing', 'plateau', 'overfitting', 'activations'],
  start: () => {
    const lossRows = new Map<string, { rows: number; before: number }>();
    let train = Number.NaN;
    return (point: RulePoint): readonly Firing[] => {
      const { step, value } = point;
      const fire = (kind: Firing['kind'], when: boolean): Firing[] => (when ? [{ kind, step }] : []);
      if (isTrainingLoss(point)) {
        train = value;
        const key = `${point.rank} ${point.tag}`;
        const seen = lossRows.get(key) ?? { rows: 0, before: value };
        lossRows.set(key, seen);
        const looks = seen.rows > 0 && seen.rows % LOSS_ROWS === 0;
        const fall = (100 * (seen.before - value)) / Math.abs(seen.before);
        seen.before = seen.rows % LOSS_ROWS === 0 ? value : seen.before;
        seen.rows++;
        return [...fire('nan', !Number.isFinite(value)), ...fire('plateau', looks && fall < LOSS_FALL_PERCENT)];
      }
      if (isEvaluationLoss(point)) {
        return fire('overfitting', (value - train) / train > OVERFIT_RATIO);
      }
      if (isGradientNorm(point) || point.role.startsWith('gradient-norm/')) {
        return [...fire('nan', !Number.isFinite(value)), ...fire('gradient_vanishing', value < VANISHING)];
      }
      return fire('activations', /^activation\/.+\/dormant$/.test(point.role) && value > DEAD_SHARE);
    };
  },
};
