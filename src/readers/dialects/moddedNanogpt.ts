import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/**
 * `step:125/6100 val_loss:5.6258 train_time:42355ms step_avg:368.30ms`, the later
 * `step 1000/1840 | time: 44,453ms | step avg: 44.45ms | val loss: 3.7742`, and SwitchBank's
 * `[train step 0] avg_loss=10.956215 main=10.956215 aux=0.000000`. These logs begin with the whole source of the
 * training script, so that only whole lines of these shapes count.
 */
export const moddedNanogpt: Dialect = {
  id: 'modded-nanogpt',
  title: 'modded-nanogpt log',
  writtenBy: 'modded-nanogpt and its records',
  rules: [
    { line: /^step:(?<step>\d+)\/(?<total>\d+),? (?<rest>\S.*)$/, pairs: assignedPairs },
    { line: /^step +(?<step>\d+)\/(?<total>\d+) \| (?<rest>.*)$/, pairs: assignedPairs },
    { line: /^\[(?<split>train|val) step (?<step>\d+)\] (?<rest>\w+=.*)$/, pairs: assignedPairs },
  ],
};
