import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/** `[11/16 02:58:32] d2.utils.events INFO:  eta: 3:30:43  iter: 19  total_loss: 156.1  loss_cls: 4.4  lr: 2e-05`. */
export const detectron2: Dialect = {
  id: 'detectron2',
  title: 'detectron2 text log',
  writtenBy: 'detectron2, Detic, Mask2Former, fvcore',
  rules: [
    { line: /(?:utils\.events|fvcore\.\S+)\s+INFO\s*: +(?<rest>.*\biter: (?<step>\d+) .*)$/, pairs: assignedPairs },
    { line: /^(?:\[[^\]]*\]:? *)?eta: [\w:, ]+ {2}iter: (?<step>\d+) {2}(?<rest>.*)$/, pairs: assignedPairs },
  ],
};
