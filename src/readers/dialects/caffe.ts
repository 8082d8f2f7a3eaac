import type { Dialect } from '../text/dialect.js';
import { assignedPairs, type Pair } from '../text/pairs.js';

/** `loss = 0.3 (* 1 = 0.3 loss)`: the weight of a loss and its product stand behind it. */
const outputs = (rest: string): readonly Pair[] => assignedPairs(rest.replace(/\(.*\)/, ''));

/**
 * `Iteration 20 (1.5 iter/s, 13.1s/20 iters), loss = 2.3`, and in a test `Iteration 500, Testing net (#0)` over lines of
 * `Test net output #0: accuracy = 0.9`.
 */
export const caffe: Dialect = {
  id: 'caffe',
  title: 'Caffe output',
  writtenBy: 'Caffe and its forks',
  rules: [
    {
      line: /solver\.cpp:\d+\] +Iteration (?<step>\d+)(?: \([^)]*\))?, (?<rest>(?:loss|lr) = .*)$/,
      pairs: assignedPairs,
    },
    { line: /solver\.cpp:\d+\] +Iteration (?<step>\d+), Testing net \(#\d+\)$/, context: 'opens' },
    {
      line: /solver\.cpp:\d+\] +Test net output #\d+: (?<rest>\S+ = .*)$/,
      pairs: outputs,
      prefix: 'test/',
      context: 'needs',
    },
  ],
};
