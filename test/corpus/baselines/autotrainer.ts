import type { Baseline, Firing, RulePoint } from './rule.js';
import { isTrainingLoss } from './rule.js';

/** Vanishing: gradient of the first layer over that of the last, and the first itself. */
const VANISH_RATIO = 1e-3;
const VANISH_NORM = 1e-4;
/** Exploding: the same ratio, or a loss. */
const EXPLODE_RATIO = 70;
const EXPLODE_LOSS = 1e3;
/** Dying: share of a layer's gradients, here of its units' outputs, that are zero. */
const DYING_SHARE = 0.7;
/** Slow convergence: gain of accuracy from one evaluation to the next. */
const SLOW_GAIN = 0.01;
/** Oscillation: swings of the accuracy, and in which share of the evaluations. */
const SWING = 0.03;
const SWING_SHARE = 0.2;

/** AutoTrainer's checks of Keras training. */
export const autotrainer: Baseline = {
  id: 'autotrainer',
  title: 'AutoTrainer',
  covers: ['nan', 'divergence', 'gradient_vanishing', 'grad_spike', 'plateau', 'activations'],
  start: () => {
    const gradients = new Map<string, number>();
    let gradientStep = Number.NaN;
    let accuracy = Number.NaN;
    let evaluations = 0;
    let swings = 0;
    const depthFirings = (): Firing[] => {
      const norms = [...gradients.values()];
      const [first, last] = [norms[0], norms.at(-1)];
      if (first === undefined || last === undefined || norms.length < 2) {
        return [];
      }
      const step = gradientStep;
      return [
        ...(first / last < VANISH_RATIO && first < VANISH_NORM ? [{ kind: 'gradient_vanishing' as const, step }] : []),
        ...(first / last > EXPLODE_RATIO ? [{ kind: 'grad_spike' as const, step }] : []),
      ];
    };
    return ({ role, tag, step, value, ...rest }: RulePoint): readonly Firing[] => {
      if (isTrainingLoss({ role, tag, step, value, ...rest })) {
        return [
          ...(Number.isFinite(value) ? [] : [{ kind: 'nan' as const, step }]),
          ...(value >= EXPLODE_LOSS ? [{ kind: 'divergence' as const, step }] : []),
        ];
      }
      if (role.startsWith('gradient-norm/')) {
        const fired = step === gradientStep ? [] : depthFirings();
        gradientStep = step;
        gradients.set(tag, value);
        return fired;
      }
      if (role.startsWith('activation/') && role.endsWith('/zeros')) {
        return value > DYING_SHARE ? [{ kind: 'activations', step }] : [];
      }
      if (role === 'eval/accuracy') {
        const gain = value - accuracy;
        accuracy = value;
        evaluations++;
        swings += gain < -SWING ? 1 : 0;
        return evaluations > 1 && gain < SLOW_GAIN && swings < SWING_SHARE * evaluations
          ? [{ kind: 'plateau', step }]
          : [];
      }
      return [];
    };
  },
};
