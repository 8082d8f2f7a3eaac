import { unzlibSync } from 'fflate';
import type { TensorDtype } from '../../model/tensor.js';
import type { Unreadable } from '../checkpoint.js';
import { CheckpointError } from '../checkpointError.js';
import { elementCount, elementType, swapBytes } from '../elementTypes.js';
import { MemoryFile, readExactly } from '../source.js';
import { ContiguousData } from '../tensorData.js';
import type { ElementStream, TensorData } from '../tensorData.js';
import { damaged, readPart, UNDEFINED_ADDRESS } from './messages.js';
import type { Hdf5File, Message, Reader } from './messages.js';

const DATASPACE = 1;
const DATATYPE = 3;
const LAYOUT = 8;
const FILTERS = 11;

const DEFLATE = 1;
const SHUFFLE = 2;
const CHECKSUM = 3;

const DEEPEST_TREE = 64;
const MOST_CHUNKS = 1_000_000;
const LARGEST_CHUNK = 256 * 1024 * 1024;
/** Rows of chunks are put together in memory before they are given out. */
const LARGEST_BAND = 256 * 1024 * 1024;

/** A tensor as HDF5 has it. */
export interface Dataset {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly bytes: number;
  readonly data: TensorData | Unreadable;
}

/** The dataset that messages describe; undefined when they describe something else, such as a group. */
export async function datasetOf(hdf5: Hdf5File, messages: readonly Message[]): Promise<Dataset | undefined> {
  const find = (type: number): Reader | undefined => {
    const reader = messages.find((message) => message.type === type)?.reader;
    if (reader) {
      reader.position = 0;
    }
    return reader;
  };
  const [space, type, layout] = [find(DATASPACE), find(DATATYPE), find(LAYOUT)];
  if (!space || !type || !layout) {
    return undefined;
  }
  const shape = readShape(hdf5, space);
  const { dtype, size, isBigEndian } = readType(type);
  const known = elementType(dtype);
  const count = elementCount(shape);
  const described = { dtype, shape, bytes: (count ?? 0) * size };
  if (!known || count === undefined) {
    return { ...described, data: { unreadable: `elements of type ${dtype} are not read` } };
  }
  const filters = readFilters(find(FILTERS));
  if (typeof filters === 'string') {
    return { ...described, data: { unreadable: filters } };
  }
  const swapUnit = isBigEndian ? known.unit : 1;
  return {
    ...described,
    data: await readLayout(hdf5, layout, { shape, size, bytes: count * size, swapUnit, filters }),
  };
}

function readShape({ lengthSize }: Hdf5File, reader: Reader): number[] {
  const version = reader.uint(1);
  const axes = reader.uint(1);
  reader.skip(version === 1 ? 6 : 2);
  return Array.from({ length: axes }, () => reader.uint(lengthSize));
}

function readType(reader: Reader): NumberType {
  const kindAndVersion = reader.uint(1);
  const kind = kindAndVersion & 15;
  const bits = reader.uint(3);
  const size = reader.uint(4);
  const isBigEndian = (bits & 1) !== 0;
  const named = (dtype: TensorDtype): NumberType => ({
    dtype,
    size,
    isBigEndian,
  });
  switch (kind) {
    case 0:
      return named(`${(bits & 8) !== 0 ? 'i' : 'u'}${size * 8}`);
    case 1: {
      reader.skip(4);
      const exponentBits = (reader.skip(1), reader.uint(1));
      return named(size === 2 && exponentBits === 8 ? 'bf16' : `f${size * 8}`);
    }
    case 8:
      // An enumeration of false and true is how h5py keeps booleans.
      return named(size === 1 ? 'bool' : 'enum');
    case 6: {
      const part = firstMember(reader, kindAndVersion >> 4);
      const isComplex =
        part?.name === 'r' && part.type.dtype === (size === 8 ? 'f32' : 'f64') && part.type.size * 2 === size;
      return { dtype: isComplex ? `c${size * 8}` : 'compound', size, isBigEndian: isComplex && part.type.isBigEndian };
    }
    case 3:
    case 9:
      return named('string');
    default:
      return named(`HDF5 class ${kind}`);
  }
}

interface NumberType {
  readonly dtype: TensorDtype;
  readonly size: number;
  readonly isBigEndian: boolean;
}

/** The first member of a compound: h5py keeps complex numbers as pairs of `r` and `i`. */
function firstMember(
  reader: Reader,
  version: number,
): { readonly name: string; readonly type: NumberType } | undefined {
  const start = reader.position;
  const name = reader.text();
  const isPadded = version < 3;
  if (isPadded) {
    reader.position = start + Math.ceil((name.length + 1) / 8) * 8;
  }
  // Where the member is; before version 2, axes of arrays too.
  reader.skip(version === 1 ? 4 + 28 : isPadded ? 4 : 1);
  return reader.left >= 8 ? { name, type: readType(reader) } : undefined;
}

