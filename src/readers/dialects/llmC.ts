import type { Dialect } from '../text/dialect.js';
import { assignedPairs, spacedPairs } from '../text/pairs.js';

/**
 * The log file's `s:0 trl:11.0091 lr:0.000001 norm:15.37` (and `s:0 tel:10.968871` for the validation loss), and the
 * console's `step 1/19560 | loss 11.009 (+nanz)| norm 15.37 (+nanz)| lr 1.00e-06 | …`.
 */
export const llmC: Dialect = {
  id: 'llm.c',
  title: 'llm.c log',
  writtenBy: 'llm.c (main.log and console)',
  rules: [
    { line: /^s:(?<step>\d+) (?<rest>(?:trl|tel|eval|hellaswag):.*)$/, pairs: assignedPairs },
    {
      line: /^step +(?<step>\d+)\/(?<total>\d+) \| (?<rest>(?:train )?loss .*)$/,
      pairs: (rest) => spacedPairs(rest.replace(/\([^)]*\)/g, '')),
    },
    { line: /^val loss (?<value>\S+)$/, tag: 'val loss' },
  ],
};
