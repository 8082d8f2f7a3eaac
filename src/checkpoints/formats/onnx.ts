import type { Problem } from '../../model/problem.js';
import type { TensorDtype } from '../../model/tensor.js';
import type { Checkpoint, CheckpointFormat, CheckpointTensor, Unreadable } from '../checkpoint.js';
import { NOTHING_ELSE } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { elementCount, elementType } from '../elementTypes.js';
import { roleOfName } from '../roles.js';
import { isBeside } from '../checkpointFiles.js';
import { MemoryFile } from '../source.js';
import type { CheckpointFiles } from '../checkpointFiles.js';
import type { RandomAccess } from '../source.js';
import { ContiguousData } from '../tensorData.js';
import type { TensorData } from '../tensorData.js';
import { FileCursor } from './fileCursor.js';

/** Initialisers of an ONNX model (onnx.proto3), inside it or in files beside it. */
export const ONNX: CheckpointFormat = {
  id: 'onnx',
  title: 'ONNX',
  savedBy: ['ONNX', 'PyTorch'],
  endings: ['.onnx'],
  // ModelProto begins with ir_version, a small number, and has its producer or its graph next.
  recognise: ({ bytes, name }) =>
    (bytes[0] === 0x08 &&
      (bytes[1] ?? 99) <= 64 &&
      [0x12, 0x1a, 0x22, 0x28, 0x32, 0x3a, 0x42].includes(bytes[2] ?? 0)) ||
    (/\.onnx$/i.test(name) && [0x0a, 0x12, 0x3a, 0x42].includes(bytes[0] ?? 0)),
  open: readOnnx,
};

const DTYPES: Readonly<Record<number, TensorDtype>> = {
  1: 'f32',
  2: 'u8',
  3: 'i8',
  4: 'u16',
  5: 'i16',
  6: 'i32',
  7: 'i64',
  8: 'string',
  9: 'bool',
  10: 'f16',
  11: 'f64',
  12: 'u32',
  13: 'u64',
  14: 'c64',
  15: 'c128',
  16: 'bf16',
  17: 'f8_e4m3',
  18: 'f8_e4m3fnuz',
  19: 'f8_e5m2',
  20: 'f8_e5m2fnuz',
  21: 'u4',
  22: 'i4',
  23: 'f4_e2m1',
  24: 'f8_e8m0',
};

const GRAPH_OF_MODEL = 7;
const INITIALIZER_OF_GRAPH = 5;
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
/** Numbers that stand in the message itself, not in `raw_data`. */
const LARGEST_INLINE = 64 * 1024 * 1024;
const MOST_INITIALIZERS = 1_000_000;

async function readOnnx(files: CheckpointFiles): Promise<Checkpoint> {
  const problems: Problem[] = [];
  const tensors: CheckpointTensor[] = [];
  for await (const graph of fields(files.main, 0, files.main.size, GRAPH_OF_MODEL, problems)) {
    for await (const place of fields(files.main, graph.from, graph.to, INITIALIZER_OF_GRAPH, problems)) {
      if (tensors.length >= MOST_INITIALIZERS) {
        throw new CheckpointError(`more than ${MOST_INITIALIZERS} initialisers`);
      }
      tensors.push(await readTensor(files, place.from, place.to));
    }
  }
  if (tensors.length === 0 && problems.length > 0) {
    throw new CheckpointError(problems[0]?.message ?? '', problems[0]?.offset, 'download or export it again');
  }
  return { ...NOTHING_ELSE, tensors, problems };
}

interface Place {
  readonly from: number;
  readonly to: number;
}

