import { parseNumber } from './numbers.js';
import type { Pair } from './pairs.js';

const RULE = /^-{10,}$/;
const ENTRY = /^\| ( *)([\w/.@-][\w/.@ -]*?) *\| *([^|\s][^|]*?)? *\|$/;
/** A name with its number in either cell: a line of several such pairs between bars, `| step 30 | loss 2.47 |`. */
const PAIR = /[A-Za-z].* [-+]?(?:[\d.,]+(?:e[-+]?\d+)?%?(?:\/\d+)?|nan|inf(?:inity)?)$/i;
/** Such tables are made to fit into a terminal. */
const MAXIMUM_LINE_LENGTH = 300;
/** More entries than any such table has: a line of another kind was taken for one. */
const MAXIMUM_ENTRIES = 500;

/**
 * Tables of one name and one value a line between rules of dashes, as Stable-Baselines3 and OpenAI's baselines print
 * them: `| rollout/  |  |`, `|    ep_rew_mean  | 23.5 |`. Indented names belong to the group above them.
 */
export class KeyValueTable {
  #pairs: Pair[] = [];
  #group = '';

  /** The pairs of a whole table at its closing rule, `'entry'` within a table, undefined for any other line. */
  read(line: string): readonly Pair[] | 'entry' | undefined {
    const entry = line.length > MAXIMUM_LINE_LENGTH ? null : ENTRY.exec(line);
    if (entry !== null && !isLineOfPairs(entry)) {
      this.#take(entry);
      return 'entry';
    }
    const pairs = this.#pairs;
    this.#pairs = [];
    this.#group = '';
    return RULE.test(line) && pairs.length > 0 ? pairs : undefined;
  }

  #take([, indent = '', name = '', text]: RegExpExecArray): void {
    if (text === undefined) {
      this.#group = name.endsWith('/') ? name : '';
      return;
    }
    const value = parseNumber(text);
    if (value !== undefined && this.#pairs.length < MAXIMUM_ENTRIES) {
      this.#pairs.push({ name: indent === '' ? name : this.#group + name, value });
    }
  }
}

function isLineOfPairs([, , name = '', text = '']: RegExpExecArray): boolean {
  return PAIR.test(text) && PAIR.test(name);
}
