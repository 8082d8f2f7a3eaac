import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/**
 * `[… [INFO] [logging.py:96:log_dist] [Rank 0] step=10, skipped=0, lr=[1e-05], mom=[(0.9, 0.95)]` and NeoX's
 * `steps: 10 loss: 8.1014 iter time (s): 0.512 samples/sec: 31.2`.
 */
export const deepspeed: Dialect = {
  id: 'deepspeed',
  title: 'DeepSpeed output',
  writtenBy: 'DeepSpeed, GPT-NeoX',
  rules: [
    { line: /\[Rank \d+\] step=(?<step>\d+), (?<rest>skipped=.*)$/, pairs: assignedPairs },
    {
      line: /^(?:.*\])? ?steps: (?<step>\d+) (?<rest>loss: .*)$/,
      pairs: (rest) => assignedPairs(rest.replace(/ \((?:s|ms)\)/g, '')),
    },
  ],
};
