import { CheckpointError } from './checkpointError.js';
import { swapBytes } from './elementTypes.js';
import type { ElementType } from './elementTypes.js';
import { fill } from './source.js';
import type { RandomAccess } from './source.js';

/** The elements of a tensor, one stretch after the other, little-endian. */
export interface ElementStream {
  /** Fills the target, whose length is a multiple of the size of an element; less only at the end. Returns bytes. */
  next(target: Uint8Array): Promise<number>;
}

/**
 * The elements of pieces of any length, as they come.
 * @param next the next piece for a target of so many bytes; undefined or empty at the end.
 */
export function streamOfPieces(next: (wanted: number) => Promise<Uint8Array | undefined>): ElementStream {
  let ready: Uint8Array = new Uint8Array(0);
  return {
    next: async (target) => {
      let filled = 0;
      while (filled < target.length) {
        if (ready.length === 0) {
          ready = (await next(target.length)) ?? ready;
        }
        if (ready.length === 0) {
          break;
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

/** Where the elements of a tensor are come by; reading them needs memory for the target, not for the tensor. */
export interface TensorData {
  /** How {@link open} orders the elements. */
  readonly order: ElementOrder;
  /** In the order in which reading is fastest. */
  open(): ElementStream;
  /** In row-major order, the last axis running fastest. */
  openRowMajor(): ElementStream;
}

/** `column-major`: of a matrix that is stored transposed. `other`: none that rows and columns can be told by. */
export type ElementOrder = 'row-major' | 'column-major' | 'other';

/** Elements that lie in a file one after the other. */
export class ContiguousData implements TensorData {
  readonly order = 'row-major';
  readonly file: RandomAccess;
  readonly offset: number;
  readonly bytes: number;
  readonly #swapUnit: number;

  /** @param swapUnit bytes of a unit to reverse, of big-endian files; 1 leaves them */
  constructor(file: RandomAccess, offset: number, bytes: number, swapUnit = 1) {
    this.file = file;
    this.offset = offset;
    this.bytes = bytes;
    this.#swapUnit = swapUnit;
  }

  open(): ElementStream {
    const { file, bytes } = this;
    let position = 0;
    return {
      next: async (target) => {
        const wanted = Math.min(target.length, bytes - position);
        const part = target.subarray(0, wanted);
        const read = await fill(file, this.offset + position, part);
        if (read < wanted) {
          throw new CheckpointError('truncated: the file ends before the last element', this.offset + position + read);
        }
        swapBytes(part, this.#swapUnit);
        position += wanted;
        return wanted;
      },
    };
  }

  openRowMajor(): ElementStream {
    return this.open();
  }
}

/** Parts one after the other, as they come from the shards of a distributed checkpoint. */
export class ConcatenatedData implements TensorData {
  readonly order: ElementOrder;
  readonly #parts: readonly TensorData[];

  /** @param order row-major where the parts follow each other along the first axis, else `other` */
  constructor(parts: readonly TensorData[], order: ElementOrder) {
    this.#parts = parts;
    this.order = order;
  }

  open(): ElementStream {
    return this.#open((part) => part.openRowMajor());
  }

  openRowMajor(): ElementStream {
    if (this.order !== 'row-major') {
      throw new CheckpointError('the tensor is sharded along more than its first axis: load it with its framework');
    }
    return this.open();
  }

  #open(openPart: (part: TensorData) => ElementStream): ElementStream {
    const rest = this.#parts.map((part) => () => openPart(part));
    let current: ElementStream | undefined;
    return {
      next: async (target) => {
        let filled = 0;
        while (filled < target.length) {
          current ??= rest.shift()?.();
          if (!current) {
            break;
          }
          const read = await current.next(target.subarray(filled));
          filled += read;
          if (read === 0) {
            current = undefined;
          }
        }
        return filled;
      },
    };
  }
}

/** Elements that are computed from those of another type, such as quantised ones. */
export class MappedData implements TensorData {
  readonly order = 'row-major';
  readonly #source: TensorData;
  readonly #block: { readonly from: number; readonly to: number };
  readonly #map: (from: Uint8Array, to: Uint8Array) => void;

  /**
   * @param block bytes that belong together in the source, and what they become
   * @param map of a whole number of blocks
   */
  constructor(
    source: TensorData,
    block: { readonly from: number; readonly to: number },
    map: (from: Uint8Array, to: Uint8Array) => void,
  ) {
    this.#source = source;
    this.#block = block;
    this.#map = map;
  }

  open(): ElementStream {
    const { from, to } = this.#block;
    const source = this.#source.openRowMajor();
    return streamOfPieces(async (wanted) => {
      const blocks = Math.max(1, Math.floor(wanted / to));
      const bytes = new Uint8Array(blocks * from);
      const whole = Math.floor((await source.next(bytes)) / from);
      const mapped = new Uint8Array(whole * to);
      this.#map(bytes.subarray(0, whole * from), mapped);
      return mapped;
    });
  }

  openRowMajor(): ElementStream {
    return this.open();
  }
}

/** Bytes of the output that are gathered at once from a storage in another order. */
const GATHER_BYTES = 32 * 1024 * 1024;
const PAGE_BYTES = 1024 * 1024;
/** A view that repeats its storage may claim any size; up to here it is read. */
const LARGEST_REPEATING_BYTES = 64 * 1024 * 1024;

interface Axis {
  readonly size: number;
  /** Elements of the storage from one index to the next. */
  readonly stride: number;
}

/** The whole of a storage, in elements that stand one after the other. */
export interface Storage {
  readonly elements: number;
  /** The elements [from, from + count). */
  part(from: number, count: number): TensorData;
}

/** A view of a storage as PyTorch has it: an offset and a stride for each axis, in elements. */
export function stridedData(
  type: ElementType,
  storage: Storage,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): TensorData | { readonly unreadable: string } {
  const count = shape.reduce((product, size) => product * size, 1);
  if (count === 0) {
    return storage.part(0, 0);
  }
  if (shape.length !== strides.length || [offset, ...strides].some((one) => !Number.isSafeInteger(one) || one < 0)) {
    return { unreadable: 'the view of its storage makes no sense' };
  }
  const axes = mergedAxes(shape.map((size, index) => ({ size, stride: strides[index] as number })));
  const last = axes.reduce((sum, { size, stride }) => sum + (size - 1) * stride, offset);
  if (!(last < storage.elements)) {
    return { unreadable: `the view reaches element ${last} of a storage of ${storage.elements}` };
  }
  if (axes.every(({ stride }, index) => index === axes.length - 1 && stride === 1) || axes.length === 0) {
    return storage.part(offset, count);
  }
  if (last - offset + 1 < count && count * type.size > LARGEST_REPEATING_BYTES) {
    return { unreadable: `a view that repeats ${last - offset + 1} stored elements ${shape.join(' × ')} times` };
  }
  return new StridedData(type, storage, offset, axes, axes[0]?.size === shape[0]);
}

/** Leaves out axes of one element and joins those that run on from one to the next. */
function mergedAxes(axes: readonly Axis[]): Axis[] {
  const merged: Axis[] = [];
  for (const axis of axes.filter(({ size }) => size !== 1)) {
    const before = merged.at(-1);
    if (before && before.stride === axis.size * axis.stride) {
      merged[merged.length - 1] = { size: before.size * axis.size, stride: axis.stride };
    } else {
      merged.push(axis);
    }
  }
  return merged;
}

class StridedData implements TensorData {
  readonly order: ElementOrder;
  readonly #type: ElementType;
  readonly #storage: Storage;
  readonly #offset: number;
  readonly #axes: readonly Axis[];
  readonly #isDense: boolean;

  /** @param isMatrix whether the first of two axes is the first of the tensor */
  constructor(type: ElementType, storage: Storage, offset: number, axes: readonly Axis[], isMatrix: boolean) {
    this.#type = type;
    this.#storage = storage;
    this.#offset = offset;
    this.#axes = axes;
    let next = 1;
    this.#isDense = [...axes]
      .sort((a, b) => a.stride - b.stride)
      .every(({ size, stride }) => {
        const follows = stride === next;
        next *= size;
        return follows;
      });
    this.order = !this.#isDense ? 'row-major' : axes.length === 2 && isMatrix ? 'column-major' : 'other';
  }

  open(): ElementStream {
    return this.#isDense ? this.#storage.part(this.#offset, this.#count()).openRowMajor() : this.openRowMajor();
  }

  openRowMajor(): ElementStream {
    const blocks = this.#blocks();
    let ready = new Uint8Array(0);
    return {
      next: async (target) => {
        let filled = 0;
        while (filled < target.length) {
          if (ready.length === 0) {
            const block = blocks.next();
            if (block.done) {
              break;
            }
            ready = await this.#gather(block.value.offset, block.value.axes);
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

  #count(): number {
    return this.#axes.reduce((product, { size }) => product * size, 1);
  }

  /** Stretches of the output, in order, each small enough to be gathered in memory. */
  *#blocks(): Generator<{ readonly offset: number; readonly axes: readonly Axis[] }> {
    const limit = Math.max(1, Math.floor(GATHER_BYTES / this.#type.size));
    yield* blocksWithin(this.#offset, this.#axes, limit);
  }

  /** Reads the storage forwards, and puts each element where the output wants it. */
  async #gather(offset: number, axes: readonly Axis[]): Promise<Uint8Array<ArrayBuffer>> {
    const size = this.#type.size;
    const outputStrides = axes.map((_, index) =>
      axes.slice(index + 1).reduce((product, axis) => product * axis.size, 1),
    );
    const order = axes
      .map((axis, index) => ({ ...axis, output: outputStrides[index] as number }))
      .sort((a, b) => b.stride - a.stride);
    const output = new Uint8Array(axes.reduce((product, axis) => product * axis.size, 1) * size);
    const pages = new Pages(this.#storage, size);
    const inner = order.pop() ?? { size: 1, stride: 1, output: 1 };
    const outer = order.reduce((product, axis) => product * axis.size, 1);
    const index = new Array<number>(order.length).fill(0);
    for (let turn = 0; turn < outer; turn++) {
      let from = offset;
      let to = 0;
      order.forEach((axis, position) => {
        from += (index[position] as number) * axis.stride;
        to += (index[position] as number) * axis.output;
      });
      for (let step = 0; step < inner.size; step++, from += inner.stride, to += inner.output) {
        const at = pages.at(from) ?? (await pages.load(from));
        const page = pages.bytes;
        for (let byte = 0; byte < size; byte++) {
          output[to * size + byte] = page[at + byte] as number;
        }
      }
      advance(index, order);
    }
    return output;
  }
}

function advance(index: number[], axes: readonly Axis[]): void {
  for (let position = axes.length - 1; position >= 0; position--) {
    const next = (index[position] as number) + 1;
    if (next < (axes[position] as Axis).size) {
      index[position] = next;
      return;
    }
    index[position] = 0;
  }
}

function* blocksWithin(
  offset: number,
  axes: readonly Axis[],
  limit: number,
): Generator<{ readonly offset: number; readonly axes: readonly Axis[] }> {
  const [first, ...rest] = axes;
  if (!first) {
    yield { offset, axes };
    return;
  }
  const restCount = rest.reduce((product, { size }) => product * size, 1);
  if (restCount > limit) {
    for (let index = 0; index < first.size; index++) {
      yield* blocksWithin(offset + index * first.stride, rest, limit);
    }
    return;
  }
  const rows = Math.max(1, Math.floor(limit / restCount));
  for (let row = 0; row < first.size; row += rows) {
    const size = Math.min(rows, first.size - row);
    yield { offset: offset + row * first.stride, axes: [{ size, stride: first.stride }, ...rest] };
  }
}

/** One page of a storage at a time. */
class Pages {
  bytes: Uint8Array<ArrayBuffer>;
  readonly #storage: Storage;
  readonly #size: number;
  readonly #perPage: number;
  #first = 0;
  #count = 0;

  constructor(storage: Storage, size: number) {
    this.#storage = storage;
    this.#size = size;
    this.#perPage = Math.floor(PAGE_BYTES / size);
    this.bytes = new Uint8Array(Math.min(this.#perPage, storage.elements) * size);
  }

  /** Where in the page an element is, undefined when it is in another one. */
  at(element: number): number | undefined {
    const within = element - this.#first;
    return within >= 0 && within < this.#count ? within * this.#size : undefined;
  }

  async load(element: number): Promise<number> {
    this.#first = element;
    this.#count = Math.min(this.#perPage, this.#storage.elements - element);
    await this.#storage
      .part(element, this.#count)
      .openRowMajor()
      .next(this.bytes.subarray(0, this.#count * this.#size));
    return 0;
  }
}
