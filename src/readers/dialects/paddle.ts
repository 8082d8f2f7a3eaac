import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/**
 * `Epoch 1/10` over `step 10/938 - loss: 0.5 - acc: 0.8 - 12ms/step`; the same lines tell of an evaluation between
 * `Eval begin...` and `Eval samples: 10000`, where the last one counts.
 */
export const paddle: Dialect = {
  id: 'paddle',
  title: 'Paddle output',
  writtenBy: "PaddlePaddle's Model.fit",
  rules: [
    { line: /^Epoch (?<epoch>\d+)\/\d+$/, context: 'opens' },
    { line: /^Eval begin\.\.\.$/, context: 'opens', opensPart: 'eval/' },
    { line: /^Eval samples: \d+$/, context: 'opens' },
    {
      line: /^step +(?<iteration>\d+)\/(?<length>\d+) (?:\[[^\]]*\] )?- (?<rest>\S+: .*)$/,
      pairs: (rest) => assignedPairs(rest.replace(/ - ETA: [^-]*/, ' ')),
      lastCounts: true,
    },
  ],
};
