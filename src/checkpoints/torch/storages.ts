import type { TensorDtype } from '../../model/tensor.js';
import { keyText, PickleGlobal, PicklePersistent, PickleSequence, wholeNumber } from '../pickle/values.js';
import type { PickleValue } from '../pickle/values.js';

/** A storage as a pickle of PyTorch refers to it: its bytes are kept outside. */
export interface StorageReference {
  readonly key: string;
  /** Undefined for storages of bytes without a type of their own. */
  readonly dtype: TensorDtype | undefined;
  /** Elements, or bytes where there is no type. */
  readonly elements: number;
}

const DTYPES_OF_CLASSES: Readonly<Record<string, TensorDtype>> = {
  DoubleStorage: 'f64',
  FloatStorage: 'f32',
  HalfStorage: 'f16',
  BFloat16Storage: 'bf16',
  LongStorage: 'i64',
  IntStorage: 'i32',
  ShortStorage: 'i16',
  CharStorage: 'i8',
  ByteStorage: 'u8',
  BoolStorage: 'bool',
  ComplexFloatStorage: 'c64',
  ComplexDoubleStorage: 'c128',
  QInt8Storage: 'qint8',
  QUInt8Storage: 'quint8',
  QInt32Storage: 'qint32',
};

const DTYPES: Readonly<Record<string, TensorDtype>> = {
  float64: 'f64',
  double: 'f64',
  float32: 'f32',
  float: 'f32',
  float16: 'f16',
  half: 'f16',
  bfloat16: 'bf16',
  float8_e4m3fn: 'f8_e4m3',
  float8_e4m3fnuz: 'f8_e4m3fnuz',
  float8_e5m2: 'f8_e5m2',
  float8_e5m2fnuz: 'f8_e5m2fnuz',
  float8_e8m0fnu: 'f8_e8m0',
  int64: 'i64',
  long: 'i64',
  int32: 'i32',
  int: 'i32',
  int16: 'i16',
  short: 'i16',
  int8: 'i8',
  uint8: 'u8',
  uint16: 'u16',
  uint32: 'u32',
  uint64: 'u64',
  bool: 'bool',
  complex64: 'c64',
  cfloat: 'c64',
  complex128: 'c128',
  cdouble: 'c128',
};

/** The type that a global such as `torch.bfloat16` names. */
export function dtypeOf(value: PickleValue | undefined): TensorDtype | undefined {
  return value instanceof PickleGlobal && value.module === 'torch' ? (DTYPES[value.name] ?? value.name) : undefined;
}

/** What `('storage', class, key, location, elements, …)` refers to. */
export function storageOf(value: PickleValue | undefined): StorageReference | undefined {
  if (!(value instanceof PicklePersistent) || !(value.id instanceof PickleSequence)) {
    return undefined;
  }
  const [kind, type, key, , elements] = value.id.items;
  const count = wholeNumber(elements);
  if (kind !== 'storage' || !(type instanceof PickleGlobal) || count === undefined || count < 0) {
    return undefined;
  }
  return { key: keyText(key ?? null) ?? '', dtype: DTYPES_OF_CLASSES[type.name], elements: count };
}
