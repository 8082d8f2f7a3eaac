import type { FixDescription } from '../../model/fix.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused } from '../loopFix.js';
import { resetOnResume } from './resetOnResume.js';

const description: FixDescription = {
  id: 'reset-momentum',
  title: 'Forget momentum on resume',
  why: 'Zeroes the moments of the optimizer and its step counter once, when a run goes on from a checkpoint, so that gradients of a spike or of other data no longer push the weights.',
  answers: ['resume', 'loss-spike', 'gradient-spike', 'divergence'],
  contraindications: [
    'A checkpoint from healthy training on the same data: the moments are worth keeping.',
    'Large learning rates without a warmup: right after a reset Adam moves every weight by the full learning rate.',
    'Zeroed moments without a zeroed step counter: the bias correction would be missing, and steps up to 2.7 times too long.',
  ],
  frameworks: ['pytorch', 'accelerate'],
  settings: [],
  papers: [
    {
      title: 'SPAM: Spike-Aware Adam with Momentum Reset for Stable LLM Training',
      authors: 'Tianjin Huang, Ziquan Zhu, Gaojie Jin, et al.',
      year: 2025,
    },
  ],
  labArm: 'reset-momentum',
};

/** Once, behind the place where the optimizer's state is loaded. */
export const resetMomentum: Fix = {
  description,
  apply: (target) =>
    applyToLoops(target, {
      unit: (unit, { analysis, edits }) => resetOnResume(unit, analysis, edits),
      lightning: () =>
        refused(
          'Lightning restores the optimizer inside the library: load the weights alone (load_from_checkpoint) and call fit without ckpt_path to start with fresh moments.',
        ),
      arguments: () =>
        refused(
          'The Trainer restores the optimizer inside the library: load the weights with from_pretrained instead of resume_from_checkpoint to start with fresh moments.',
        ),
    }),
};
