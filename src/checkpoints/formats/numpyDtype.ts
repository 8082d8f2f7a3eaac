import type { TensorDtype } from '../../model/tensor.js';

const KINDS: Readonly<Record<string, TensorDtype>> = {
  f8: 'f64',
  f4: 'f32',
  f2: 'f16',
  i8: 'i64',
  i4: 'i32',
  i2: 'i16',
  i1: 'i8',
  u8: 'u64',
  u4: 'u32',
  u2: 'u16',
  u1: 'u8',
  b1: 'bool',
  c8: 'c64',
  c16: 'c128',
};

/** A type as numpy writes it: an order of bytes, a kind and a size ("<f4", "|b1", ">i8"). Of others, the text itself. */
export function numpyDtype(text: string): { readonly dtype: TensorDtype; readonly swap: boolean } {
  const [, order = '', kind = text] = /^([<>|=]?)(.*)$/s.exec(text) ?? [];
  return { dtype: KINDS[kind] ?? kind, swap: order === '>' };
}
