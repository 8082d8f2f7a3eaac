import { remembered } from '../../base/remembered.js';
import { table } from '../../base/table.js';
import { matchesOf } from './matchesOf.js';
import { parseNumber } from './numbers.js';

/** A name and the number that a line gives it. */
export interface Pair {
  readonly name: string;
  readonly value: number;
}

/** A number as people print it: thousands may be grouped by commas, a unit may follow without a blank. */
const NUMBER =
  '[-+]?(?:[1-9]\\d{0,2}(?:,\\d{3})+(?:\\.\\d+)?(?![\\d,])|1\\.#(?:QNAN|SNAN|IND|INF)|\\d+(?:\\.\\d*)?(?:[eE][-+]?\\d+)?|\\.\\d+(?:[eE][-+]?\\d+)?|nan(?:\\(ind\\))?|NaN|NAN|inf|Inf|INF|[iI]nfinity)';
const UNIT = '(?:[kKMGTB]|[kKMGTμu]?i?[Bb]|[mμun]?s(?:/\\w+)?|%|x|[a-zA-Z]+/[a-zA-Z]+|hr|min|sec)';
const AFTER = '(?=$|[\\s,;|)\\]}(*<±]|\\.(?:\\s|$))';

/** Numbers as they print when nobody called `.item()`. */
const WRAPPER = '(?:tensor\\(|(?:np|jnp)\\.(?:float|int)\\d+\\(|[aA]rray\\()?\\[?';
const WRAPPER_END = '(?:,? ?(?:device|dtype|grad_fn|requires_grad|weak_type)=[^)]*\\))?[)\\]]{0,2}';

/** `name: number`, `name=number`, `name: tensor(number)`. */
const ASSIGNED = new RegExp(`[:=]\\s*${WRAPPER}(${NUMBER})(${UNIT})?${WRAPPER_END}${AFTER}(?!,\\d)`, 'g');
/** `name number` or `number name`, the whole of a segment between delimiters. */
const SPACED = new RegExp(`^(\\S.*?)\\s+(${NUMBER})(${UNIT})?(?:\\s*[(*@%±].*)?$`);
const SPACED_BACKWARDS = new RegExp(
  `^(?!inf[a-z]|nan[a-z])(${NUMBER})(?:([kKMGTB])(?= ))?%?\\s*([a-zA-Z][\\w/% ]*)$`,
  'i',
);

const NAME = /[A-Za-z]/;
const MAXIMUM_NAME_LENGTH = 160;

/** Times to go and elapsed times look like pairs of numbers, and are none. */
const CLOCK = /\b(?:eta|ETA|elapsed|remaining)[:=]?\s*(?:-?\d+ days?,\s*)?\d+:\d+(?::\d+)?/g;
/** The spread of a mean: `0.5 ± 0.1`, `-150.2 +/- 30.1`. */
const SPREAD = /(?<=[\d.]) ?(?:±|\+\/-|\+-) ?[\d.]+(?:e[-+]?\d+)?(?=%|[^\w.]|$)/g;
/** `train.py:518]` says where the line was printed. */
const ORIGIN = /\b[\w/.-]{1,60}\.(?:py|cc?|cpp|cu|go):\d+\b/g;

const WRAPPED = new RegExp(
  `(?:tensor|(?:np|jnp)\\.(?:float|int)\\d+|[aA]rray)\\(\\[?\\s*(${NUMBER})\\]?(?:,[^()]{0,100}(?:\\([^()]*\\))?)?\\)`,
  'g',
);

/** The same text with `tensor(2.31, device='cuda:0')` and `np.float64(2.31)` as bare numbers. */
export function unwrapNumbers(text: string): string {
  return text.includes('(') ? text.replace(WRAPPED, '$1') : text;
}

/** Pairs with a colon or an equals sign between name and number, whatever stands between the pairs. */
export function assignedPairs(text: string): Pair[] {
  return /[:=]/.test(text) ? assignedIn(withoutDistractions(text)) : [];
}

/** Found at once where the expressions for the whole would be tried at every letter. */
const MAY_HAVE_ORIGIN = /\.(?:py|cc?|cpp|cu|go):\d/;
const MAY_HAVE_SPREAD = /[±+]/;
const MAY_HAVE_CLOCK = /\d:\d/;

function withoutClock(text: string): string {
  return MAY_HAVE_CLOCK.test(text) ? text.replace(CLOCK, ' ') : text;
}

/** Without what looks like pairs, or stands between a number and its unit. */
function withoutDistractions(text: string): string {
  const withoutClocks = withoutClock(text);
  const withoutOrigins = MAY_HAVE_ORIGIN.test(text) ? withoutClocks.replace(ORIGIN, ' ') : withoutClocks;
  return MAY_HAVE_SPREAD.test(withoutOrigins) ? withoutOrigins.replace(SPREAD, '') : withoutOrigins;
}

function assignedIn(line: string): Pair[] {
  const pairs: Pair[] = [];
  let from = 0;
  for (const match of matchesOf(ASSIGNED, line)) {
    const name = nameBefore(behindDelimiter(line.slice(from, match.index)));
    const value = isDoubtful(match[1] ?? '', name)
      ? undefined
      : valueOf(match[1] ?? '', isCount(name) ? (match[2] ?? '') : '');
    from = match.index + match[0].length;
    if (name !== undefined && value !== undefined) {
      pairs.push({ name, value });
    }
  }
  return pairs;
}

