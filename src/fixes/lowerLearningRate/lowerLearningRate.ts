import type { FixDescription } from '../../model/fix.js';
import type { Fix } from '../fix.js';
import { onOptimizers } from '../libraries/optimizerChange.js';
import { applyToLoops, refused } from '../loopFix.js';
import { numberSetting } from '../settings.js';
import { lowerInArguments } from './lowerInArguments.js';
import { lowerInLibraries } from './lowerInLibraries.js';
import { lowerInLightning, lowerInUnit } from './lowerInUnit.js';
import { LOWERED } from './lowerNumber.js';

const description: FixDescription = {
  id: 'lower-learning-rate',
  title: 'Lower the learning rate',
  why: 'Makes every step smaller, so that the run stays where the loss surface is flat enough for its steps.',
  answers: ['divergence', 'early-rise', 'loss-spike', 'learning-rate', 'gradient-exploding', 'non-finite'],
  contraindications: [
    'A single spike from one bad batch that the run recovers from: clipping costs less.',
    'Divergence in the first steps alone: a warmup keeps the full rate for the rest of the run.',
    'A loss that merely oscillates: large rates do that while they learn well.',
  ],
  frameworks: ['pytorch', 'accelerate', 'transformers', 'fabric', 'keras', 'jax', 'tfjs'],
  settings: [
    {
      name: 'factor',
      title: 'Share of the present learning rate to go on with',
      default: 0.3,
      source:
        'Half a decade, the spacing of the usual sweep 1e-4, 3e-4, 1e-3, 3e-3 (as in Small-scale proxies for large-scale Transformer training instabilities, 2023)',
    },
    {
      name: 'learning-rate',
      title: 'The learning rate itself, instead of a share of the present one',
      default: 'auto',
      source: '"auto" takes the share',
    },
  ],
  papers: [
    {
      title: 'Small-scale proxies for large-scale Transformer training instabilities',
      authors: 'Mitchell Wortsman, Peter J. Liu, Lechao Xiao, et al.',
      year: 2023,
    },
    {
      title: 'A Loss Curvature Perspective on Training Instability in Deep Learning',
      authors: 'Justin Gilmer, Behrooz Ghorbani, Ankush Garg, et al.',
      year: 2021,
    },
  ],
  labArm: 'lower-learning-rate',
};

/** A smaller number where the learning rate really comes from. */
export const lowerLearningRate: Fix = {
  description,
  apply(target, settings) {
    const factor = numberSetting(description, 'factor', settings, { above: 0, below: 1 });
    if (!factor.ok) {
      return refused(factor.error);
    }
    const asked = settings['learning-rate'] ?? 'auto';
    const rate = asked === 'auto' ? null : numberSetting(description, 'learning-rate', settings, { above: 0 });
    if (rate?.ok === false) {
      return refused(rate.error);
    }
    const aim = { factor: factor.value, rate: rate?.value ?? null, mark: LOWERED };
    return applyToLoops(target, {
      ...onOptimizers(lowerInLibraries(aim)),
      unit: (unit, { analysis, edits }) => lowerInUnit(unit, aim, analysis, edits),
      lightning: (training, { analysis, edits }) => lowerInLightning(training, aim, analysis, edits),
      arguments: (call, { analysis, edits }) => lowerInArguments(call, aim, analysis, edits),
    });
  },
};
