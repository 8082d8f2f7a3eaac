import type { FixDescription } from '../../model/fix.js';
import { applyToBlocks } from '../blockFix.js';
import type { Fix } from '../fix.js';
import { replaceEncoderLayer } from '../editing/encoderLayer.js';
import { addOutputNorms, changesTheModel } from '../editing/outputNorms.js';
import { PERI_NORM_ENCODER_LAYER } from './periNormEncoderLayer.js';

const description: FixDescription = {
  id: 'peri-ln',
  title: 'Normalise the output of every sub-layer too (Peri-LN)',
  why: 'With a norm in front of each sub-layer only, the residual stream can grow exponentially with depth; a second norm behind it bounds what every layer adds.',
  answers: ['gradient-imbalance', 'gradient-exploding', 'activations', 'loss-spike', 'divergence', 'gradient-spike'],
  contraindications: [
    'Fine-tuning weights that were trained without the output norms: the model computes something else.',
    'Blocks that normalise the sum (Post-LN): move their norms first (pre-ln).',
    'Blocks of a library, whose code is not yours to edit.',
  ],
  frameworks: ['pytorch'],
  settings: [],
  papers: [
    {
      title: 'Peri-LN: Revisiting Normalization Layer in the Transformer Architecture',
      authors: 'Jeonghoon Kim, Byeongchan Lee, Cheonbok Park, et al.',
      year: 2025,
    },
  ],
  labArm: 'peri-ln',
};

/** Output norms in the user's own Pre-LN blocks, and a replacement for PyTorch's encoder layer. */
export const periLn: Fix = {
  description,
  apply: (target) =>
    applyToBlocks(target, {
      block: addOutputNorms,
      library: (...place) => replaceEncoderLayer(PERI_NORM_ENCODER_LAYER, changesTheModel('Peri-LN'), ...place),
      replacement: PERI_NORM_ENCODER_LAYER,
      none: 'No Transformer block was found in this file: a class whose forward adds sub-layers to its input.',
    }),
};