/** Fields with a number that hold messages, and lie in a stretch of the file. */
async function* fields(
  file: RandomAccess,
  from: number,
  to: number,
  wanted: number,
  problems: Problem[],
): AsyncGenerator<Place> {
  const cursor = new FileCursor(file, from);
  while (cursor.position < to) {
    const field = await readField(cursor, to);
    if (field.to > to || field.to > file.size) {
      const message =
        field.to > file.size
          ? `truncated: a part of the model ends at byte ${field.to}, and the file at ${file.size}`
          : 'the model is damaged: a part of it is longer than the whole';
      problems.push({ offset: field.from, message, remedy: 'download or export it again' });
      if (field.number !== wanted || field.wire !== BYTES || field.to <= file.size) {
        return;
      }
    }
    if (field.number === wanted && field.wire === BYTES) {
      yield { from: field.from, to: Math.min(field.to, file.size) };
    }
    cursor.position = field.to;
  }
}

interface Field extends Place {
  readonly number: number;
  readonly wire: number;
  /** Of whole numbers. */
  readonly value: number;
}

async function readField(cursor: FileCursor, to: number): Promise<Field> {
  const key = await varint(cursor);
  const [number, wire] = [Math.floor(key / 8), key % 8];
  const from = cursor.position;
  switch (wire) {
    case VARINT: {
      const value = await varint(cursor);
      return { number, wire, value, from, to: cursor.position };
    }
    case FIXED64:
      return { number, wire, value: 0, from, to: from + 8 };
    case FIXED32:
      return { number, wire, value: 0, from, to: from + 4 };
    case BYTES: {
      const length = await varint(cursor);
      return { number, wire, value: 0, from: cursor.position, to: cursor.position + length };
    }
    default:
      throw new CheckpointError(
        `the model is damaged: a field of kind ${wire}`,
        Math.min(from, to),
        'download or export it again',
      );
  }
}

async function varint(cursor: FileCursor): Promise<number> {
  let value = 0;
  let scale = 1;
  for (let index = 0; index < 10; index++, scale *= 128) {
    const byte = await cursor.uint8();
    value += (byte & 127) * scale;
    if (byte < 128) {
      return value;
    }
  }
  throw new CheckpointError(
    'the model is damaged: a number without an end',
    cursor.position,
    'download or export it again',
  );
}

interface TensorMessage {
  name: string;
  dims: number[];
  type: number;
  raw: Place | undefined;
  /** `float_data`, `int32_data`, `int64_data`, `double_data`, `uint64_data`. */
  inline: { readonly field: number; readonly place: Place } | undefined;
  external: Map<string, string>;
}

async function readTensor(files: CheckpointFiles, from: number, to: number): Promise<CheckpointTensor> {
  const message = await readMessage(files.main, from, to);
  const dtype = DTYPES[message.type] ?? `type ${message.type}`;
  const type = elementType(dtype);
  const count = elementCount(message.dims);
  const bytes = (count ?? 0) * (type?.size ?? 0);
  const described = { name: message.name, dtype, shape: message.dims, role: roleOfName(message.name), bytes };
  if (!type || count === undefined) {
    return { ...described, data: { unreadable: `elements of type ${dtype} are not read` } };
  }
  return { ...described, data: await dataOf(files, message, dtype, bytes) };
}

async function readMessage(file: RandomAccess, from: number, to: number): Promise<TensorMessage> {
  const message: TensorMessage = {
    name: '',
    dims: [],
    type: 0,
    raw: undefined,
    inline: undefined,
    external: new Map(),
  };
  const cursor = new FileCursor(file, from);
  while (cursor.position < to) {
    const field = await readField(cursor, to);
    if (field.to > to) {
      break;
    }
    if (field.number === 1) {
      if (field.wire === VARINT) {
        message.dims.push(field.value);
      } else {
        cursor.position = field.from;
        while (cursor.position < field.to && message.dims.length < 64) {
          message.dims.push(await varint(cursor));
        }
      }
    } else if (field.number === 2 && field.wire === VARINT) {
      message.type = field.value;
    } else if (field.number === 8 && field.wire === BYTES) {
      message.name = await readText(cursor, field);
    } else if (field.number === 9 && field.wire === BYTES) {
      message.raw = field;
    } else if ([4, 5, 7, 10, 11].includes(field.number) && field.wire === BYTES) {
      message.inline = { field: field.number, place: field };
    } else if (field.number === 13 && field.wire === BYTES) {
      await readPair(cursor, field, message.external);
    }
    cursor.position = field.to;
  }
  return message;
}

