import type { Dialect } from '../text/dialect.js';
import { spacedPairs } from '../text/pairs.js';

/** ` 1: 1534.25, 1530.5 avg loss, 0.000000 rate, 3.26 seconds, 64 images, 10.5 hours left`: the loss, then its mean. */
export const darknet: Dialect = {
  id: 'darknet',
  title: 'Darknet output',
  writtenBy: 'Darknet (YOLOv2 to v4)',
  rules: [
    {
      line: /^ *(?<step>\d+): (?<rest>\S+, \S+ avg(?: loss)?, \S+ rate, .*)$/,
      pairs: (rest) => spacedPairs(rest.replace(/^(\S+),/, 'loss $1,').replace(/ avg,/, ' avg loss,')),
    },
  ],
};
