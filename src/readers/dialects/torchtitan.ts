import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/** `[rank0]:[titan] 2024-… - root - INFO - step: 10  loss: 7.1  grad_norm: 1.2  memory: 30.1GiB(38%)  tps: 7,012`. */
export const torchtitan: Dialect = {
  id: 'torchtitan',
  title: 'torchtitan output',
  writtenBy: 'torchtitan',
  rules: [
    {
      line: /^(?:\[rank(?<rank>\d+)\]:)?(?:\[titan\] ?)?\S+ \S+ - root - INFO - (?:(?<split>validate) )?step: +(?<step>\d+) +(?<rest>.*)$/,
      pairs: assignedPairs,
    },
  ],
};
