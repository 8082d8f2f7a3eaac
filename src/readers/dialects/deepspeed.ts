import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/**
 * `[… [INFO] [logging.py:96:log_dist] [Rank 0] step=10, skipped=0, lr=[1e-05], mom=[(0.9, 0.95)]` and NeoX's
 * `steps: 10 loss: 8.1014 iter time (s): 0.512 samples/sec: 31.2`; DeepSpeed-Chat's `epoch: 0|step: 3|ppo_ep: 1|
 * act_loss: 30.9|cri_loss: 30.5|unsuper_loss: 0.0` with `average reward score: -7.8` below it.
 */
export const deepspeed: Dialect = {
  id: 'deepspeed',
  title: 'DeepSpeed output',
  writtenBy: 'DeepSpeed, DeepSpeed-Chat, GPT-NeoX',
  accompanies: true,
  rules: [
    { line: /\[Rank \d+\] step=(?<step>\d+), (?<rest>skipped=.*)$/, pairs: assignedPairs },
    {
      line: /^(?:.*\])? ?steps: (?<step>\d+) (?<rest>loss: .*)$/,
      pairs: (rest) => assignedPairs(rest.replace(/ \((?:s|ms)\)/g, '')),
    },
    { line: /^epoch: \d+ ?\| ?step: (?<step>\d+) ?\| ?(?<rest>ppo[ _]ep.*)$/i, pairs: assignedPairs, context: 'opens' },
    { line: /^average reward score: (?<value>\S+)$/i, tag: 'average reward score', context: 'needs' },
  ],
};
