import type { Dialect } from '../text/dialect.js';

const TIME = '^(?:\\d[\\d/-]{4,9} [\\d:,]{8,12} (?:[AP]M )?)?';
const NUMBER = '[-+]?(?:\\d+\\.\\d+(?:e[-+]?\\d+)?|nan|inf)';

/**
 * `epoch 0 lr 2.500000e-02`, and below it `train 050 2.936412e+00 19.375000 62.083332`, which are the mean loss and the
 * shares of right answers among one and five, `train_acc 35.120000`, `valid 000 …` and `valid_acc 48.120000`.
 */
export const darts: Dialect = {
  id: 'darts',
  title: 'Architecture search',
  writtenBy: 'DARTS and what grew from it (P-DARTS, PC-DARTS)',
  rules: [
    {
      line: new RegExp(`${TIME}epoch (?<step>\\d+) lr (?<lr>${NUMBER})(?: .*)?$`),
      metricGroups: ['lr'],
      stepUnit: 'epoch',
      leads: true,
    },
    {
      line: new RegExp(`${TIME}train (?<iteration>\\d{3,}) (?<loss>${NUMBER}) (?<top1>${NUMBER}) (?<top5>${NUMBER})$`),
      metricGroups: ['loss', 'top1', 'top5'],
    },
    {
      line: new RegExp(`${TIME}(?<split>valid|test) \\d{3,} (?<loss>${NUMBER}) (?<top1>${NUMBER}) (?<top5>${NUMBER})$`),
      metricGroups: ['loss', 'top1', 'top5'],
      context: 'follows',
      lastCounts: true,
    },
    { line: new RegExp(`${TIME}train_acc (?<train_acc>${NUMBER})$`), metricGroups: ['train_acc'], context: 'follows' },
    {
      line: new RegExp(`${TIME}valid_acc(?:_top1)? (?<valid_acc>${NUMBER})$`),
      metricGroups: ['valid_acc'],
      context: 'follows',
    },
  ],
};
