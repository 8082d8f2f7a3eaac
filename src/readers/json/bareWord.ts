import { parseNumber } from '../text/numbers.js';

/**
 * What a word without quotes means, in JSON as it is written by programs of several languages: `NaN`, `None` and `True`
 * too. Undefined: nothing.
 */
export function meaningOf(word: string): null | boolean | number | undefined {
  switch (word) {
    case 'null':
    case 'None':
      return null;
    case 'true':
    case 'True':
      return true;
    case 'false':
    case 'False':
      return false;
    default:
      return parseNumber(word);
  }
}