async function readText(cursor: FileCursor, { from, to }: Place): Promise<string> {
  cursor.position = from;
  return new TextDecoder().decode(await cursor.take(Math.min(to - from, 4096)));
}

async function readPair(cursor: FileCursor, { from, to }: Place, pairs: Map<string, string>): Promise<void> {
  cursor.position = from;
  const parts: string[] = ['', ''];
  while (cursor.position < to) {
    const field = await readField(cursor, to);
    if (field.wire === BYTES && (field.number === 1 || field.number === 2)) {
      parts[field.number - 1] = await readText(cursor, field);
    }
    cursor.position = field.to;
  }
  pairs.set(parts[0] ?? '', parts[1] ?? '');
}

async function dataOf(
  files: CheckpointFiles,
  { raw, inline, external, dims }: TensorMessage,
  dtype: TensorDtype,
  bytes: number,
): Promise<TensorData | Unreadable> {
  const location = external.get('location');
  if (location !== undefined) {
    if (!isBeside(location)) {
      return { unreadable: `its elements are in ${location}: outside the folder of the file nothing is read` };
    }
    const file = await files.sibling(location);
    const offset = Number(external.get('offset') ?? 0);
    if (!file) {
      return { unreadable: `its elements are in ${location}, which is missing` };
    }
    return Number.isSafeInteger(offset) && offset >= 0 && offset + bytes <= file.size
      ? new ContiguousData(file, offset, bytes)
      : { unreadable: `truncated: ${location} ends before its last element` };
  }
  if (raw) {
    return raw.to - raw.from === bytes
      ? new ContiguousData(files.main, raw.from, bytes)
      : { unreadable: `its shape needs ${bytes} bytes, and ${raw.to - raw.from} are stored` };
  }
  if (!inline) {
    return bytes === 0 || dims.includes(0)
      ? new ContiguousData(files.main, 0, 0)
      : { unreadable: 'truncated: its elements are not there' };
  }
  return inlineData(files.main, inline.field, inline.place, dtype, bytes);
}

const FLOATS = 4;
const INT32S = 5;
const INT64S = 7;
const DOUBLES = 10;

/** Numbers in the message itself: packed floats as they are, whole numbers of any length unpacked. */
async function inlineData(
  file: RandomAccess,
  field: number,
  { from, to }: Place,
  dtype: TensorDtype,
  bytes: number,
): Promise<TensorData | Unreadable> {
  if (field === FLOATS || field === DOUBLES) {
    return to - from === bytes
      ? new ContiguousData(file, from, bytes)
      : { unreadable: 'its elements do not fit its shape' };
  }
  const type = elementType(dtype);
  if (bytes > LARGEST_INLINE || !type) {
    return { unreadable: 'too many elements in the message itself' };
  }
  const unpacked = new Uint8Array(bytes);
  const view = new DataView(unpacked.buffer);
  const cursor = new FileCursor(file, from);
  let at = 0;
  for (; cursor.position < to && at + type.size <= bytes; at += type.size) {
    const value = await bigVarint(cursor);
    if (type.size === 8) {
      view.setBigUint64(at, value, true);
    } else {
      const bits = Number(BigInt.asUintN(32, value));
      unpacked.set(new Uint8Array(Uint32Array.of(bits).buffer, 0, type.size), at);
    }
  }
  return at === bytes && (field === INT32S || field === INT64S || field === 11)
    ? new ContiguousData(new MemoryFile(unpacked), 0, bytes)
    : { unreadable: 'its elements do not fit its shape' };
}

async function bigVarint(cursor: FileCursor): Promise<bigint> {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = await cursor.uint8();
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) {
      return BigInt.asUintN(64, value);
    }
  }
  throw new CheckpointError('the model is damaged: a number without an end', cursor.position);
}
