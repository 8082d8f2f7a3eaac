import type { Dialect } from '../text/dialect.js';
import { assignedPairs, type Pair } from '../text/pairs.js';
import { parseNumber } from '../text/numbers.js';

/** `train-rmse:0.5` and `valid_0's l2: 0.5`, behind tabs or blanks. */
const EVALUATION =
  /(?<=^|\s)([\w@.]+(?:-|'s )[\w@.:-]*[\w@]): ?(-?(?:[\d.]+(?:e[-+]?\d+)?|nan|inf))(?:\+[\d.e-]+)?(?=\s|$)/gi;

function evaluations(rest: string): readonly Pair[] {
  return [...rest.matchAll(EVALUATION)].flatMap(([, name = '', number = '']) => {
    const value = parseNumber(number);
    return value === undefined ? [] : [{ name, value }];
  });
}

/**
 * Gradient boosting prints a line for each round: XGBoost `[0]\ttrain-rmse:0.5\teval-rmse:0.6`, LightGBM
 * `[1]\ttraining's l2: 0.5\tvalid_1's l2: 0.6`, CatBoost `0:\tlearn: 0.5\ttest: 0.6\tbest: 0.6 (0)\ttotal: 60ms`.
 */
export const boosting: Dialect = {
  id: 'boosting',
  title: 'Rounds of gradient boosting',
  writtenBy: 'XGBoost, LightGBM, CatBoost',
  rules: [
    { line: /\bbest iteration is:$/i, context: 'opens' },
    { line: /^\[\d+\]\s+[\w@.]+(?:-|'s )\S.*$/, context: 'passes' },
    { line: /^\[(?<step>\d+)\]\s+(?<rest>[\w@.]+(?:-|'s )\S.*)$/, pairs: evaluations },
    { line: /^(?<step>\d+):\t(?<rest>(?:learn|test): .*)$/, pairs: assignedPairs },
  ],
};
