import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/**
 * `[batch=1/4800]:` over lines of `\t Train loss/train/total: 11.6525`; `[epoch=0][batch=9/100]: loss/train/total:
 * 2.5` in older versions, the batch counted within its epoch.
 */
export const composer: Dialect = {
  id: 'composer',
  title: 'Composer output',
  writtenBy: 'MosaicML Composer, LLM Foundry',
  rules: [
    { line: /^\[batch=(?<step>\d+)(?:\/(?<total>\d+))?\]:$/, context: 'opens' },
    { line: /^\[epoch=(?<epoch>\d+)(?:\/\d+)?\]\[batch=(?<iteration>\d+)\/(?<length>\d+)\]:$/, context: 'opens' },
    {
      line: /^\[epoch=(?<epoch>\d+)(?:\/\d+)?\]\[batch=(?<iteration>\d+)\/(?<length>\d+)\]: (?<rest>\S+: .*)$/,
      pairs: assignedPairs,
    },
    { line: /^\[batch=(?<step>\d+)(?:\/(?<total>\d+))?\]: (?<rest>\S+: .*)$/, pairs: assignedPairs },
    { line: /^\s+(?:Train|Eval) (?<rest>\S+: .*)$/, pairs: assignedPairs, context: 'needs' },
  ],
};
