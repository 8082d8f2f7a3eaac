/** A sealed run of doubles, kept in fewer bytes where that loses nothing. NaN payloads are not kept apart. */
export interface PackedColumn {
  /** Bytes of the arrays that it holds. */
  readonly byteLength: number;
  /** The double that was packed at this place. */
  at(index: number): number;
}

/** Decimal scales that are tried: numbers in logs are decimal texts more often than not. */
const SCALES = [1, 10, 100, 1e3, 1e4, 1e5, 1e6] as const;

/** Packs the values in the first of these forms that gives each one back exactly; see the classes below. */
export function packColumn(values: Float64Array): PackedColumn {
  return packStride(values) ?? packDecimals(values) ?? packFloat32(values) ?? new FloatColumn(values.slice());
}

function packStride(values: Float64Array): PackedColumn | undefined {
  const first = values[0] ?? 0;
  const stride = values.length > 1 ? (values[1] as number) - first : 0;
  for (let index = 0; index < values.length; index++) {
    if (!Object.is(first + stride * index, values[index])) {
      return undefined;
    }
  }
  return new StrideColumn(first, stride);
}

function packDecimals(values: Float64Array): PackedColumn | undefined {
  for (const scale of SCALES) {
    const bounds = scaledBounds(values, scale);
    if (bounds) {
      return offsetsFrom(values, scale, bounds);
    }
  }
  return undefined;
}

/** Smallest and largest of the values times the scale, when all are integers that give the values back. */
function scaledBounds(values: Float64Array, scale: number): { low: number; high: number } | undefined {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    const scaled = scaledInteger(value, scale);
    if (!(Math.abs(scaled) <= Number.MAX_SAFE_INTEGER) || !Object.is(scaled / scale, value)) {
      return undefined;
    }
    low = Math.min(low, scaled);
    high = Math.max(high, scaled);
  }
  return { low, high };
}

/** Adding zero makes a positive zero of a negative one, which an integer could not keep and is found out by that. */
function scaledInteger(value: number, scale: number): number {
  return Math.round(value * scale) + 0;
}

function offsetsFrom(
  values: Float64Array,
  scale: number,
  { low, high }: { low: number; high: number },
): PackedColumn | undefined {
  const range = high - low;
  if (range > 0xffffffff) {
    return undefined;
  }
  const Offsets = range <= 0xff ? Uint8Array : range <= 0xffff ? Uint16Array : Uint32Array;
  const offsets = new Offsets(values.length);
  for (let index = 0; index < values.length; index++) {
    offsets[index] = scaledInteger(values[index] as number, scale) - low;
  }
  return new DecimalColumn(low, scale, offsets);
}

function packFloat32(values: Float64Array): PackedColumn | undefined {
  for (const value of values) {
    if (!Object.is(Math.fround(value), value)) {
      return undefined;
    }
  }
  return new FloatColumn(Float32Array.from(values));
}

/** `first + index · stride`: step columns of most logs. */
class StrideColumn implements PackedColumn {
  readonly byteLength = 16;
  private readonly first: number;
  private readonly stride: number;

  constructor(first: number, stride: number) {
    this.first = first;
    this.stride = stride;
  }

  at(index: number): number {
    return this.first + this.stride * index;
  }
}

/** `(low + offset) / scale` with small unsigned offsets: uneven steps, decimals of few digits. */
class DecimalColumn implements PackedColumn {
  private readonly low: number;
  private readonly scale: number;
  private readonly offsets: Uint8Array | Uint16Array | Uint32Array;

  constructor(low: number, scale: number, offsets: Uint8Array | Uint16Array | Uint32Array) {
    this.low = low;
    this.scale = scale;
    this.offsets = offsets;
  }

  get byteLength(): number {
    return this.offsets.byteLength;
  }

  at(index: number): number {
    return (this.low + (this.offsets[index] as number)) / this.scale;
  }
}

/** The values themselves, in single precision where each one is a single-precision number. */
class FloatColumn implements PackedColumn {
  private readonly values: Float32Array | Float64Array;

  constructor(values: Float32Array | Float64Array) {
    this.values = values;
  }

  get byteLength(): number {
    return this.values.byteLength;
  }

  at(index: number): number {
    return this.values[index] as number;
  }
}
