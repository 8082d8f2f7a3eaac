import { clipInTrainer } from '../libraries/lightningTrainer.js';
import type { FixDescription } from '../../model/fix.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused } from '../loopFix.js';
import { numberSetting } from '../settings.js';
import { clipInOptimizer } from '../libraries/clipOptimizer.js';
import { onOptimizers } from '../libraries/optimizerChange.js';
import { clipInArguments } from './clipInArguments.js';
import { clipInUnit } from './clipInUnit.js';

const description: FixDescription = {
  id: 'clip-gradients',
  title: 'Clip gradients by global norm',
  why: 'Scales the gradient down whenever its global norm exceeds a limit, so that one bad batch can no longer throw the weights far off.',
  answers: ['gradient-spike', 'gradient-exploding', 'loss-spike', 'divergence', 'early-rise', 'non-finite'],
  contraindications: [
    'Vanishing gradients: clipping only makes gradients smaller.',
    'Gradients that are non-finite already: their norm is too, and scaling cannot mend them.',
    'A limit that is hit on most steps acts as a second learning rate; with plain SGD it also biases the direction.',
    'Differentially private training, which needs clipping per sample.',
  ],
  frameworks: ['pytorch', 'accelerate', 'transformers', 'fabric', 'lightning', 'keras', 'jax', 'tfjs'],
  settings: [
    {
      name: 'max-norm',
      title: 'Largest global gradient norm',
      default: 1.0,
      source: 'Default of Hugging Face TrainingArguments (max_grad_norm) and of nanoGPT (grad_clip)',
    },
  ],
  papers: [
    {
      title: 'On the difficulty of training Recurrent Neural Networks',
      authors: 'Razvan Pascanu, Tomas Mikolov, Yoshua Bengio',
      year: 2013,
    },
    {
      title: 'A Loss Curvature Perspective on Training Instability in Deep Learning',
      authors: 'Justin Gilmer, Behrooz Ghorbani, Ankush Garg, et al.',
      year: 2021,
    },
    {
      title: 'Revisiting Gradient Clipping: Stochastic bias and tight convergence guarantees',
      authors: 'Anastasia Koloskova, Hadrien Hendrikx, Sebastian U. Stich',
      year: 2023,
    },
  ],
  labArm: 'clip-gradients',
};

/** Global-norm clipping between the backward pass and the step. */
export const clipGradients: Fix = {
  description,
  apply(target, settings) {
    const limit = numberSetting(description, 'max-norm', settings, { above: 0 });
    if (!limit.ok) {
      return refused(limit.error);
    }
    const wish = { kind: 'norm', limit: limit.value } as const;
    return applyToLoops(target, {
      ...onOptimizers(clipInOptimizer(wish)),
      withoutOptimizer: true,
      unit: (unit, { analysis, edits }) => clipInUnit(unit, wish, analysis, edits),
      lightning: (training, context) => clipInTrainer(training, wish, context),
      arguments: (call, { analysis, edits }) => clipInArguments(call, limit.value, analysis, edits),
    });
  },
};
