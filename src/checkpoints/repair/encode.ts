import type { ElementType } from '../elementTypes.js';

const WORD = new Uint32Array(1);
const FLOAT = new Float32Array(WORD.buffer);

/** Whether numbers can be turned into elements of the type. */
export function canEncode({ dtype }: ElementType): boolean {
  return ['f64', 'f32', 'f16', 'bf16'].includes(dtype);
}

/** Turns numbers into elements, rounding to the nearest, ties to even, as IEEE 754 asks. */
export function encodeElements({ dtype }: ElementType, values: Float64Array, target: Uint8Array): void {
  const { buffer, byteOffset } = target;
  if (dtype === 'f64') {
    new Float64Array(buffer, byteOffset, values.length).set(values);
  } else if (dtype === 'f32') {
    new Float32Array(buffer, byteOffset, values.length).set(values);
  } else {
    const half = new Uint16Array(buffer, byteOffset, values.length);
    const encode = dtype === 'bf16' ? bfloat16 : float16;
    values.forEach((value, index) => (half[index] = encode(value)));
  }
}

function bfloat16(value: number): number {
  FLOAT[0] = value;
  const bits = WORD[0] as number;
  if (Number.isNaN(value)) {
    return 0x7fc0;
  }
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function float16(value: number): number {
  FLOAT[0] = value;
  const sign = ((WORD[0] as number) >>> 16) & 0x8000;
  const size = Math.abs(value);
  if (Number.isNaN(value)) {
    return 0x7e00;
  }
  // Half of the last place above the largest number rounds up to infinity.
  if (size >= 65520) {
    return sign | 0x7c00;
  }
  const exponent = size < 2 ** -14 ? -14 : Math.min(15, Math.floor(Math.log2(size)));
  const scaled = roundTiesToEven(size / 2 ** (exponent - 10));
  // Numbers without a hidden bit count from zero; rounding up carries into the exponent by itself.
  const biased = size < 2 ** -14 ? 0 : (exponent + 14) << 10;
  return sign | (biased + scaled);
}

function roundTiesToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
