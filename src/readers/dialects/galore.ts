import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/**
 * `loss at 404 1.734` counts forward passes, while `Eval loss at step 1000: 5.02,tokens_seen: 99979486` counts
 * updates. So that both stand on one axis, the former is divided by the accumulation of gradients, which the log
 * prints among its arguments.
 */
export const galore: Dialect = {
  id: 'galore',
  title: 'GaLore output',
  writtenBy: 'GaLore, SPAM, APOLLO and others of the ReLoRA family',
  rules: [
    { line: /^loss at (?<step>\d+) (?<value>\S+)$/, tag: 'loss', countsMicroSteps: true },
    {
      line: /\| INFO +\| \S+ - Eval loss at step (?<step>\d+): (?<value>[^\s,]+)(?:,\s*(?<rest>tokens_seen: .*))?$/,
      tag: 'eval loss',
      pairs: (rest) => (rest.startsWith('tokens_seen') ? assignedPairs(rest) : []),
    },
    {
      line: /^(?<key>gradient_accumulation|total_batch_size|batch_size|num_training_steps|warmup_steps|lr|weight_decay|grad_clipping|optimizer|scheduler|dtype|seed) {2,}(?<setting>\S+)$/,
    },
  ],
};