/** Filters in the order in which they are undone, or why they cannot be. */
function readFilters(reader: Reader | undefined): number[] | string {
  if (!reader) {
    return [];
  }
  const version = reader.uint(1);
  const count = reader.uint(1);
  reader.skip(version === 1 ? 6 : 0);
  const filters: number[] = [];
  for (let index = 0; index < count; index++) {
    const id = reader.uint(2);
    const nameLength = version === 1 || id >= 256 ? reader.uint(2) : 0;
    reader.skip(2);
    const values = reader.uint(2);
    reader.skip(nameLength + 4 * values + (version === 1 && values % 2 === 1 ? 4 : 0));
    if (![DEFLATE, SHUFFLE, CHECKSUM].includes(id)) {
      return `compressed by filter ${id} of HDF5, which is not read`;
    }
    filters.unshift(id);
  }
  return filters;
}

interface Stored {
  readonly shape: readonly number[];
  /** Bytes of an element, and of all of them. */
  readonly size: number;
  readonly bytes: number;
  readonly swapUnit: number;
  readonly filters: readonly number[];
}

async function readLayout(hdf5: Hdf5File, reader: Reader, stored: Stored): Promise<TensorData | Unreadable> {
  const version = reader.uint(1);
  if (version !== 3 && version !== 4) {
    return { unreadable: `a layout of version ${version}, which is not read` };
  }
  const kind = reader.uint(1);
  if (kind === 0) {
    const bytes = reader.take(reader.uint(2)).slice();
    return bytes.length === stored.bytes
      ? new ContiguousData(new MemoryFile(bytes), 0, bytes.length, stored.swapUnit)
      : { unreadable: 'its bytes do not fit its shape' };
  }
  if (kind === 1) {
    return contiguous(hdf5, reader.address(hdf5.offsetSize), stored);
  }
  if (kind !== 2 || version === 4) {
    return { unreadable: 'chunks with an index of the latest kind: save it with the standard settings of h5py' };
  }
  const axes = reader.uint(1) - 1;
  const tree = reader.address(hdf5.offsetSize);
  const chunk = Array.from({ length: axes }, () => reader.uint(4));
  const chunkBytes = chunk.reduce((product, one) => product * one, stored.size);
  if (axes !== stored.shape.length || chunk.includes(0)) {
    throw damaged();
  }
  const inner = stored.shape.slice(1).reduce((product, one) => product * one, stored.size);
  if (chunkBytes > LARGEST_CHUNK || (chunk[0] ?? 1) * inner > LARGEST_BAND) {
    return { unreadable: 'its chunks are larger than what is held in memory' };
  }
  const places = new Map<string, Chunk>();
  await chunkTree(hdf5, tree, axes, places, 0);
  return new ChunkedData(hdf5, stored, chunk, chunkBytes, places);
}

function contiguous({ file, base }: Hdf5File, address: number, { bytes, swapUnit }: Stored): TensorData | Unreadable {
  if (address === UNDEFINED_ADDRESS) {
    return bytes === 0
      ? new ContiguousData(file, 0, 0)
      : { unreadable: 'it was never written: all of it is the fill value' };
  }
  return base + address + bytes > file.size
    ? { unreadable: 'truncated: the file ends before its last element' }
    : new ContiguousData(file, base + address, bytes, swapUnit);
}

interface Chunk {
  readonly address: number;
  readonly bytes: number;
  /** Filters that were left out for this chunk, by their place. */
  readonly mask: number;
}

async function chunkTree(
  hdf5: Hdf5File,
  address: number,
  axes: number,
  places: Map<string, Chunk>,
  depth: number,
): Promise<void> {
  if (address === UNDEFINED_ADDRESS) {
    return;
  }
  const { offsetSize } = hdf5;
  const head = await readPart(hdf5, address, 8 + 2 * offsetSize);
  if (new TextDecoder().decode(head.take(4)) !== 'TREE' || depth > DEEPEST_TREE || places.size > MOST_CHUNKS) {
    throw damaged();
  }
  head.skip(1);
  const level = head.uint(1);
  const entries = head.uint(2);
  const body = await readPart(hdf5, address + 8 + 2 * offsetSize, entries * (8 + 8 * (axes + 1) + offsetSize));
  for (let index = 0; index < entries; index++) {
    const bytes = body.uint(4);
    const mask = body.uint(4);
    const offsets = Array.from({ length: axes }, () => body.uint(8));
    body.skip(8);
    const child = body.address(offsetSize);
    if (level > 0) {
      await chunkTree(hdf5, child, axes, places, depth + 1);
    } else {
      places.set(offsets.join(), { address: child, bytes, mask });
    }
  }
}

