import type { QuantityNames } from './quantityNames.js';

/** Settings that are logged as they change. */
export const SETTINGS = {
  'batch-size': ['batch size', 'global batch size', 'train batch size', 'total batch size', 'effective batch size'],
  // Settings that say what is being learned: the weight of a loss term (KL annealing: Bowman et al. 2016,
  // arXiv:1511.06349), the stage of a curriculum, the length of sequences (arXiv:2108.06084), the share of the data's
  // own past that is fed in (scheduled sampling, arXiv:1506.03099).
  'objective-setting': [
    'beta',
    'kl beta',
    'beta kl',
    'kl weight',
    'kld weight',
    'kl anneal',
    'kl annealing',
    'anneal',
    'annealing',
    'annealing factor',
    'curriculum',
    'curriculum stage',
    'curriculum difficulty',
    'curriculum phase',
    'curriculum seqlen',
    'difficulty',
    'stage',
    'seqlen',
    'seq len',
    'sequence length',
    'context length',
    'mask ratio',
    'image size',
    'resolution',
    'rollout length',
    'horizon',
    'teacher forcing',
    'teacher forcing ratio',
  ],
} as const satisfies QuantityNames;
