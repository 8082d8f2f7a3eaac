import type { FixDescription } from '../../model/fix.js';
import type { Fix } from '../fix.js';
import { onOptimizers } from '../libraries/optimizerChange.js';
import { applyToLoops, refused } from '../loopFix.js';
import { numberSetting } from '../settings.js';
import { warmUpInArguments } from './warmUpInArguments.js';
import { warmUpInLibraries } from './warmUpInLibraries.js';
import { warmUpInLightning } from './warmUpInLightning.js';
import { warmUpInUnit } from './warmUpInUnit.js';

const description: FixDescription = {
  id: 'add-warmup',
  title: 'Warm the learning rate up',
  why: 'Raises the learning rate from near zero over the first steps, while Adam still learns the scale of the gradients and the loss surface is at its sharpest.',
  answers: ['warmup', 'early-rise', 'divergence', 'learning-rate', 'gradient-spike', 'loss-spike'],
  contraindications: [
    'A resumed run whose optimizer state is restored: Adam already knows the scale of the gradients.',
    'Short fine-tuning and Pre-LN transformers with a small initialisation often train as well without it.',
    'RAdam and schedule-free optimizers, which bring their own.',
  ],
  frameworks: ['pytorch', 'accelerate', 'transformers', 'lightning', 'keras', 'jax', 'tfjs'],
  settings: [
    {
      name: 'warmup-steps',
      title: 'Optimizer steps until the full learning rate',
      default: 2000,
      source:
        'Rule of thumb 2 / (1 - beta2) for Adam with beta2 = 0.999 (Ma and Yarats 2021); a tenth of the run where that is shorter and the source shows how long it is',
    },
    {
      name: 'warmup-ratio',
      title: 'Share of all steps, where their number is known',
      default: 0.03,
      source: 'Common in public instruction-tuning recipes (Stanford Alpaca, Vicuna)',
    },
    {
      name: 'transformers',
      title: 'Major version of transformers: 4 takes warmup_ratio, 5 a share as warmup_steps',
      default: 'auto',
      source: 'transformers 5 removed warmup_ratio; "auto" goes by the other arguments of the call',
    },
  ],
  papers: [
    {
      title: 'On the Variance of the Adaptive Learning Rate and Beyond',
      authors: 'Liyuan Liu, Haoming Jiang, Pengcheng He, et al.',
      year: 2020,
    },
    {
      title: 'On the adequacy of untuned warmup for adaptive optimization',
      authors: 'Jerry Ma, Denis Yarats',
      year: 2021,
    },
    {
      title: 'A Loss Curvature Perspective on Training Instability in Deep Learning',
      authors: 'Justin Gilmer, Behrooz Ghorbani, Ankush Garg, et al.',
      year: 2021,
    },
  ],
  labArm: 'warmup',
};

/** Linear warmup in front of whatever schedule there is. */
export const addWarmup: Fix = {
  description,
  apply(target, settings) {
    const steps = numberSetting(description, 'warmup-steps', settings, { above: 0, whole: true });
    const ratio = numberSetting(description, 'warmup-ratio', settings, { above: 0, below: 1 });
    if (!steps.ok) {
      return refused(steps.error);
    }
    if (!ratio.ok) {
      return refused(ratio.error);
    }
    const chosen = settings['warmup-steps'] !== undefined;
    const version = String(settings['transformers'] ?? 'auto');
    if (!['auto', '4', '5'].includes(version)) {
      return refused(`transformers must be 4, 5 or auto, not "${version}".`);
    }
    return applyToLoops(target, {
      unit: (unit, { analysis, edits }) =>
        warmUpInUnit(unit, { steps: steps.value, chosen, ratio: ratio.value }, analysis, edits),
      lightning: (training, context) => warmUpInLightning(training, { steps: steps.value, chosen }, context),
      ...onOptimizers(warmUpInLibraries({ steps: steps.value, chosen })),
      arguments: (call, { analysis, edits }) =>
        warmUpInArguments(call, { steps: chosen ? steps.value : null, ratio: ratio.value, version }, analysis, edits),
    });
  },
};
