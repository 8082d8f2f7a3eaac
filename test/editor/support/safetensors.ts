/** A tensor of single precision to be written. */
export interface WrittenTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A safetensors file: the length of the header, the header, the elements one tensor after the other. */
export function safetensors(
  tensors: readonly WrittenTensor[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  let offset = 0;
  const header: Record<string, object> = metadata ? { __metadata__: metadata } : {};
  for (const { name, shape, values } of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + text.length + offset);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  let at = 8 + text.length;
  for (const { values } of tensors) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}

/** Numbers around zero, the same for the same seed, with roughly the given standard deviation. */
export function noise(count: number, deviation: number, seed: number): Float32Array {
  let state = seed * 2_654_435_761 + 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return Float32Array.from({ length: count }, () => (next() + next() + next()) * 2 * deviation);
}
