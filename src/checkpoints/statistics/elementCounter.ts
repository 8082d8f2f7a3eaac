import { decodeElements } from '../elementTypes.js';
import type { ElementType } from '../elementTypes.js';
import { Moments } from './moments.js';

/** Takes elements into {@link Moments}, in whatever way is fastest for their type. */
export interface ElementCounter {
  /** A whole number of elements, aligned to their size. */
  add(bytes: Uint8Array): void;
  finish(): Moments;
}

export function elementCounter(type: ElementType): ElementCounter {
  if (type.table) {
    return new PatternCounter(type, type.table());
  }
  return type.dtype === 'f32' ? new Float32Counter() : new DecodingCounter(type);
}

/** Counters are emptied before they can overflow. */
const MOST_COUNTED = 2 ** 31;

/** Of types of one or two bytes, how often each pattern of bits occurs says everything. */
class PatternCounter implements ElementCounter {
  readonly #size: number;
  readonly #values: Float64Array;
  /** Two of them, so that equal neighbours do not wait for each other. */
  readonly #even: Uint32Array;
  readonly #odd: Uint32Array;
  readonly #moments = new Moments();
  #counted = 0;

  constructor(type: ElementType, values: Float64Array) {
    this.#size = type.size;
    this.#values = values;
    this.#even = new Uint32Array(values.length);
    this.#odd = new Uint32Array(values.length);
  }

  add(bytes: Uint8Array): void {
    const bits = this.#size === 1 ? bytes : new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / this.#size);
    if (this.#counted + bits.length > MOST_COUNTED) {
      this.#flush();
    }
    this.#counted += bits.length;
    count(bits, this.#even, this.#odd);
  }

  finish(): Moments {
    this.#flush();
    return this.#moments;
  }

  #flush(): void {
    for (let pattern = 0; pattern < this.#values.length; pattern++) {
      const times = (this.#even[pattern] as number) + (this.#odd[pattern] as number);
      if (times > 0) {
        this.#moments.addRepeated(this.#values[pattern] as number, times);
      }
    }
    this.#even.fill(0);
    this.#odd.fill(0);
    this.#counted = 0;
  }
}

function count(bits: Uint8Array | Uint16Array, even: Uint32Array, odd: Uint32Array): void {
  const last = bits.length - 1;
  let index = 0;
  for (; index < last; index += 2) {
    even[bits[index] as number]!++;
    odd[bits[index + 1] as number]!++;
  }
  if (index === last) {
    even[bits[index] as number]!++;
  }
}

/** Numbers that are looked at together, small enough for the nearest cache. */
const BLOCK = 4096;
const NOT_FINITE = 255;
const NEGATIVE = 256;

class Float32Counter implements ElementCounter {
  readonly #moments = new Moments();
  readonly #bins = new Uint32Array(512);
  #counted = 0;

  add(bytes: Uint8Array): void {
    const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const bits = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    for (let start = 0; start < all.length; start += BLOCK) {
      this.#addBlock(all.subarray(start, start + BLOCK), bits.subarray(start, start + BLOCK));
    }
  }

  finish(): Moments {
    this.#flush();
    return this.#moments;
  }

  #addBlock(values: Float32Array, bits: Uint32Array): void {
    const bins = this.#bins;
    const specialBefore = this.#notFinite();
    const smallBefore = this.#small();
    countExponents(bits, bins);
    this.#counted += values.length;
    if (this.#notFinite() !== specialBefore) {
      addOneByOne(values, this.#moments);
    } else {
      addFinite(values, this.#moments);
    }
    if (this.#small() !== smallBefore) {
      this.#countZeros(values);
    }
    if (this.#counted > MOST_COUNTED) {
      this.#flush();
    }
  }

  #notFinite(): number {
    return (this.#bins[NOT_FINITE] as number) + (this.#bins[NEGATIVE + NOT_FINITE] as number);
  }

  #small(): number {
    return (this.#bins[0] as number) + (this.#bins[NEGATIVE] as number);
  }

  /** Zeros share their bins with numbers so small that they have no exponent of their own. */
  #countZeros(values: Float32Array): void {
    const bins = this.#bins;
    for (const value of values) {
      if (value === 0) {
        this.#moments.zeros++;
        bins[Object.is(value, -0) ? NEGATIVE : 0]!--;
      }
    }
  }

  #flush(): void {
    this.#bins.forEach((times, bin) => {
      if (times > 0 && bin % NEGATIVE !== NOT_FINITE) {
        this.#moments.addToBin(bin, times);
      }
    });
    this.#bins.fill(0);
    this.#counted = 0;
  }
}

function countExponents(bits: Uint32Array, bins: Uint32Array): void {
  for (let index = 0; index < bits.length; index++) {
    bins[(bits[index] as number) >>> 23]!++;
  }
}

/** Of finite numbers. Squares are taken of distances from one of them, so that a large mean costs no digits. */
function addFinite(values: Float32Array | Float64Array, moments: Moments): void {
  const { length } = values;
  const pivot = values[0] as number;
  let [min, max] = [moments.min, moments.max];
  let [sum0, sum1, squares0, squares1] = [0, 0, 0, 0];
  let index = 0;
  for (; index + 1 < length; index += 2) {
    const first = values[index] as number;
    const second = values[index + 1] as number;
    if (first < min) {
      min = first;
    }
    if (first > max) {
      max = first;
    }
    if (second < min) {
      min = second;
    }
    if (second > max) {
      max = second;
    }
    const distance0 = first - pivot;
    const distance1 = second - pivot;
    sum0 += distance0;
    sum1 += distance1;
    squares0 += distance0 * distance0;
    squares1 += distance1 * distance1;
  }
  if (index < length) {
    const value = values[index] as number;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum0 += value - pivot;
    squares0 += (value - pivot) * (value - pivot);
  }
  moments.min = min;
  moments.max = max;
  const sum = sum0 + sum1;
  moments.join(length, pivot + sum / length, Math.max(0, squares0 + squares1 - (sum * sum) / length));
}

/** Numbers of which some are not finite. Zeros and magnitudes are counted elsewhere. */
function addOneByOne(values: Float32Array | Float64Array, moments: Moments): void {
  const finite = new Float64Array(values.length);
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) {
      moments.nan++;
    } else if (Number.isFinite(value)) {
      finite[count++] = value;
    } else {
      moments.inf++;
    }
  }
  if (count > 0) {
    addFinite(finite.subarray(0, count), moments);
  }
}

/** Other types, by way of doubles. */
class DecodingCounter implements ElementCounter {
  readonly #type: ElementType;
  readonly #moments = new Moments();
  readonly #block = new Float64Array(BLOCK);

  constructor(type: ElementType) {
    this.#type = type;
  }

  add(bytes: Uint8Array): void {
    const step = BLOCK * this.#type.size;
    for (let start = 0; start < bytes.length; start += step) {
      const part = bytes.subarray(start, start + step);
      decodeElements(this.#type, part, this.#block);
      const values = this.#block.subarray(0, part.length / this.#type.size);
      addOneByOne(values, this.#moments);
      for (const value of values) {
        if (Number.isFinite(value)) {
          this.#moments.addToHistogram(value, 1);
        }
      }
    }
  }

  finish(): Moments {
    return this.#moments;
  }
}