/** Pairs with only blanks between name and number, set apart by commas, bars, tabs or the given separator. */
export function spacedPairs(text: string, separator: RegExp = /,(?!\d{3}\b)|\||\t/): Pair[] {
  const pairs: Pair[] = [];
  for (const part of withoutClock(text).replace(/ {2,}/g, ' ').split(separator)) {
    const segment = part.trim();
    const match = SPACED.exec(segment);
    const backwards = match === null ? SPACED_BACKWARDS.exec(segment) : null;
    const name = match?.[1] ?? backwards?.[3];
    const value = valueOf(
      match?.[2] ?? backwards?.[1] ?? '',
      backwards?.[2] ?? (isCount(name) ? (match?.[3] ?? '') : ''),
    );
    if (name !== undefined && value !== undefined && isName(name)) {
      pairs.push({ name: name.trim().replace(FILLERS, ''), value });
    }
  }
  return pairs;
}

const LOOSE = new RegExp(
  `(?<![\\w.@/-])((?:(?:train|training|val|valid|validation|eval|test|dev)\\s{1,9})?[A-Za-z][\\w.@/-]*)\\s{1,9}(${NUMBER})(${UNIT})?(?=$|[\\s,;|)])`,
  'gi',
);

/**
 * Pairs of either kind, each set apart from the next by a comma, a bar, a tab, a semicolon or a dash: `loss 2.5 - lr:
 * 0.1`.
 */
export function mixedPairs(text: string): Pair[] {
  return withoutDistractions(text)
    .replace(/([:=])\s+/g, '$1 ')
    .split(/(?<!\d),|,(?!\d)|\||\t|;| - /)
    .flatMap((segment) => {
      const assigned = /[:=]/.test(segment) ? assignedIn(segment) : [];
      return assigned.length > 0 ? assigned : spacedPairs(segment);
    });
}

/** Pairs with only blanks between name and number, and only blanks between the pairs. */
export function loosePairs(text: string): Pair[] {
  return matchesOf(LOOSE, text).flatMap(([, name = '', number = '', unit = '']) => {
    const value = valueOf(number, isCount(name) ? unit : '');
    return value === undefined ? [] : [{ name, value }];
  });
}

/** `0.59M` tokens are 590,000; `3105M` of memory stay as they are printed. */
function isCount(name: string | undefined): boolean {
  return name !== undefined && namesCount(name);
}

const namesCount = remembered((name) => /token|sample|param|seen|step/i.test(name));

/** `loss: 2,312` may be two thousand or, where commas are decimal, two: it is not read. */
function isDoubtful(number: string, name: string | undefined): boolean {
  return name !== undefined && /^[-+]?\d,\d{3}$/.test(number) && /loss|acc/i.test(name);
}

/** Words, none of which is a number. */
function isName(text: string): boolean {
  return (
    NAME.test(text) && text.length <= MAXIMUM_NAME_LENGTH && !/\s(?:[-+.]?\d|[-+]?(?:nan|inf)\s)|[:=]$/i.test(text)
  );
}

/** `the loss is 2.5`. */
const FILLERS = /^the | (?:is|was)$/gi;

/** The value of the pair before, or a place: `step 10 loss`, `0.5/s LR`. */
const VALUE_BEFORE = /^(?:.* )?[-+]?\d[\d.,]*(?:e[-+]?\d+)?(?:%|[a-z]+|(?:\/[a-z]+)+)? +(?=\S)/i;

/** A delimiter or the end of a sentence; `Grad. Norm` and `Avg. loss` are one name. */
const BEFORE_NAME = /[,|;\t[\]{]| - |\s{2,}|\)\s|:\s|(?<!\b(?:Avg|Acc|Grad|Seq|Max|Min|Num|Std|Reg|Cls|Tr))\.\s/i;

/** Single letters of {@link BEFORE_NAME}. */
const DELIMITERS = ['|', ',', ';', '\t'];

/** The same text for the same name, whatever numbers stand before it: only such texts can be met again. */
function behindDelimiter(text: string): string {
  return text.slice(Math.max(...DELIMITERS.map((sign) => text.lastIndexOf(sign))) + 1);
}

/** What stands before the sign, back to the last delimiter. */
const nameBefore = remembered((text): string | undefined => {
  const name = (text.split(BEFORE_NAME).pop() ?? '').replace(/['"]|^\s*\(/g, '').trim();
  const words = name.replace(VALUE_BEFORE, '').replace(FILLERS, '').split(' ');
  const short = words.length > 5 ? words.slice(-1).join(' ') : words.join(' ');
  return NAME.test(short) && short.length <= MAXIMUM_NAME_LENGTH && !/[:=]/.test(short) ? short : undefined;
});

const SCALES = table<number>({ k: 1e3, K: 1e3, M: 1e6, G: 1e9, B: 1e9, T: 1e12 });

function valueOf(number: string, unit: string): number | undefined {
  const value = parseNumber(number.replaceAll(',', ''));
  return value === undefined ? undefined : value * (SCALES[unit] ?? 1);
}

/** A whole number that may be grouped by commas: `1,517`. NaN when it is none. */
export function countOf(text: string | undefined): number {
  return text === undefined ? NaN : (parseNumber(text.replaceAll(',', '')) ?? NaN);
}

/** A count that may be written with a unit: `1.2k` is 1,200. NaN when it is none. */
export function scaledOf(text: string): number {
  const unit = text.slice(-1);
  return unit in SCALES ? countOf(text.slice(0, -1)) * (SCALES[unit] ?? 1) : countOf(text);
}
