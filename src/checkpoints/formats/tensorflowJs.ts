import type { Problem } from '../../model/problem.js';
import type { TensorDtype } from '../../model/tensor.js';
import type { Checkpoint, CheckpointFormat, CheckpointTensor, Unreadable } from '../checkpoint.js';
import { NOTHING_ELSE } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { elementCount, elementType } from '../elementTypes.js';
import type { ElementType } from '../elementTypes.js';
import { roleOfName } from '../roles.js';
import { readExactly } from '../source.js';
import type { CheckpointFiles } from '../checkpointFiles.js';
import type { RandomAccess } from '../source.js';
import { ContiguousData, MappedData } from '../tensorData.js';
import type { TensorData } from '../tensorData.js';

const LARGEST_MODEL = 256 * 1024 * 1024;

/** `model.json` of TensorFlow.js, for layers and for graphs, with the files that it names; quantised weights too. */
export const TENSORFLOW_JS: CheckpointFormat = {
  id: 'tfjs',
  title: 'TensorFlow.js (model.json)',
  savedBy: ['TensorFlow.js'],
  endings: ['model.json'],
  recognise: ({ name, bytes }) => {
    const text = new TextDecoder('latin1').decode(bytes);
    return /\.json$/i.test(name) && /^\s*\{/.test(text) && /"(weightsManifest|modelTopology)"/.test(text);
  },
  open: readModel,
};

async function readModel(files: CheckpointFiles): Promise<Checkpoint> {
  const bytes = await readExactly(files.main, 0, files.main.size, 'model.json', LARGEST_MODEL);
  let model: unknown;
  try {
    model = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new CheckpointError('model.json is no JSON: the file is damaged', 0, 'download or save it again');
  }
  const manifest = property(model, 'weightsManifest');
  if (!Array.isArray(manifest)) {
    throw new CheckpointError(
      'model.json names no weights: it has a topology only',
      0,
      'save the model with its weights',
    );
  }
  const problems: Problem[] = [];
  const tensors: CheckpointTensor[] = [];
  for (const group of manifest as unknown[]) {
    const paths = texts(property(group, 'paths'));
    const shards = await Promise.all(paths.map((path) => files.sibling(path)));
    paths
      .filter((_, index) => !shards[index])
      .forEach((path) =>
        problems.push({ offset: 0, message: `the file ${path} is missing`, remedy: 'download it too' }),
      );
    const weights = property(group, 'weights');
    const all = shards.every((shard) => shard !== undefined) ? new Joined(shards) : undefined;
    let offset = 0;
    for (const weight of Array.isArray(weights) ? (weights as unknown[]) : []) {
      const read = tensorOf(weight, all, offset);
      if (!read) {
        problems.push({ offset: 0, message: 'a weight has no name, shape and dtype that make sense' });
        break;
      }
      tensors.push(read.tensor);
      if (read.stored === undefined) {
        problems.push({
          offset: 0,
          message: `${read.tensor.name}: ${'unreadable' in read.tensor.data ? read.tensor.data.unreadable : ''}`,
        });
        break;
      }
      offset += read.stored;
    }
    if (all && offset > all.size) {
      problems.push({
        offset: all.size,
        message: `truncated: the weights need ${offset} bytes, and ${all.size} are there`,
      });
    }
  }
  const format = property(model, 'format');
  return {
    ...NOTHING_ELSE,
    tensors,
    problems,
    values: new Map(typeof format === 'string' ? [['format', format]] : []),
  };
}

const DTYPES: Readonly<Record<string, TensorDtype>> = {
  float32: 'f32',
  float16: 'f16',
  int32: 'i32',
  int64: 'i64',
  uint8: 'u8',
  uint16: 'u16',
  int8: 'i8',
  int16: 'i16',
  bool: 'bool',
  complex64: 'c64',
};

/** A weight, and the bytes that it takes in its group; undefined where they cannot be told. */
function tensorOf(
  weight: unknown,
  file: RandomAccess | undefined,
  offset: number,
): { readonly tensor: CheckpointTensor; readonly stored: number | undefined } | undefined {
  const [name, shape, ownDtype] = ['name', 'shape', 'dtype'].map((key) => property(weight, key));
  const quantised = property(weight, 'quantization');
  if (typeof name !== 'string' || !isShape(shape) || typeof ownDtype !== 'string') {
    return undefined;
  }
  const dtype = DTYPES[ownDtype] ?? ownDtype;
  const type = elementType(dtype);
  const count = elementCount(shape) ?? 0;
  const storedDtype = quantised === undefined ? dtype : (DTYPES[String(property(quantised, 'dtype'))] ?? '');
  const stored = elementType(storedDtype);
  const described = { name, dtype, shape, role: roleOfName(name), bytes: count * (type?.size ?? 0) };
  if (!type || !stored) {
    return {
      tensor: { ...described, data: { unreadable: `elements of type ${ownDtype} are not read` } },
      stored: undefined,
    };
  }
  const bytes = count * stored.size;
  return { tensor: { ...described, data: dataOf(file, offset, bytes, stored, quantised) }, stored: bytes };
}

function dataOf(
  file: RandomAccess | undefined,
  offset: number,
  bytes: number,
  stored: ElementType,
  quantised: unknown,
): TensorData | Unreadable {
  if (!file) {
    return { unreadable: 'a file of its weights is missing' };
  }
  if (offset + bytes > file.size) {
    return { unreadable: 'truncated: the file ends before its last element' };
  }
  const data = new ContiguousData(file, offset, bytes);
  if (quantised === undefined) {
    return data;
  }
  // Affine: value = stored · scale + min; 16-bit floats have neither.
  const scale = Number(property(quantised, 'scale') ?? 1);
  const min = Number(property(quantised, 'min') ?? 0);
  const table = stored.table?.();
  if (!table) {
    return { unreadable: 'weights quantised to an unknown type' };
  }
  return new MappedData(data, { from: stored.size, to: 4 }, (from, to) => {
    const values = new Float32Array(to.buffer, to.byteOffset, to.length / 4);
    const bits = stored.size === 1 ? from : new Uint16Array(from.buffer, from.byteOffset, from.length / 2);
    for (let index = 0; index < values.length; index++) {
      values[index] = (table[bits[index] as number] as number) * scale + min;
    }
  });
}

/** Files one after the other, as if they were one: weights run on from one to the next. */
class Joined implements RandomAccess {
  readonly size: number;
  readonly #parts: readonly RandomAccess[];

  constructor(parts: readonly RandomAccess[]) {
    this.#parts = parts;
    this.size = parts.reduce((sum, part) => sum + part.size, 0);
  }

  async read(offset: number, target: Uint8Array): Promise<number> {
    let start = 0;
    for (const part of this.#parts) {
      if (offset < start + part.size) {
        return part.read(offset - start, target.subarray(0, Math.min(target.length, start + part.size - offset)));
      }
      start += part.size;
    }
    return 0;
  }
}

function property(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

function isShape(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
