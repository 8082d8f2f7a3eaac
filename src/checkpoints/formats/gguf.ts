import type { PlainValue, TensorDtype } from '../../model/tensor.js';
import type { Checkpoint, CheckpointFormat, CheckpointTensor, Unreadable } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { elementCount, elementType } from '../elementTypes.js';
import { roleOfName } from '../roles.js';
import type { RandomAccess } from '../source.js';
import { ContiguousData } from '../tensorData.js';
import type { TensorData } from '../tensorData.js';
import { FileCursor } from './fileCursor.js';

const MAGIC = [0x47, 0x47, 0x55, 0x46];

/** https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little-endian. */
export const GGUF: CheckpointFormat = {
  id: 'gguf',
  title: 'GGUF',
  savedBy: ['gguf', 'llama.cpp'],
  endings: ['.gguf'],
  recognise: ({ bytes }) => MAGIC.every((byte, index) => bytes[index] === byte),
  open: ({ main }) => readGguf(main),
};

/** Type of elements, elements of a block, bytes of a block. */
const TYPES: Readonly<Record<number, readonly [dtype: TensorDtype, elements: number, bytes: number]>> = {
  0: ['f32', 1, 4],
  1: ['f16', 1, 2],
  2: ['q4_0', 32, 18],
  3: ['q4_1', 32, 20],
  6: ['q5_0', 32, 22],
  7: ['q5_1', 32, 24],
  8: ['q8_0', 32, 34],
  9: ['q8_1', 32, 36],
  10: ['q2_k', 256, 84],
  11: ['q3_k', 256, 110],
  12: ['q4_k', 256, 144],
  13: ['q5_k', 256, 176],
  14: ['q6_k', 256, 210],
  15: ['q8_k', 256, 292],
  16: ['iq2_xxs', 256, 66],
  17: ['iq2_xs', 256, 74],
  18: ['iq3_xxs', 256, 98],
  19: ['iq1_s', 256, 50],
  20: ['iq4_nl', 32, 18],
  21: ['iq3_s', 256, 110],
  22: ['iq2_s', 256, 82],
  23: ['iq4_xs', 256, 136],
  24: ['i8', 1, 1],
  25: ['i16', 1, 2],
  26: ['i32', 1, 4],
  27: ['i64', 1, 8],
  28: ['f64', 1, 8],
  29: ['iq1_m', 256, 56],
  30: ['bf16', 1, 2],
  31: ['q4_0_4_4', 32, 18],
  32: ['q4_0_4_8', 32, 18],
  33: ['q4_0_8_8', 32, 18],
  34: ['tq1_0', 256, 54],
  35: ['tq2_0', 256, 66],
  39: ['mxfp4', 32, 17],
  40: ['nvfp4', 64, 36],
  41: ['q1_0', 128, 18],
};

const MOST_ENTRIES = 1_000_000;
const MOST_AXES = 4;
const LONGEST_NAME = 4096;
const LONGEST_VALUE = 200;
const STANDARD_ALIGNMENT = 32;

async function readGguf(file: RandomAccess): Promise<Checkpoint> {
  const cursor = new FileCursor(file, 4);
  const version = await cursor.uint32();
  if (version !== 2 && version !== 3) {
    const isSwapped = (version & 0xffff) === 0;
    throw new CheckpointError(
      isSwapped ? 'a GGUF file in big-endian order, which is not read' : `GGUF version ${version} is not read`,
      4,
      'convert the model again',
    );
  }
  const tensorCount = await count(cursor, 'tensors');
  const valueCount = await count(cursor, 'values');
  const values = new Map<string, PlainValue>();
  for (let index = 0; index < valueCount; index++) {
    const key = await text(cursor, LONGEST_NAME);
    const value = await readValue(cursor, await cursor.uint32(), 0);
    if (value !== undefined) {
      values.set(key, value);
    }
  }
  const alignment = Number(values.get('general.alignment') ?? STANDARD_ALIGNMENT);
  const described: { name: string; shape: number[]; type: number; offset: number }[] = [];
  for (let index = 0; index < tensorCount; index++) {
    const name = await text(cursor, LONGEST_NAME);
    const axes = await cursor.uint32();
    if (axes > MOST_AXES) {
      throw new CheckpointError(`tensor ${name} claims ${axes} axes`, cursor.position, 'download or convert it again');
    }
    const sizes: number[] = [];
    for (let axis = 0; axis < axes; axis++) {
      sizes.push(await cursor.uint64());
    }
    // The fastest axis comes first there, and last everywhere else.
    described.push({ name, shape: sizes.reverse(), type: await cursor.uint32(), offset: await cursor.uint64() });
  }
  const start = Math.ceil(cursor.position / alignment) * alignment;
  const tensors = described.map((one) => tensorOf(file, start, one));
  const cut = tensors.filter(({ data }) => 'unreadable' in data && data.unreadable.startsWith('truncated'));
  const problems =
    cut.length > 0
      ? [
          {
            offset: file.size,
            message: `truncated: the file ends before ${cut.length} of its tensors do`,
            remedy: 'download it again',
          },
        ]
      : [];
  return { tensors, values, opaque: [], suspicions: [], problems };
}

