/** Largest finite number of IEEE half precision, its smallest normal one, and the distance of its subnormal ones. */
const HALF = { largest: 65504, overflow: 65520, smallestNormal: 2 ** -14, subnormal: 2 ** -24 };
const HALF_MANTISSA_BITS = 10;

/** The nearest number of half precision, ties to even; too large ones become infinite. */
export function toHalf(value: number): number {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(value)) {
    return value;
  }
  if (size >= HALF.overflow) {
    return value > 0 ? Infinity : -Infinity;
  }
  const unit = size < HALF.smallestNormal ? HALF.subnormal : 2 ** (Math.floor(Math.log2(size)) - HALF_MANTISSA_BITS);
  return nearestEven(value / unit) * unit;
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The nearest number of bfloat16, ties to even. */
export function toBfloat16(value: number): number {
  if (!Number.isFinite(value)) {
    return value;
  }
  single[0] = value;
  const word = bits[0]!;
  bits[0] = (word + 0x7fff + ((word >>> 16) & 1)) & 0xffff0000;
  return single[0];
}

/** Rounds every value in place. */
export function roundAll(values: Float32Array, format: 'fp16' | 'bf16'): void {
  const rounded = format === 'fp16' ? toHalf : toBfloat16;
  for (let index = 0; index < values.length; index++) {
    values[index] = rounded(values[index]!);
  }
}

function nearestEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1;
}
