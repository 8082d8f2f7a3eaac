import type { Random } from '../random.js';

/**
 * Prose without end, written by a small grammar: letters with words, words with sentences, and sentences that hang
 * together by who does what, so that there is something to learn at every range.
 */

const NAMES = ['Ada', 'Boris', 'Clara', 'Emil', 'Ines', 'Jonas', 'Mara', 'Nils', 'Petra', 'Ruth', 'Simon', 'Vera'];
const SHIPS = ['the ketch', 'the old sloop', 'the tug', 'the cutter', 'the ferry', 'a small dinghy', 'the schooner'];
const PLACES = [
  'the harbour',
  'the outer reef',
  'the river mouth',
  'the lighthouse',
  'the north shore',
  'the sandbank',
];
const THINGS = [
  'the anchor',
  'the tiller',
  'the mainsail',
  'a coil of rope',
  'the lantern',
  'the chart',
  'the compass',
];
const WEATHER = ['the wind', 'the tide', 'the swell', 'the fog', 'a squall', 'the current'];
const MOVES = ['sailed', 'drifted', 'rowed', 'turned', 'steered', 'came back'];
const HANDLES = ['held', 'dropped', 'mended', 'looked for', 'lifted', 'let go of'];
const CHANGES = ['rose', 'fell', 'turned', 'grew stronger', 'came in', 'went down'];
const TIMES = ['at dawn', 'before noon', 'after dark', 'in the morning', 'at low water', 'that evening'];
const LINKS = ['and then', 'but', 'so', 'because', 'while'];

/** All characters that the grammar writes, in a fixed order: the vocabulary. */
export const ALPHABET = '\n ,.ABCEIJMNPRSTVabcdefghiklmnopqrstuvwy';

/** One paragraph of a few sentences about the same people. */
export function paragraph(random: Random): string {
  const [first, second] = [random.of(NAMES), random.of(NAMES)];
  const ship = random.of(SHIPS);
  const sentences = Array.from({ length: 2 + random.below(4) }, () => sentence(random, first, second, ship));
  return `${sentences.join(' ')}\n`;
}

function sentence(random: Random, first: string, second: string, ship: string): string {
  const clause = (): string => {
    switch (random.below(4)) {
      case 0:
        return `${random.of([first, second])} ${random.of(MOVES)} ${ship} to ${random.of(PLACES)}`;
      case 1:
        return `${random.of([first, second])} ${random.of(HANDLES)} ${random.of(THINGS)}`;
      case 2:
        return `${random.of(WEATHER)} ${random.of(CHANGES)}`;
      default:
        return `${first} and ${second} ${random.of(MOVES)} to ${random.of(PLACES)}`;
    }
  };
  const whole =
    random.next() < 0.4 ? `${clause()}, ${random.of(LINKS)} ${clause()}` : `${clause()} ${random.of(TIMES)}`;
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}.`;
}

const PLACE_IN_ALPHABET = new Map(Array.from(ALPHABET, (character, index) => [character, index]));

/** Characters as their places in the alphabet; what is not in it becomes a blank. */
export function encoded(text: string): number[] {
  const blank = PLACE_IN_ALPHABET.get(' ')!;
  return Array.from(text, (character) => PLACE_IN_ALPHABET.get(character) ?? blank);
}
