/** Arithmetic on four numbers of single precision at once, as text. */
import { count, get, locals, set, sum } from './text.mjs';

/** What multiplies and adds: in one operation where there is that. */
export class Vectors {
  /** @param {boolean} fused multiplications and additions are one */
  constructor(fused) {
    this.fused = fused;
  }

  /** a × b + c. @param {string} a @param {string} b @param {string} c */
  multiplyAdd(a, b, c) {
    return this.fused ? `(f32x4.relaxed_madd ${a} ${b} ${c})` : add(multiply(a, b), c);
  }

  /**
   * e to the power of four numbers, as Cephes' expf has it, within 2e-7 relative; below what single precision holds it
   * is zero, above it is the largest that it takes, and what is no number stays so.
   * @param {string} x a local, which is lost
   * @param {string} result a local that it is put into; {@link EXPONENTIAL_LOCALS} must be declared
   */
  exponential(x, result) {
    const n = get('expN');
    const r = get('expR');
    return `
    ${set('expLow', `(f32x4.lt ${get(x)} ${constant(LOWEST_EXPONENT)})`)}
    ${set(x, `(f32x4.min (f32x4.max ${get(x)} ${constant(LOWEST_EXPONENT)}) ${constant(-LOWEST_EXPONENT)})`)}
    ${set('expN', `(f32x4.nearest ${multiply(get(x), constant(Math.LOG2E))})`)}
    ${set('expR', this.multiplyAdd(n, constant(-LN2_LOW), this.multiplyAdd(n, constant(-LN2_HIGH), get(x))))}
    ${set(result, constant(EXPONENTIAL_TERMS[0]))}
    ${EXPONENTIAL_TERMS.slice(1)
      .map((term) => set(result, this.multiplyAdd(get(result), r, constant(term))))
      .join('\n')}
    ${set(result, add(this.multiplyAdd(get(result), multiply(r, r), r), constant(1)))}
    ${set(
      result,
      `(v128.andnot ${multiply(
        get(result),
        `(i32x4.shl (i32x4.add (i32x4.trunc_sat_f32x4_s ${n}) (v128.const i32x4 127 127 127 127)) (i32.const 23))`,
      )} ${get('expLow')})`,
    )}`;
  }
}

const LOWEST_EXPONENT = -87.3;
/** The logarithm of two in two parts, the first of few bits. */
const [LN2_HIGH, LN2_LOW] = [0.693359375, -2.1219444e-4];
/** From the fifth power to the second, of Cephes' expf. */
const EXPONENTIAL_TERMS = [
  1.98756915e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1,
];

/** What {@link Vectors.exponential} works with. */
export const EXPONENTIAL_LOCALS = locals('v128', 'expN', 'expR', 'expLow');

/** @param {string} a @param {string} b */
export const add = (a, b) => `(f32x4.add ${a} ${b})`;
/** @param {string} a @param {string} b */
export const subtract = (a, b) => `(f32x4.sub ${a} ${b})`;
/** @param {string} a @param {string} b */
export const multiply = (a, b) => `(f32x4.mul ${a} ${b})`;
/** Four times the same. @param {number} value */
export const constant = (value) => `(v128.const f32x4 ${Array(4).fill(value).join(' ')})`;
/** Four times the same of single precision. @param {string} value */
export const splat = (value) => `(f32x4.splat ${value})`;
/** Four numbers, so many bytes behind an address. @param {string} base @param {string} [at] a local */
export const load = (base, at = 'at') => `(v128.load ${sum(get(base), get(at))})`;
/** @param {string} base @param {string} value */
export const store = (base, value, at = 'at') => `(v128.store ${sum(get(base), get(at))} ${value})`;

/**
 * The four numbers of a local as one.
 * @param {'add' | 'max'} how @param {string} local
 */
export const across = (how, local) => {
  const lane = (/** @type {number} */ index) => `(f32x4.extract_lane ${index} ${get(local)})`;
  return `(f32.${how} (f32.${how} ${lane(0)} ${lane(1)}) (f32.${how} ${lane(2)} ${lane(3)}))`;
};

/**
 * A loop over so many bytes, four numbers at a time; the local `at` tells where.
 * @param {string} bytes a local @param {string} body
 */
export const along = (bytes, body) => `
    ${set('at', '(i32.const 0)')}
    ${count({ counter: 'at', end: get(bytes), by: 16, body })}`;
