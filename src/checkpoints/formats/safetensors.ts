import type { Problem } from '../../model/problem.js';
import type { PlainValue, TensorDtype } from '../../model/tensor.js';
import type { Checkpoint, CheckpointFormat, CheckpointTensor, Unreadable } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { elementCount, elementType } from '../elementTypes.js';
import { roleOfName } from '../roles.js';
import { readExactly } from '../source.js';
import type { RandomAccess } from '../source.js';
import { ContiguousData } from '../tensorData.js';
import type { TensorData } from '../tensorData.js';

/** As the format's own library limits it. */
const LARGEST_HEADER = 100_000_000;

/** Names of types in the header. */
export const SAFETENSORS_DTYPES: Readonly<Record<string, TensorDtype>> = {
  F64: 'f64',
  F32: 'f32',
  F16: 'f16',
  BF16: 'bf16',
  F8_E4M3: 'f8_e4m3',
  F8_E5M2: 'f8_e5m2',
  F8_E4M3FNUZ: 'f8_e4m3fnuz',
  F8_E5M2FNUZ: 'f8_e5m2fnuz',
  F8_E8M0: 'f8_e8m0',
  I64: 'i64',
  U64: 'u64',
  I32: 'i32',
  U32: 'u32',
  I16: 'i16',
  U16: 'u16',
  I8: 'i8',
  U8: 'u8',
  BOOL: 'bool',
  C64: 'c64',
};

/** https://huggingface.co/docs/safetensors: a length of eight bytes, a header of JSON, the elements. */
export const SAFETENSORS: CheckpointFormat = {
  id: 'safetensors',
  title: 'safetensors',
  savedBy: ['safetensors', 'Transformers', 'Diffusers', 'Accelerate'],
  endings: ['.safetensors'],
  recognise: ({ bytes, size }) => {
    const length = headerLength(bytes);
    return (
      length !== undefined && length >= 2 && length <= Math.max(size, LARGEST_HEADER) && bytes[8] === OPENING_BRACE
    );
  },
  open: async ({ main }) => readSafetensors(main),
};

const OPENING_BRACE = 0x7b;

function headerLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < 9) {
    return undefined;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const high = view.getUint32(4, true);
  return high === 0 ? view.getUint32(0, true) : undefined;
}

/** A tensor as the header describes it. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly from: number;
  readonly to: number;
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: readonly SafetensorsEntry[];
  readonly problems: readonly Problem[];
  /** Bytes before the elements. */
  readonly end: number;
}

/** Reads the header alone. Entries that make no sense become problems. */
export async function readSafetensorsHeader(file: RandomAccess): Promise<SafetensorsHeader> {
  const length = headerLength(await readExactly(file, 0, Math.min(9, file.size), 'the length of the header')) ?? 0;
  const bytes = await readExactly(file, 8, length, 'the header', LARGEST_HEADER);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new CheckpointError('the header is no JSON: the file is damaged', 8, 'download or save it again');
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw new CheckpointError('the header is no JSON object', 8, 'download or save it again');
  }
  const problems: Problem[] = [];
  const entries: SafetensorsEntry[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = textsOf(entry);
      continue;
    }
    const read = entryOf(name, entry, 8 + length);
    if (read) {
      entries.push(read);
    } else {
      problems.push({ offset: 8, message: `tensor ${name} has no dtype, shape and data_offsets that make sense` });
    }
  }
  return { metadata, entries: entries.sort((a, b) => a.from - b.from), problems, end: 8 + length };
}

function textsOf(value: unknown): Record<string, string> {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
    : {};
}

function entryOf(name: string, value: unknown, start: number): SafetensorsEntry | undefined {
  if (
    typeof value !== 'object' ||
    value === null ||
    !('dtype' in value && 'shape' in value && 'data_offsets' in value)
  ) {
    return undefined;
  }
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    return undefined;
  }
  const [from, to] = offsets as [number, number];
  return from <= to ? { name, dtype, shape, from: start + from, to: start + to } : undefined;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((one) => Number.isSafeInteger(one) && one >= 0);
}

export async function readSafetensors(file: RandomAccess): Promise<Checkpoint> {
  const { metadata, entries, problems, end } = await readSafetensorsHeader(file);
  const last = entries.reduce((furthest, { to }) => Math.max(furthest, to), end);
  const truncated: Problem[] =
    last > file.size
      ? [
          {
            offset: file.size,
            message: `truncated: the header tells of ${last} bytes, and the file has ${file.size}`,
            remedy: 'download or save it again',
          },
        ]
      : [];
  return {
    tensors: entries.map((entry) => tensorOf(entry, file)),
    values: new Map<string, PlainValue>(Object.entries(metadata)),
    opaque: [],
    suspicions: [],
    problems: [...problems, ...truncated],
  };
}

function tensorOf({ name, dtype: ownDtype, shape, from, to }: SafetensorsEntry, file: RandomAccess): CheckpointTensor {
  const dtype = SAFETENSORS_DTYPES[ownDtype] ?? ownDtype.toLowerCase();
  const type = elementType(dtype);
  const count = elementCount(shape);
  let data: TensorData | Unreadable = new ContiguousData(file, from, to - from);
  if (!type || count === undefined) {
    data = { unreadable: `elements of type ${ownDtype} are not read` };
  } else if (count * type.size !== to - from) {
    data = { unreadable: `its shape needs ${count * type.size} bytes, and ${to - from} are stored` };
  } else if (to > file.size) {
    data = { unreadable: 'truncated: the file ends before its last element' };
  }
  return { name, dtype, shape, role: roleOfName(name), bytes: to - from, data };
}
