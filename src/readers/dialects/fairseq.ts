import type { Dialect } from '../text/dialect.js';
import { assignedPairs, spacedPairs } from '../text/pairs.js';

/**
 * With `--log-format json`: `… | INFO | train_inner | {"loss": "16.464", "num_updates": "25", "gnorm": "4.464"}`;
 * with `simple` or a bar: `… epoch 001: 100 / 1000 loss=8.1, ppl=270, num_updates=100`; at the end of an epoch
 * `… | INFO | valid | epoch 001 | valid on 'valid' subset | loss 5.1 | ppl 34 | num_updates 1000`. Early versions
 * print `| epoch 010  2000 / 8223 loss=1.27 (1.50), …` without the number of updates.
 */
export const fairseq: Dialect = {
  id: 'fairseq',
  title: 'fairseq log',
  writtenBy: 'fairseq, metaseq',
  rules: [
    { line: /\| (?:INFO \| )?(?:train_inner|train|valid\w*|test\w*)\s*\| (?<json>\{".*\})\s*$/, rename: renames() },
    {
      line: /^\| epoch 0*(?<epoch>\d+) +(?<iteration>\d+) \/ (?<length>\d+) (?<rest>[a-z]\w*=.*)$/,
      pairs: assignedPairs,
    },
    {
      line: /^\| epoch 0*(?<epoch>\d+) \| (?:valid on '\w+' subset \| )?(?<rest>(?:train|valid) loss .*)$/,
      pairs: spacedPairs,
    },
    {
      line: /\bepoch 0*\d+: +\d+ \/ \d+ (?<rest>[a-z]\w*=.*)$/,
      pairs: (rest) => assignedPairs(rest),
    },
    {
      line: /\| (?:valid on '\w+' subset \| |INFO \| valid \| .*?\| )(?<rest>loss .*num_updates \d+.*)$/,
      pairs: spacedPairs,
      prefix: 'valid/',
    },
    { line: /\| INFO \| train \| epoch 0*\d+ \| (?<rest>.*num_updates \d+.*)$/, pairs: spacedPairs, prefix: 'epoch/' },
  ],
};

/** At the end of an epoch the counter has the name of the part of the data before it. */
function renames(): Readonly<Record<string, string>> {
  return { valid_num_updates: 'num_updates', train_num_updates: 'num_updates', test_num_updates: 'num_updates' };
}