/** Elements in chunks, put together one row of chunks after the other. Chunks that are missing are zero. */
class ChunkedData implements TensorData {
  readonly order = 'row-major';
  readonly #hdf5: Hdf5File;
  readonly #stored: Stored;
  readonly #chunk: readonly number[];
  readonly #chunkBytes: number;
  readonly #places: ReadonlyMap<string, Chunk>;

  constructor(
    hdf5: Hdf5File,
    stored: Stored,
    chunk: readonly number[],
    chunkBytes: number,
    places: ReadonlyMap<string, Chunk>,
  ) {
    this.#hdf5 = hdf5;
    this.#stored = stored;
    this.#chunk = chunk;
    this.#chunkBytes = chunkBytes;
    this.#places = places;
  }

  open(): ElementStream {
    let ready = new Uint8Array(0);
    let row = 0;
    const rows = this.#stored.shape[0] ?? 1;
    return {
      next: async (target) => {
        let filled = 0;
        while (filled < target.length) {
          if (ready.length === 0) {
            if (row >= rows) {
              break;
            }
            ready = await this.#band(row);
            row += this.#chunk[0] ?? 1;
          }
          const part = ready.subarray(0, target.length - filled);
          target.set(part, filled);
          filled += part.length;
          ready = ready.subarray(part.length);
        }
        return filled;
      },
    };
  }

  openRowMajor(): ElementStream {
    return this.open();
  }

  async #band(row: number): Promise<Uint8Array<ArrayBuffer>> {
    const { shape, size, swapUnit } = this.#stored;
    const [rows = 1, ...inner] = shape;
    const height = Math.min(this.#chunk[0] ?? 1, rows - row);
    const bandShape = [height, ...inner];
    const band = new Uint8Array(bandShape.reduce((product, one) => product * one, size));
    const counts = inner.map((one, axis) => Math.ceil(one / (this.#chunk[axis + 1] as number)));
    const total = counts.reduce((product, one) => product * one, 1);
    for (let number = 0; number < total; number++) {
      let rest = number;
      const offsets = counts
        .map((count, axis) => ({ count, axis }))
        .reverse()
        .map(({ count, axis }) => {
          const place = rest % count;
          rest = Math.floor(rest / count);
          return place * (this.#chunk[axis + 1] as number);
        })
        .reverse();
      const place = this.#places.get([row, ...offsets].join());
      if (place) {
        copyBlock(await this.#read(place), this.#chunk, band, bandShape, [0, ...offsets], size);
      }
    }
    swapBytes(band, swapUnit);
    return band;
  }

  async #read({ address, bytes, mask }: Chunk): Promise<Uint8Array> {
    const { file, base } = this.#hdf5;
    let data: Uint8Array = await readExactly(file, base + address, bytes, 'a chunk', LARGEST_CHUNK);
    const { filters, size } = this.#stored;
    filters.forEach((filter, index) => {
      // The mask counts them in the order in which they were applied.
      if ((mask & (1 << (filters.length - 1 - index))) === 0) {
        data = undone(filter, data, this.#chunkBytes, size);
      }
    });
    if (data.length < this.#chunkBytes) {
      throw damaged();
    }
    return data;
  }
}

function undone(filter: number, data: Uint8Array, bytes: number, size: number): Uint8Array {
  if (filter === CHECKSUM) {
    return data.subarray(0, data.length - 4);
  }
  if (filter === SHUFFLE) {
    const count = Math.floor(data.length / size);
    const plain = new Uint8Array(data.length);
    for (let index = 0; index < count; index++) {
      for (let byte = 0; byte < size; byte++) {
        plain[index * size + byte] = data[byte * count + index] as number;
      }
    }
    return plain;
  }
  try {
    // A size that is given bounds what comes out.
    return unzlibSync(data, { out: new Uint8Array(bytes + 4) }).subarray(0, bytes + 4);
  } catch {
    throw new CheckpointError('a compressed chunk is damaged', 0, 'download or save it again');
  }
}

/** Copies what of a chunk lies within the band, run by run along the last axis. */
function copyBlock(
  chunk: Uint8Array,
  chunkShape: readonly number[],
  band: Uint8Array,
  bandShape: readonly number[],
  offsets: readonly number[],
  size: number,
): void {
  const copy = (axis: number, from: number, to: number): void => {
    const length = Math.min(chunkShape[axis] as number, (bandShape[axis] as number) - (offsets[axis] as number));
    const start = to * (bandShape[axis] as number) + (offsets[axis] as number);
    if (axis === bandShape.length - 1) {
      const source = from * (chunkShape[axis] as number) * size;
      band.set(chunk.subarray(source, source + length * size), start * size);
      return;
    }
    for (let index = 0; index < length; index++) {
      copy(axis + 1, from * (chunkShape[axis] as number) + index, start + index);
    }
  };
  copy(0, 0, 0);
}
