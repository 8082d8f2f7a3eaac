import type { QuantityNames } from './quantityNames.js';

/** What a model is measured by. */
export const METRICS = {
  perplexity: ['perplexity', 'ppl'],
  accuracy: [
    'accuracy',
    'acc',
    'acc 1',
    'acc1',
    'acc@1',
    'top@1',
    'accuracy top1',
    'top1',
    'top 1',
    'top1 acc',
    'top1 accuracy',
    'accuracy top 1',
    'categorical accuracy',
    'sparse categorical accuracy',
    'binary accuracy',
    'token accuracy',
  ],
} as const satisfies QuantityNames;
