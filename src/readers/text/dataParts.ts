import { remembered } from '../../base/remembered.js';
import { splitPrefix } from '../rows/columnNames.js';
import { matchesOf } from './matchesOf.js';
import type { Pair } from './pairs.js';

const WORD = 'train(?:ing)?|val(?:id(?:ation|ating)?)?|eval(?:uation|uating)?|test(?:ing)?|dev';

/**
 * A word that the names behind it belong to: `Val: loss 0.6`, `Test - Loss: 0.5`, `[eval] loss`, `Train (loss = 0.5)`,
 * `Validation Results - Epoch: 1`, `Val Epoch 3: loss`. Directly before a number or a name it is part of that name.
 */
const HEADING = new RegExp(
  `(?<![\\w/.'-])(${WORD})(?: (?:results?|metrics|set|phase|summary|stats))?` +
    '(?:\\s*[\\])]?\\s*(?::|\\||\\.|=>|>+|[-–]{1,2}(?=\\s))\\s*|\\s*[[(]\\s*|\\s*[\\])]\\s*|\\s+(?=(?:[a-z]+[ _])?(?:epoch|step|iter|iteration|update|timesteps)\\b))' +
    '(?=[[({]?\\s*(?!n/a\\b)[A-Za-z])',
  'gi',
);

const ANY_PART = /train|val|test|dev/i;

/** A stretch of a line that is about one part of the data. */
export interface DataPart {
  /** Stands before its names: `val/`; nothing for training. */
  readonly prefix: string;
  readonly text: string;
}

/** Cuts a line where it goes over to another part of the data: `Train: loss 0.5 acc 0.8 | Val: loss 0.6 acc 0.7`. */
export function dataParts(line: string): readonly DataPart[] {
  if (!ANY_PART.test(line)) {
    return [{ prefix: '', text: line }];
  }
  const parts: DataPart[] = [];
  let prefix = '';
  let from = 0;
  for (const match of matchesOf(HEADING, line)) {
    parts.push({ prefix, text: line.slice(from, match.index) });
    prefix = splitPrefix(match[1] ?? '');
    from = match.index + match[0].length;
  }
  return [...parts, { prefix, text: line.slice(from) }];
}

const NAMED_PART = new RegExp(`^(${WORD})(?![a-z])`, 'i');

/** The word in a name that says which part of the data it is of, "" where none does. */
const partNamedIn = remembered((name) => NAMED_PART.exec(name)?.[1] ?? '');

/** Whether a name says itself which part of the data it is of: `val_loss`, `Train Acc`. */
export function namesItsPart(name: string): boolean {
  return partNamedIn(name) !== '';
}

/** The pairs of the parts of a line, each name with the part of the data that it is of. */
export function pairsByPart(parts: readonly DataPart[], read: (text: string) => readonly Pair[]): readonly Pair[] {
  const [only] = parts;
  if (only !== undefined && parts.length === 1 && only.prefix === '') {
    const pairs = read(only.text);
    return pairs.some(({ name }) => namesItsPart(name)) ? carried(pairs) : pairs;
  }
  const pairs = parts.flatMap(({ prefix, text }) =>
    read(text).map(({ name, value }) => ({ name: namesItsPart(name) ? name : prefix + name, value })),
  );
  return carried(pairs);
}

/** `train loss 0.5, acc 0.8, val loss 0.6, acc 0.7`: a name that comes again is of the part that was named before it. */
function carried(pairs: readonly Pair[]): readonly Pair[] {
  const seen = new Set<string>();
  let prefix = '';
  return pairs.map((pair) => {
    const word = partNamedIn(pair.name);
    prefix = word === '' ? prefix : splitPrefix(word);
    const comesAgain = word === '' && seen.has(pair.name);
    seen.add(pair.name);
    return comesAgain ? { name: prefix + pair.name, value: pair.value } : pair;
  });
}

/** The part of the data that all pairs are of, as `val/`; nothing where they are of several or of none. */
export function commonPart(pairs: readonly Pair[]): string {
  const prefix = /^[a-z]+\//.exec(pairs[0]?.name ?? '')?.[0] ?? '';
  const isPart = prefix !== '' && splitPrefix(prefix.slice(0, -1)) === prefix;
  return isPart && pairs.every(({ name }) => name.startsWith(prefix)) ? prefix : '';
}
