import type { QuantityNames } from './quantityNames.js';

/** Learning from pairs of which one is preferred (DPO and its kin). */
export const PREFERENCE = {
  'preference/accuracy': ['rewards accuracies', 'reward accuracy', 'reward accuracies', 'rewards accuracy'],
  'preference/log-probability-chosen': [
    'logps chosen',
    'chosen logps',
    'logp chosen',
    'chosen logp',
    'policy chosen logps',
    'log probs chosen',
    'logprobs chosen',
    'logp correct',
    'correct logp',
  ],
  'preference/log-probability-rejected': [
    'logps rejected',
    'rejected logps',
    'logp rejected',
    'rejected logp',
    'policy rejected logps',
    'log probs rejected',
    'logprobs rejected',
    'logp incorrect',
    'incorrect logp',
  ],
  'preference/margin': ['rewards margins', 'reward margin', 'rewards margin', 'reward margins', 'margins'],
  'preference/reward-chosen': ['rewards chosen', 'chosen rewards', 'reward chosen', 'chosen reward'],
  'preference/reward-rejected': ['rewards rejected', 'rejected rewards', 'reward rejected', 'rejected reward'],
} as const satisfies QuantityNames;
