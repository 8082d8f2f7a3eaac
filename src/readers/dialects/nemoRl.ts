import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/**
 * `========================= Step 1/100 =========================`, and somewhere below it `📊 Training Results:` and
 * `🔍 Validation Results:` over lines of `  • Loss: 0.0123`.
 */
export const nemoRl: Dialect = {
  id: 'nemo-rl',
  title: 'NeMo RL output',
  writtenBy: 'NeMo RL',
  rules: [
    { line: /^=+ Step (?<step>\d+)\/(?<total>\d+) =+$/, context: 'opens' },
    { line: /^\W*Training Results:$/, context: 'opens' },
    { line: /^\W*Validation Results:$/, context: 'opens', opensPart: 'validation/' },
    { line: /^ +• (?<rest>[A-Z][\w ]*: .*)$/, pairs: assignedPairs, context: 'needs', needsResult: true },
  ],
};
