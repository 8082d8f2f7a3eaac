import type { Dialect } from '../text/dialect.js';
import { spacedPairs } from '../text/pairs.js';

const colonSeparated = (rest: string) => spacedPairs(rest.replace(/ \* .*? : /, ' : '), / : /);

/**
 * `[2019-03-25 14:25:38] Ep. 1 : Up. 1 : Sen. 2,946 : Cost 10.99 : Time 311.53s : 75.65 words/s : L.r. 1.2500e-08`;
 * under MPI the cost is followed by `* 1,517 @ 1,516 after 1,516`. Validations name their metric:
 * `[valid] Ep. 1 : Up. 5000 : cross-entropy : 120.5 : new best`.
 */
export const marian: Dialect = {
  id: 'marian',
  title: 'Marian log',
  writtenBy: 'Marian NMT',
  rules: [
    {
      line: /^\[[\d-]+ [\d:.]+\] Ep\. [\d.]+ : Up\. (?<step>[\d,]+) : (?<rest>Sen\. .*)$/,
      pairs: colonSeparated,
    },
    {
      line: /^\[[\d-]+ [\d:.]+\] \[valid\] Ep\. [\d.]+ : Up\. (?<step>[\d,]+) : (?<rest>.*)$/,
      pairs: (rest) => spacedPairs(rest.replace(/^([\w-]+) : /, '$1 '), / : /),
      prefix: 'valid/',
    },
    { line: /^\[[\d-]+ [\d:.]+\] \[config\] (?<key>[\w-]+): (?<setting>.+)$/ },
  ],
};