function tensorOf(
  file: RandomAccess,
  start: number,
  { name, shape, type, offset }: { name: string; shape: readonly number[]; type: number; offset: number },
): CheckpointTensor {
  const [dtype, blockElements, blockBytes] = TYPES[type] ?? [`type ${type}`, 1, 0];
  const elements = elementCount(shape);
  const bytes = ((elements ?? 0) / blockElements) * blockBytes;
  return { name, dtype, shape, role: roleOfName(name), bytes, data: dataOf() };

  function dataOf(): TensorData | Unreadable {
    if (elements === undefined || !Number.isSafeInteger(start + offset + bytes)) {
      return { unreadable: 'its shape makes no sense' };
    }
    if (start + offset + bytes > file.size) {
      return { unreadable: 'truncated: the file ends before its last element' };
    }
    return elementType(dtype)
      ? new ContiguousData(file, start + offset, bytes)
      : { unreadable: `statistics not computed: quantised (${dtype.toUpperCase()})` };
  }
}

async function count(cursor: FileCursor, what: string): Promise<number> {
  const offset = cursor.position;
  const value = await cursor.uint64();
  if (value > MOST_ENTRIES) {
    throw new CheckpointError(`the file claims ${value} ${what}`, offset, 'download it again');
  }
  return value;
}

async function text(cursor: FileCursor, longest: number): Promise<string> {
  const offset = cursor.position;
  const length = await cursor.uint64();
  if (length > longest) {
    throw new CheckpointError(`a name claims ${length} bytes`, offset, 'download it again');
  }
  return new TextDecoder().decode(await cursor.take(length));
}

const SIZES: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };
const STRING = 8;
const ARRAY = 9;

/** A plain value; undefined for arrays, which are skipped. */
async function readValue(cursor: FileCursor, type: number, depth: number): Promise<PlainValue | undefined> {
  const size = SIZES[type];
  if (size !== undefined) {
    const bytes = await cursor.take(size);
    return numberOf(new DataView(bytes.buffer, bytes.byteOffset, size), type);
  }
  if (type === STRING) {
    const length = await cursor.uint64();
    const shown = new TextDecoder().decode(await cursor.take(Math.min(length, LONGEST_VALUE)));
    skip(cursor, length - Math.min(length, LONGEST_VALUE));
    return shown;
  }
  if (type !== ARRAY || depth > 4) {
    throw new CheckpointError(`a value of unknown type ${type}`, cursor.position, 'download it again');
  }
  const inner = await cursor.uint32();
  const length = await cursor.uint64();
  const innerSize = SIZES[inner];
  if (innerSize !== undefined) {
    skip(cursor, length * innerSize);
    return undefined;
  }
  for (let index = 0; index < length; index++) {
    await readValue(cursor, inner, depth + 1);
  }
  return undefined;
}

function skip(cursor: FileCursor, bytes: number): void {
  if (cursor.position + bytes > cursor.file.size) {
    throw new CheckpointError(
      'truncated: the file ends in the middle of its description',
      cursor.file.size,
      'download it again',
    );
  }
  cursor.position += bytes;
}

function numberOf(view: DataView, type: number): PlainValue {
  switch (type) {
    case 0:
      return view.getUint8(0);
    case 1:
      return view.getInt8(0);
    case 2:
      return view.getUint16(0, true);
    case 3:
      return view.getInt16(0, true);
    case 4:
      return view.getUint32(0, true);
    case 5:
      return view.getInt32(0, true);
    case 6:
      return view.getFloat32(0, true);
    case 7:
      return view.getUint8(0) !== 0;
    case 10:
      return Number(view.getBigUint64(0, true));
    case 11:
      return Number(view.getBigInt64(0, true));
    default:
      return view.getFloat64(0, true);
  }
}
