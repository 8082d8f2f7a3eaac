import type { QuantityNames } from './quantityNames.js';

/** How an optimizer steps, and what keeps it from stepping. */
export const STEPS = {
  'learning-rate': ['lr', 'l r', 'learning rate', 'learn rate', 'learningrate', 'last lr', 'current lr', 'base lr'],
  'safe-step-ratio': ['safe step ratio', 'softmax step ratio', 'step over radius'],
  'loss-scale': [
    'loss scale',
    'lossscale',
    'grad scale',
    'amp scale',
    'grad scaler scale',
    'scaler scale',
    'scale amp',
  ],
  'skipped-steps': ['skipped steps', 'skipped iterations', 'number of skipped iterations', 'skipped batches'],
} as const satisfies QuantityNames;
