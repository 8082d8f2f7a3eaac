/** WebAssembly as text, from small pieces: what the kernels of the lab are written with. */

/** Numbers from zero to below a count. @param {number} count */
export const upTo = (count) => [...Array(count).keys()];
/** The value of a local. @param {string} name */
export const get = (name) => `(local.get $${name})`;
/** An integer. @param {number} value */
export const number = (value) => `(i32.const ${value})`;
/** The sum of two integers. @param {string} a @param {string} b */
export const sum = (a, b) => `(i32.add ${a} ${b})`;
/** The product of two integers. @param {string} a @param {string} b */
export const times = (a, b) => `(i32.mul ${a} ${b})`;
/** The difference of two integers. @param {string} a @param {string} b */
export const minus = (a, b) => `(i32.sub ${a} ${b})`;
/** The smaller of two integers. @param {string} a @param {string} b */
export const smaller = (a, b) => `(select ${a} ${b} (i32.lt_s ${a} ${b}))`;
/** Sets a local. @param {string} name @param {string} value */
export const set = (name, value) => `(local.set $${name} ${value})`;
/** Adds to a local. @param {string} name @param {string} by */
export const advance = (name, by) => set(name, sum(get(name), by));
/** Declares locals of a type. @param {string} type @param {...string} names */
export const locals = (type, ...names) => names.map((name) => `(local $${name} ${type})`).join(' ');
/** Declares parameters, all of them integers. @param {...string} names */
export const parameters = (...names) => names.map((name) => `(param $${name} i32)`).join(' ');

/**
 * A loop over a local that counts from where it stands to below an end.
 * @param {{ counter: string, end: string, by?: number, body: string }} loop
 */
export const count = ({ counter, end, by = 1, body }) => `
  (block $done_${counter} (loop $again_${counter}
    (br_if $done_${counter} (i32.ge_s ${get(counter)} ${end}))
    ${body}
    ${advance(counter, number(by))}
    (br $again_${counter})))`;

/**
 * Offsets in bytes of the words of a job, in their order. The first two are the same for all: the next chunk that nobody
 * has taken, and how many there are.
 * @template {string} Word
 * @param {...Word} names what follows them; `src/lab/child` writes the words in this order
 * @returns {Record<'next' | 'chunks' | Word, number>}
 */
export const job = (...names) =>
  /** @type {Record<'next' | 'chunks' | Word, number>} */ (
    Object.fromEntries(['next', 'chunks', ...names].map((name, index) => [name, 4 * index]))
  );

/**
 * A kernel as it is called: reads the words of its job into locals of their names and takes chunks until none is left.
 * @param {{ name: string, words: Record<string, number>, floats?: readonly string[], own?: readonly string[], declared?: string, body: string }} kernel
 *   `floats` are the words that are numbers of single precision, `own` those that are addresses of tensors, for each of
 *   which there is a local `own_…` for where the chunk's part begins; the body does the chunk that the local `chunk` tells
 */
export const kernel = ({ name, words, floats = [], own = [], declared = '', body }) => {
  const read = Object.keys(words).filter((word) => word !== 'next');
  const type = (/** @type {string} */ word) => (floats.includes(word) ? 'f32' : 'i32');
  return `
  (func (export "${name}") ${parameters('job', 'room')} ${locals('i32', 'chunk')}
    ${read.map((word) => locals(type(word), word)).join(' ')} ${declared}
    ${locals('i32', ...own.map((word) => `own_${word}`))}
    ${read.map((word) => set(word, `(${type(word)}.load offset=${words[word]} ${get('job')})`)).join('\n')}
    (block $done (loop $again
      ${set('chunk', `(i32.atomic.rmw.add offset=${words['next']} ${get('job')} ${number(1)})`)}
      (br_if $done (i32.ge_s ${get('chunk')} ${get('chunks')}))
      ${body}
      (br $again))))`;
};
