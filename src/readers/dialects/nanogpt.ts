import type { Dialect } from '../text/dialect.js';
import { spacedPairs } from '../text/pairs.js';

/**
 * `iter 0: loss 10.9779, time 87476.85ms, mfu -100.00%` and `step 0: train loss 10.9890, val loss 10.9904`. At an
 * evaluation both lines come with the same step. llama2.c: `10 | loss 9.5000 | lr 5.0e-06 | 1021.50ms | mfu 12.50%`; the
 * log of build-nanogpt: `250 val 5.9511`, `250 hella 0.2563`, `250 train 5.955029`.
 */
export const nanogpt: Dialect = {
  id: 'nanogpt',
  title: 'nanoGPT output',
  writtenBy: 'nanoGPT and its forks',
  rules: [
    { line: /^iter (?<step>\d+): (?<rest>(?:\w+ )?loss .*)$/, pairs: spacedPairs },
    { line: /^step (?<step>\d+): (?<rest>train loss .*)$/, pairs: spacedPairs },
    { line: /^(?<step>\d+) (?<split>train|val) (?<value>\d+\.\d+|nan|inf)$/, tag: 'loss' },
    { line: /^(?<step>\d+) hella (?<value>\d\.\d+)$/, tag: 'hellaswag accuracy' },
    { line: /^(?<step>\d+) \| (?<rest>loss \S+ \| .*)$/, pairs: spacedPairs },
  ],
};
