import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/** `Learning iteration 66/30000` over lines of `Mean reward: -4.08`, each set to the right before its colon. */
export const rslRl: Dialect = {
  id: 'rsl-rl',
  title: 'rsl_rl output',
  writtenBy: 'rsl_rl: Isaac Lab, legged_gym, MuJoCo Playground',
  rules: [
    { line: /^ *Learning iteration (?<step>\d+)\/(?<total>\d+)$/, context: 'opens' },
    {
      line: /^ *(?<rest>[A-Z][\w /.'-]*: -?(?:[\d.]+(?:e[-+]?\d+)?|nan|inf)s?)$/i,
      pairs: assignedPairs,
      context: 'needs',
    },
    { line: /^ *(?:Computation: .*|-{20,}|[\w ]+: [\d:]+)$/, context: 'passes' },
  ],
};
