import { table } from '../../base/table.js';

const NON_FINITE = table<number>({
  nan: NaN,
  '-nan': NaN,
  '+nan': NaN,
  'nan(ind)': NaN,
  '-nan(ind)': NaN,
  '1.#qnan': NaN,
  '-1.#ind': NaN,
  inf: Infinity,
  '+inf': Infinity,
  '-inf': -Infinity,
  infinity: Infinity,
  '+infinity': Infinity,
  '-infinity': -Infinity,
  '1.#inf': Infinity,
  '-1.#inf': -Infinity,
});

/** A number as Python prints it when nobody called `.item()`: `tensor(2.31, device='cuda:0')`, `np.float64(2.31)`. */
const WRAPPED_NUMBER = /^(?:tensor|array|Array|np\.float\d+|np\.int\d+|jnp\.float\d+)\(\[?\s*([^\s,)\]]+)/;

/** An array of one number, as NumPy prints it: `[2.31]`. */
const LIST_OF_ONE = /^\[\s*([^\s,[\]]+)\s*\]$/;

/**
 * A cell or word as a number: decimal, or one of the spellings that C, Python, MSVC and JavaScript give to NaN and
 * infinity. Undefined for anything else, the empty string included.
 */
export function parseNumber(text: string): number | undefined {
  const value = Number(text);
  if (value !== value) {
    return parseUnusual(text);
  }
  return (value === 0 && text.trim() === '') || isPrefixed(text) ? undefined : value;
}

function parseUnusual(text: string): number | undefined {
  const first = text.charCodeAt(0);
  if (text.length > 200 || (first >= 48 && first <= 57 && !text.includes('#'))) {
    return undefined;
  }
  const word = text.trim();
  const named = NON_FINITE[word.toLowerCase()];
  if (named !== undefined) {
    return named;
  }
  const wrapped = (WRAPPED_NUMBER.exec(word) ?? LIST_OF_ONE.exec(word))?.[1];
  return wrapped === undefined ? undefined : parseNumber(wrapped);
}

/** `0x1f`, `0b1`, `0o7`: JavaScript reads them as numbers, but in a log they are hashes and identifiers. */
function isPrefixed(text: string): boolean {
  const second = text.charCodeAt(1);
  return (second >= LETTERS_BEGIN || second === ZERO) && /^\s*0[xXbBoO]/.test(text);
}

const LETTERS_BEGIN = 65;
const ZERO = 48;
