import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/** `step:1 - global_seqlen/min:1024 - actor/entropy:0.35 - actor/pg_loss:-0.002 - critic/rewards/mean:0.12`. */
export const verl: Dialect = {
  id: 'verl',
  title: 'verl console metrics',
  writtenBy: 'verl, HybridFlow',
  rules: [{ line: /^(?:\(.*?\)\s*)?step:(?<step>\d+) - (?<rest>\S+:.*)$/, pairs: assignedPairs }],
};
