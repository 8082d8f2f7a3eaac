import type { Dialect } from '../text/dialect.js';
import { assignedPairs } from '../text/pairs.js';

/**
 * ` iteration       90/    1000 | … | lm loss: 8.306568E+00 | loss scale: 16384.0 | grad norm: 6.069 |`, with a
 * time stamp before it in newer versions, and ` validation loss at iteration 100 | lm loss value: 8.58E+00 | …`. GPT-NeoX
 * prints ` validation results at iteration 100 | lm_loss value: 8.58E+00 | …` and sets hosts before its lines.
 */
export const megatron: Dialect = {
  id: 'megatron',
  title: 'Megatron-LM output',
  writtenBy: 'Megatron-LM, Megatron-DeepSpeed, GPT-NeoX, NeMo, bigscience',
  rules: [
    {
      line: /^Training epoch \d+, iteration \d+\/\d+ \| (?<rest>.*\bglobal_step: (?<step>\d+) \|.*)$/,
      pairs: assignedPairs,
    },
    {
      line: /^(?:\[?[^|\]]{0,60}\]?:? ?)? {0,9}iteration {1,12}(?<step>\d+)\/ {0,12}(?<total>\d+) \|(?<rest>.*)$/,
      pairs: (rest) => assignedPairs(rest.replace(/\(ms\)/g, '')),
    },
    {
      line: /^(?:[^|\s]{1,60}: )? samples\/sec: \S+ \| iteration {1,12}(?<step>\d+)\/ {0,12}(?<total>\d+) \|/,
      pairs: (line) => assignedPairs(line.replace(/\(ms\)/g, '')),
    },
    {
      line: /validation loss at (?:iteration (?<step>\d+)|the end of training for val data) ?(?:on validation set )?\|(?<rest>.*)$/,
      pairs: assignedPairs,
      rename: { 'lm loss value': 'lm loss validation', 'lm loss PPL': 'lm loss validation ppl' },
    },
    {
      line: /validation loss at iteration (?<step>\d+) on (?<split>test) set \|(?<rest>.*)$/,
      pairs: assignedPairs,
      rename: { 'lm loss value': 'lm loss', 'lm loss PPL': 'lm loss ppl' },
    },
    {
      line: /^ ?(?<split>validation|test) results at iteration (?<step>\d+) \| (?<rest>\w+ value: .*)$/,
      pairs: (rest) => assignedPairs(rest).map(({ name, value }) => ({ name: name.replace(/ value$/, ''), value })),
    },
    { line: /^(?:\S+: )? {2}(?<key>\w+) \.{3,} (?<setting>.+)$/ },
  ],
};
