import { swapBytes } from '../elementTypes.js';
import { MemoryFile } from '../source.js';
import { ContiguousData } from '../tensorData.js';
import type { TensorData } from '../tensorData.js';
import { decodeElements, elementCount, elementType } from '../elementTypes.js';
import { numpyDtype } from '../formats/numpyDtype.js';
import { itemsOf, PickleCall, PickleSequence, wholeNumber } from '../pickle/values.js';
import type { PickleValue } from '../pickle/values.js';

/** An array of numpy that a pickle holds as a whole. */
export interface NumpyObject {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  readonly data: TensorData | { readonly unreadable: string };
}

const RECONSTRUCT = /^numpy\.(_?core\.)?multiarray\._reconstruct$/;
const SCALAR = /^numpy\.(_?core\.)?multiarray\.scalar$/;
const FROM_BUFFER = /^numpy\.(_?core\.)?numeric\._frombuffer$/;

/** The array that a call makes, undefined when it makes none. */
export function numpyArray(value: PickleValue | undefined): NumpyObject | undefined {
  if (!(value instanceof PickleCall) || value.name === undefined) {
    return undefined;
  }
  if (RECONSTRUCT.test(value.name)) {
    // (version, shape, dtype, whether in Fortran's order, bytes)
    const [, shape, dtype, fortran, data] = itemsOf(value.state) ?? [];
    return arrayOf(shape, dtype, data, fortran === true);
  }
  if (FROM_BUFFER.test(value.name)) {
    const [data, dtype, shape, order] = value.args;
    return arrayOf(shape, dtype, data, order === 'F');
  }
  return undefined;
}

/** A single number of numpy. */
export function numpyScalar(value: PickleValue): number | undefined {
  if (!(value instanceof PickleCall) || value.name === undefined || !SCALAR.test(value.name)) {
    return undefined;
  }
  const [dtype, data] = value.args;
  const known = dtypeOfObject(dtype);
  const type = known && elementType(known.dtype);
  const bytes = bytesOf(data);
  if (!type || bytes?.length !== type.size) {
    return undefined;
  }
  const copy = bytes.slice();
  swapBytes(copy, known.swap ? type.unit : 1);
  const target = new Float64Array(1);
  decodeElements(type, copy, target);
  return target[0];
}

function arrayOf(
  shapeValue: PickleValue | undefined,
  dtypeValue: PickleValue | undefined,
  data: PickleValue | undefined,
  isFortran: boolean,
): NumpyObject | undefined {
  const sizes = itemsOf(shapeValue)?.map(wholeNumber);
  const known = dtypeOfObject(dtypeValue);
  if (!sizes || !known || sizes.includes(undefined)) {
    return undefined;
  }
  const shape = sizes as number[];
  const type = elementType(known.dtype);
  const count = elementCount(shape);
  const bytes = bytesOf(data);
  const all = { dtype: known.dtype, shape, bytes: (count ?? 0) * (type?.size ?? 0) };
  if (!type || count === undefined || bytes?.length !== count * type.size) {
    return {
      ...all,
      data: { unreadable: type ? 'its bytes do not fit its shape' : `elements of type ${known.dtype} are not read` },
    };
  }
  if (isFortran && shape.filter((size) => size > 1).length > 1) {
    return { ...all, data: { unreadable: 'an array in column-major order within a pickle' } };
  }
  return { ...all, data: new ContiguousData(new MemoryFile(bytes), 0, bytes.length, known.swap ? type.unit : 1) };
}

function dtypeOfObject(value: PickleValue | undefined): { dtype: string; swap: boolean } | undefined {
  if (!(value instanceof PickleCall) || value.name !== 'numpy.dtype' || typeof value.args[0] !== 'string') {
    return undefined;
  }
  const order = itemsOf(value.state)?.[1];
  return numpyDtype(`${order === '>' ? '>' : '<'}${value.args[0]}`);
}

/** Bytes as such, or as Python 3 writes them for protocols that have none: text, to be encoded. */
function bytesOf(value: PickleValue | undefined): Uint8Array | undefined {
  if (value instanceof Uint8Array) {
    return value;
  }
  if (typeof value === 'string') {
    return latin1(value);
  }
  if (value instanceof PickleCall && value.name === '_codecs.encode' && typeof value.args[0] === 'string') {
    return latin1(value.args[0]);
  }
  if (value instanceof PickleCall && value.name === 'builtins.bytearray') {
    return bytesOf(value.args[0] instanceof PickleSequence ? undefined : value.args[0]);
  }
  return undefined;
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 255);
}
