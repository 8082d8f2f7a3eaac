import { clipInTrainer } from '../libraries/lightningTrainer.js';
import type { FixDescription } from '../../model/fix.js';
import { clipInUnit, type ClippingWish } from '../clipGradients/clipInUnit.js';
import { clipInOptimizer } from '../libraries/clipOptimizer.js';
import { onOptimizers } from '../libraries/optimizerChange.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused } from '../loopFix.js';
import { numberSetting } from '../settings.js';

const description: FixDescription = {
  id: 'clip-by-value',
  title: 'Clip every entry of the gradient',
  why: 'Holds every entry of the gradient within fixed bounds, so that single huge entries (rare words, recurrent steps) cannot throw their weights far off.',
  answers: ['gradient-exploding', 'gradient-spike'],
  contraindications: [
    'Where the direction of the gradient matters: cutting entries turns it, clipping by norm does not.',
    'Adam-like optimizers, which bound the step of each weight by themselves.',
    'Bounds that most entries reach: what is left is hardly more than signs.',
  ],
  frameworks: ['pytorch', 'accelerate', 'fabric', 'lightning', 'keras', 'jax', 'tfjs'],
  settings: [
    {
      name: 'limit',
      title: 'Largest absolute value of an entry',
      default: 1.0,
      source: 'Human-level control through deep reinforcement learning (2015) holds the error term within -1 and 1',
    },
  ],
  papers: [
    {
      title: 'Human-level control through deep reinforcement learning',
      authors: 'Volodymyr Mnih, Koray Kavukcuoglu, David Silver, et al.',
      year: 2015,
    },
    { title: 'Generating Sequences With Recurrent Neural Networks', authors: 'Alex Graves', year: 2013 },
  ],
  labArm: 'clip-by-value',
};

/** Each framework's own clipping by value, between the backward pass and the step. */
export const clipByValue: Fix = {
  description,
  apply(target, settings) {
    const limit = numberSetting(description, 'limit', settings, { above: 0 });
    if (!limit.ok) {
      return refused(limit.error);
    }
    const wish: ClippingWish = { kind: 'value', limit: limit.value };
    return applyToLoops(target, {
      ...onOptimizers(clipInOptimizer(wish)),
      withoutOptimizer: true,
      unit: (unit, { analysis, edits }) => clipInUnit(unit, wish, analysis, edits),
      lightning: (training, context) => clipInTrainer(training, wish, context),
      arguments: () =>
        refused('The Trainer clips by the norm alone (max_grad_norm), which leaves the direction as it is.'),
    });
  },
};
