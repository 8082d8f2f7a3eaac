import type { Checkpoint, CheckpointFormat, CheckpointTensor, Unreadable } from '../checkpoint.js';
import { NOTHING_ELSE } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { elementCount, elementType } from '../elementTypes.js';
import { roleOfName } from '../roles.js';
import { readExactly } from '../source.js';
import type { RandomAccess } from '../source.js';
import { ContiguousData, stridedData } from '../tensorData.js';
import type { TensorData } from '../tensorData.js';
import { numpyDtype } from './numpyDtype.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const LARGEST_HEADER = 1024 * 1024;

/** One array of numpy: NEP 1, versions 1 to 3. */
export const NPY: CheckpointFormat = {
  id: 'npy',
  title: 'NumPy (.npy)',
  savedBy: ['NumPy'],
  endings: ['.npy'],
  recognise: ({ bytes }) => MAGIC.every((byte, index) => bytes[index] === byte),
  open: async ({ main, name }): Promise<Checkpoint> => {
    const header = await readNpyHeader(main);
    const part = (from: number, bytes: number, swapUnit: number): TensorData | Unreadable =>
      from + bytes > main.size
        ? { unreadable: 'truncated: the file ends before its last element' }
        : new ContiguousData(main, from, bytes, swapUnit);
    const tensor = npyTensor(name.replace(/\.npy$/i, ''), header, part);
    const problems =
      'unreadable' in tensor.data ? [{ offset: main.size, message: `${tensor.name}: ${tensor.data.unreadable}` }] : [];
    return { ...NOTHING_ELSE, tensors: [tensor], problems };
  },
};

/** What stands before the elements of an array. */
export interface NpyHeader {
  readonly descr: string;
  readonly isFortran: boolean;
  readonly shape: readonly number[];
  /** Bytes before the elements. */
  readonly end: number;
}

export async function readNpyHeader(file: RandomAccess): Promise<NpyHeader> {
  const start = await readExactly(file, 0, 12, 'the header of the array');
  const isWide = (start[6] ?? 1) >= 2;
  const view = new DataView(start.buffer);
  const length = isWide ? view.getUint32(8, true) : view.getUint16(8, true);
  const from = isWide ? 12 : 10;
  const text = new TextDecoder('latin1').decode(
    await readExactly(file, from, length, 'the header of the array', LARGEST_HEADER),
  );
  // A Python literal with three known keys: { 'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
  const descr = /'descr'\s*:\s*('([^']*)'|\[)/.exec(text);
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (!descr || order === undefined || shape === undefined) {
    throw new CheckpointError('the header of the array is damaged', from, 'download or save it again');
  }
  return {
    descr: descr[2] ?? 'a record',
    isFortran: order === 'True',
    shape: shape
      .split(',')
      .map((size) => size.replace('L', '').trim())
      .filter(Boolean)
      .map(Number),
    end: from + length,
  };
}

/** @param part bytes after the header, as elements */
export function npyTensor(
  name: string,
  { descr, isFortran, shape, end }: NpyHeader,
  part: (from: number, bytes: number, swapUnit: number) => TensorData | Unreadable,
): CheckpointTensor {
  const { dtype, swap } = numpyDtype(descr);
  const type = elementType(dtype);
  const count = elementCount(shape);
  const described = { name, dtype, shape, role: roleOfName(name), bytes: (count ?? 0) * (type?.size ?? 0) };
  if (!type || count === undefined) {
    const reason =
      dtype === 'O' ? 'objects of Python, pickled: they are not read' : `elements of type ${descr} are not read`;
    return { ...described, data: { unreadable: reason } };
  }
  const swapUnit = swap ? type.unit : 1;
  const whole = part(end, count * type.size, swapUnit);
  if (!isFortran || shape.length < 2 || 'unreadable' in whole) {
    return { ...described, data: whole };
  }
  const strides: number[] = [];
  shape.reduce((stride, size) => {
    strides.push(stride);
    return stride * size;
  }, 1);
  const storage = {
    elements: count,
    part: (from: number, elements: number) => {
      const data = part(end + from * type.size, elements * type.size, swapUnit);
      if ('unreadable' in data) {
        throw new CheckpointError(data.unreadable);
      }
      return data;
    },
  };
  return { ...described, data: stridedData(type, storage, 0, shape, strides) };
}
