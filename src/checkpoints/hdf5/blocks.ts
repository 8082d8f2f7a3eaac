import { elementCount } from '../elementTypes.js';
import { streamOfPieces, type ElementStream, type TensorData } from '../tensorData.js';
import type { Hdf5Dataset, Hdf5Objects } from './library.js';

/** Bytes of a block, where chunks do not ask for more. */
const BLOCK_BYTES = 8 * 1024 * 1024;
/** Bytes of the largest block, and of the largest chunk: the library holds one twice while it unpacks it. */
export const LARGEST_BLOCK = 96 * 1024 * 1024;

/** A stretch of the elements of a dataset in row-major order. */
export interface Block {
  readonly start: readonly number[];
  readonly count: readonly number[];
}

/** The elements of a dataset, which the library hands out block by block. */
export class Hdf5Data implements TensorData {
  readonly order = 'row-major';
  readonly #objects: Hdf5Objects;
  readonly #dataset: Hdf5Dataset;

  constructor(objects: Hdf5Objects, dataset: Hdf5Dataset) {
    this.#objects = objects;
    this.#dataset = dataset;
  }

  open(): ElementStream {
    const blocks = blocksOf(this.#dataset);
    return streamOfPieces(async () => {
      const block = blocks.next();
      return block.done === true
        ? undefined
        : this.#objects.read(this.#dataset.path, block.value.start, block.value.count);
    });
  }

  openRowMajor(): ElementStream {
    return this.open();
  }
}

/**
 * Cuts a dataset into blocks whose elements follow each other in row-major order. A block holds whole chunks where it
 * may be so large: a chunk that two blocks share is unpacked twice.
 */
export function* blocksOf({ shape, chunks, size }: Hdf5Dataset): Generator<Block> {
  const total = elementCount(shape) ?? 0;
  if (total === 0) {
    return;
  }
  if (shape.length === 0) {
    yield { start: [], count: [] };
    return;
  }
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, one) => product * one, size));
  // The first axis of which a block may hold more than one step; all after it are held whole.
  const held = (limit: number): number => {
    const axis = strides.findIndex((stride) => stride <= limit);
    return axis < 0 ? shape.length - 1 : axis;
  };
  const wholeChunks = held(LARGEST_BLOCK / Math.max(1, chunks?.[0] ?? 1)) === 0;
  const axis = wholeChunks ? 0 : held(BLOCK_BYTES);
  const steps = stepsOf(shape[axis] ?? 1, strides[axis] ?? size, wholeChunks ? (chunks?.[0] ?? 1) : 1);
  const outer = shape.slice(0, axis);
  const inner = shape.slice(axis + 1);
  const rounds = outer.reduce((product, one) => product * one, 1);
  for (let round = 0; round < rounds; round++) {
    let rest = round;
    const place = outer.map(() => 0);
    for (let index = outer.length - 1; index >= 0; index--) {
      const length = outer[index] ?? 1;
      place[index] = rest % length;
      rest = Math.floor(rest / length);
    }
    for (let from = 0; from < (shape[axis] ?? 1); from += steps) {
      yield {
        start: [...place, from, ...inner.map(() => 0)],
        count: [...place.map(() => 1), Math.min(steps, (shape[axis] ?? 1) - from), ...inner],
      };
    }
  }
}

/** How many steps along an axis a block has: as many as fit, in whole chunks. */
function stepsOf(length: number, stride: number, chunk: number): number {
  const fitting = Math.max(1, Math.floor(BLOCK_BYTES / stride));
  return Math.min(length, Math.max(chunk, fitting - (fitting % chunk)));
}
