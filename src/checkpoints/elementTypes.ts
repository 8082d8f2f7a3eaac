import type { TensorDtype } from '../model/tensor.js';

/** How elements of a type become numbers. */
export interface ElementType {
  readonly dtype: TensorDtype;
  /** Bytes of one element. */
  readonly size: number;
  /** Bytes of a unit whose order a big-endian file reverses: half an element of complex types. */
  readonly unit: number;
  readonly kind: 'float' | 'integer' | 'boolean' | 'complex';
  /**
   * Of types of at most two bytes: the number that each pattern of bits stands for.
   * Of the others: undefined, and the array type reads them.
   */
  readonly table: (() => Float64Array) | undefined;
}

function ofTable(
  dtype: TensorDtype,
  size: 1 | 2,
  kind: ElementType['kind'],
  value: (bits: number) => number,
): ElementType {
  let table: Float64Array | undefined;
  const make = (): Float64Array =>
    (table ??= Float64Array.from({ length: size === 1 ? 256 : 65536 }, (_, bits) => value(bits)));
  return { dtype, size, unit: size, kind, table: make };
}

function ofArray(dtype: TensorDtype, size: number, kind: ElementType['kind'], unit = size): ElementType {
  return { dtype, size, unit, kind, table: undefined };
}

/** A binary floating-point number with the given widths; IEEE 754's rules for subnormal numbers. */
function smallFloat(bits: number, exponentBits: number, mantissaBits: number, bias: number): number {
  const sign = bits >>> (exponentBits + mantissaBits) === 1 ? -1 : 1;
  const exponent = (bits >>> mantissaBits) & ((1 << exponentBits) - 1);
  const mantissa = bits & ((1 << mantissaBits) - 1);
  return exponent === 0
    ? sign * mantissa * 2 ** (1 - bias - mantissaBits)
    : sign * (1 + mantissa / 2 ** mantissaBits) * 2 ** (exponent - bias);
}

/** With an exponent of all ones for infinities and NaN. */
function ieeeFloat(bits: number, exponentBits: number, mantissaBits: number): number {
  const ones = (1 << exponentBits) - 1;
  if (((bits >>> mantissaBits) & ones) === ones) {
    const mantissa = bits & ((1 << mantissaBits) - 1);
    return mantissa !== 0 ? NaN : bits >>> (exponentBits + mantissaBits) === 1 ? -Infinity : Infinity;
  }
  return smallFloat(bits, exponentBits, mantissaBits, (1 << (exponentBits - 1)) - 1);
}

/** OCP 8-bit floating point specification 1.0, and the variants of Noune et al. 2022 without infinities (`fnuz`). */
const FLOAT8: readonly ElementType[] = [
  ofTable('f8_e4m3', 1, 'float', (bits) => ((bits & 0x7f) === 0x7f ? NaN : smallFloat(bits, 4, 3, 7))),
  ofTable('f8_e5m2', 1, 'float', (bits) => ieeeFloat(bits, 5, 2)),
  ofTable('f8_e4m3fnuz', 1, 'float', (bits) => (bits === 0x80 ? NaN : smallFloat(bits, 4, 3, 8))),
  ofTable('f8_e5m2fnuz', 1, 'float', (bits) => (bits === 0x80 ? NaN : smallFloat(bits, 5, 2, 16))),
  ofTable('f8_e8m0', 1, 'float', (bits) => (bits === 0xff ? NaN : 2 ** (bits - 127))),
];

export const ELEMENT_TYPES: readonly ElementType[] = [
  ofArray('f64', 8, 'float'),
  ofArray('f32', 4, 'float'),
  ofTable('f16', 2, 'float', (bits) => ieeeFloat(bits, 5, 10)),
  ofTable('bf16', 2, 'float', (bits) => ieeeFloat(bits, 8, 7)),
  ...FLOAT8,
  ofArray('i64', 8, 'integer'),
  ofArray('u64', 8, 'integer'),
  ofArray('i32', 4, 'integer'),
  ofArray('u32', 4, 'integer'),
  ofTable('i16', 2, 'integer', (bits) => (bits << 16) >> 16),
  ofTable('u16', 2, 'integer', (bits) => bits),
  ofTable('i8', 1, 'integer', (bits) => (bits << 24) >> 24),
  ofTable('u8', 1, 'integer', (bits) => bits),
  ofTable('bool', 1, 'boolean', (bits) => (bits === 0 ? 0 : 1)),
  ofArray('c64', 8, 'complex', 4),
  ofArray('c128', 16, 'complex', 8),
];

const BY_NAME = new Map(ELEMENT_TYPES.map((type) => [type.dtype, type]));

export function elementType(dtype: TensorDtype): ElementType | undefined {
  return BY_NAME.get(dtype);
}

/** How many elements a shape has; undefined when that is no number that counts exactly. */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) {
      return undefined;
    }
    count *= size;
  }
  return Number.isSafeInteger(count) ? count : undefined;
}

/** Elements as numbers; complex ones as their absolute values. `target` holds as many as `bytes` has. */
export function decodeElements(type: ElementType, bytes: Uint8Array, target: Float64Array | Float32Array): void {
  const count = Math.floor(bytes.length / type.size);
  if (type.table) {
    const table = type.table();
    const bits = type.size === 1 ? bytes : new Uint16Array(bytes.buffer, bytes.byteOffset, count);
    for (let index = 0; index < count; index++) {
      target[index] = table[bits[index] as number] as number;
    }
    return;
  }
  if (type.kind === 'complex') {
    const parts =
      type.unit === 4
        ? new Float32Array(bytes.buffer, bytes.byteOffset, 2 * count)
        : new Float64Array(bytes.buffer, bytes.byteOffset, 2 * count);
    for (let index = 0; index < count; index++) {
      target[index] = absolute(parts[2 * index] as number, parts[2 * index + 1] as number);
    }
    return;
  }
  const array = plainArray(type.dtype, bytes, count);
  for (let index = 0; index < count; index++) {
    target[index] = Number(array[index]);
  }
}

/** An element with a part that is not finite is NaN or infinite as a whole. */
function absolute(real: number, imaginary: number): number {
  return Number.isNaN(real) || Number.isNaN(imaginary) ? NaN : Math.hypot(real, imaginary);
}

function plainArray(dtype: TensorDtype, bytes: Uint8Array, count: number): ArrayLike<number | bigint> {
  const { buffer, byteOffset } = bytes;
  switch (dtype) {
    case 'f64':
      return new Float64Array(buffer, byteOffset, count);
    case 'i64':
      return new BigInt64Array(buffer, byteOffset, count);
    case 'u64':
      return new BigUint64Array(buffer, byteOffset, count);
    case 'i32':
      return new Int32Array(buffer, byteOffset, count);
    case 'u32':
      return new Uint32Array(buffer, byteOffset, count);
    default:
      return new Float32Array(buffer, byteOffset, count);
  }
}

/** Reverses the bytes of each unit in place: big-endian to little-endian and back. */
export function swapBytes(bytes: Uint8Array, unit: number): void {
  if (unit === 1) {
    return;
  }
  for (let start = 0; start + unit <= bytes.length; start += unit) {
    bytes.subarray(start, start + unit).reverse();
  }
}
