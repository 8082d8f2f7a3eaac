import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/** `Epoch 1/10`, then a bar whose last drawing is `1875/1875 [====] - 4s 2ms/step - loss: 0.29 - val_loss: 0.14`. */
export const keras: Dialect = {
  id: 'keras',
  title: 'Keras output',
  writtenBy: 'Keras model.fit (verbose=1 or 2)',
  rules: [
    { line: /^Epoch (?<step>\d+)\/(?<total>\d+)$/, context: 'opens', stepUnit: 'epoch' },
    {
      line: /^ *(?<done>\d+)\/\k<done> (?:\[=+\]|━+).*?\s\d+[mnuμ]?s(?:\/\w+)? - (?<rest>(?:\w+: .*)?loss: .*)$/,
      pairs: assignedPairs,
      context: 'needs',
      lastCounts: true,
    },
    {
      line: /^(?:\d+\/\d+ )?- \d+s(?: (?:- )?[\d.]+\w+\/(?:step|sample|epoch))? - (?<rest>(?:\w+: .*)?loss: .*)$/,
      pairs: assignedPairs,
      context: 'needs',
    },
    { line: /^ *(?<done>\d+)\/(?!\k<done> )\d+ (?:\[|━)/, context: 'opens' },
  ],
};
