import type { FixDescription } from '../../model/fix.js';
import type { Fix } from '../fix.js';
import { onOptimizers } from '../libraries/optimizerChange.js';
import { applyToLoops, refused } from '../loopFix.js';
import { guardSteps } from './guardSteps.js';
import { SKIP_IN_LIBRARIES } from './skipInLibraries.js';

const description: FixDescription = {
  id: 'skip-non-finite-steps',
  title: 'Skip steps whose gradients are not finite',
  why: 'Leaves a step out when a gradient holds NaN or infinity, so that one bad batch cannot destroy the weights and the moments of the optimizer.',
  answers: ['non-finite'],
  contraindications: [
    'Weights or buffers that are not finite already: every step would be skipped; go back to a checkpoint first.',
    'A fault that comes again and again: skipping hides it, so count the skipped steps and look at their batches.',
    'Models with BatchNorm: its running statistics have seen the bad batch already.',
    'Sharded models (FSDP): each rank sees only its own gradients, and all have to decide alike.',
  ],
  frameworks: ['pytorch', 'accelerate', 'keras', 'jax'],
  settings: [],
  papers: [
    {
      title: 'Mixed Precision Training',
      authors: 'Paulius Micikevicius, Sharan Narang, Jonah Alben, et al.',
      year: 2018,
    },
  ],
  labArm: null,
};

/** What a GradScaler does for float16, for every precision: no step from a gradient that is not finite. */
export const skipNonFiniteSteps: Fix = {
  description,
  apply: (target) =>
    applyToLoops(target, {
      ...onOptimizers(SKIP_IN_LIBRARIES),
      unit: (unit, { analysis, edits }) => guardSteps(unit, analysis, edits),
      lightning: () =>
        refused(
          'Lightning makes the step itself. With precision="16-mixed" it skips such steps; otherwise override optimizer_step in the module and leave out what is not finite there.',
        ),
      arguments: () =>
        refused(
          'The Trainer steps inside the library. With fp16 it skips such steps itself; otherwise use clipping, a lower learning rate or bf16. (logging_nan_inf_filter only hides them from the log.)',
        ),
    }),
};
