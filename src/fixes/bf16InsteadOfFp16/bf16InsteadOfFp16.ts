import { bfloatInTrainer } from '../libraries/lightningTrainer.js';
import type { FixDescription } from '../../model/fix.js';
import type { Fix } from '../fix.js';
import { applyToLoops, refused } from '../loopFix.js';
import { bfloatInArguments } from './bfloatInArguments.js';
import { bfloatInKeras } from './bfloatInKeras.js';
import { bfloatInUnit } from './bfloatInUnit.js';

const description: FixDescription = {
  id: 'bf16-instead-of-fp16',
  title: 'Use bfloat16 instead of float16',
  why: 'bfloat16 has the range of float32, so activations and gradients neither overflow to infinity nor vanish to zero, and no loss scale is needed.',
  answers: ['non-finite', 'precision', 'loss-zero'],
  contraindications: [
    'GPUs without bfloat16 (before Ampere: V100, T4, RTX 20): it fails or is emulated slowly there.',
    'Values that need more than 8 bits of precision: bfloat16 has 3 bits fewer than float16, so keep losses and normalisations in float32.',
    'A model that was trained in float16 and is only run on: small differences in its outputs.',
  ],
  frameworks: ['pytorch', 'accelerate', 'transformers', 'keras'],
  settings: [],
  papers: [
    {
      title: 'A Study of BFLOAT16 for Deep Learning Training',
      authors: 'Dhiraj Kalamkar, Dheevatsa Mudigere, Naveen Mellempudi, et al.',
      year: 2019,
    },
    {
      title: 'Mixed Precision Training',
      authors: 'Paulius Micikevicius, Sharan Narang, Jonah Alben, et al.',
      year: 2018,
    },
  ],
  labArm: 'bf16',
};

/** Another type for autocast; a GradScaler stays where it is, switched off. */
export const bf16InsteadOfFp16: Fix = {
  description,
  apply: (target) =>
    applyToLoops(target, {
      unit: (unit, { analysis, edits }) => bfloatInUnit(unit, analysis, edits),
      lightning: bfloatInTrainer,
      keras: (_training, { analysis, edits }) => bfloatInKeras(analysis, edits),
      functional: ({ style }, { analysis, edits }) =>
        style === 'tape'
          ? bfloatInKeras(analysis, edits)
          : refused('JAX computes in the type that arrays have: choose it there.'),
      arguments: (call, { analysis, edits }) => bfloatInArguments(call, analysis, edits),
    }),
};
