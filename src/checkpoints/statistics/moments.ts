import type { MagnitudeHistogram } from '../../model/tensor.js';

/** Magnitudes below 2^-126, the smallest normal number of 32-bit floating point, share the first bin. */
const LOWEST_EXPONENT = -127;
const HIGHEST_EXPONENT = 128;
const BINS = HIGHEST_EXPONENT - LOWEST_EXPONENT + 1;
const SIGN = 256;

/** Count, mean, spread and extremes of a stream of numbers, exact to rounding: blocks are joined by Chan's formula. */
export class Moments {
  nan = 0;
  inf = 0;
  zeros = 0;
  /** Numbers that are finite. */
  finite = 0;
  min = Infinity;
  max = -Infinity;
  #mean = 0;
  /** Sum of squared distances from the mean. */
  #spread = 0;
  /** Finite numbers by sign and exponent: positive ones first, as the upper bits of a 32-bit float have it. */
  readonly #bins = new Float64Array(2 * SIGN);

  get mean(): number {
    return this.finite === 0 ? NaN : this.#mean;
  }

  get std(): number {
    return this.finite === 0 ? NaN : Math.sqrt(this.#spread / this.finite);
  }

  get l2(): number {
    return Math.sqrt(this.#spread + this.finite * this.#mean * this.#mean);
  }

  get absMax(): number {
    return this.finite === 0 ? NaN : Math.max(Math.abs(this.min), Math.abs(this.max));
  }

  get histogram(): MagnitudeHistogram {
    const bins = Array.from({ length: BINS }, (_, bin) => bin);
    const used = bins.filter((bin) => this.#bins[bin] !== 0 || this.#bins[SIGN + bin] !== 0);
    const first = used[0] ?? -LOWEST_EXPONENT;
    const last = used.at(-1) ?? first - 1;
    return {
      firstExponent: first + LOWEST_EXPONENT,
      positive: Array.from(this.#bins.subarray(first, last + 1)),
      negative: Array.from(this.#bins.subarray(SIGN + first, SIGN + last + 1)),
    };
  }

  /** So many times the same number. */
  addRepeated(value: number, count: number): void {
    if (Number.isNaN(value)) {
      this.nan += count;
    } else if (!Number.isFinite(value)) {
      this.inf += count;
    } else {
      this.min = Math.min(this.min, value);
      this.max = Math.max(this.max, value);
      this.addToHistogram(value, count);
      this.join(count, value, 0);
    }
  }

  addToHistogram(value: number, count: number): void {
    if (value === 0) {
      this.zeros += count;
      return;
    }
    const exponent = Math.min(HIGHEST_EXPONENT, Math.max(LOWEST_EXPONENT, exponentOf(value)));
    this.addToBin((value < 0 ? SIGN : 0) + exponent - LOWEST_EXPONENT, count);
  }

  /** @param bin sign and exponent as the upper nine bits of a 32-bit float have them */
  addToBin(bin: number, count: number): void {
    this.#bins[bin] = (this.#bins[bin] as number) + count;
  }

  /** Joins a block of numbers: how many, their mean, and the sum of their squared distances from it. */
  join(count: number, mean: number, spread: number): void {
    if (count === 0) {
      return;
    }
    const total = this.finite + count;
    const distance = mean - this.#mean;
    this.#mean += (distance * count) / total;
    this.#spread += spread + ((distance * distance * this.finite) / total) * count;
    this.finite = total;
  }
}

const WORDS = new Uint32Array(2);
const NUMBER = new Float64Array(WORDS.buffer);

/** Of a finite number other than zero: the exponent of the power of two just below its magnitude. */
export function exponentOf(value: number): number {
  NUMBER[0] = value;
  return (((WORDS[1] as number) >>> 20) & 0x7ff) - 1023;
}
