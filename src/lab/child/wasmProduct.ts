import { absoluteMaximum, plainProduct } from '../tensor.js';
import * as tf from './tensorflow.js';
import { addressOf, BYTES_PER_FLOAT } from './wasmMemory.js';
import type { WasmBackend } from './wasmMemory.js';
import { GrowingRoom } from './wasmThreads.js';
import type { KernelThreads } from './wasmThreads.js';

/** As scripts/labKernels/product.mjs has it. */
const COLUMNS_A_CHUNK = 32;
/**
 * Chunks that are enough for threads to end at about the same time. Columns are packed anew for each chunk of rows: with
 * so many rows that is about a hundredth of the work. Rows are grouped in the kernel.
 */
const ENOUGH_CHUNKS = 16;
const LEAST_ROWS_A_CHUNK = 64;
const ROW_GROUP = 16;
/** Multiplications from which on it pays to call other threads: what takes one thread some 10 µs. */
const WORTH_SHARING = 100_000;

/** Products of matrices by our own kernel: a batch, either factor transposed as it lies, batches broadcast. */
export class WasmProduct {
  private readonly backend: WasmBackend;
  private readonly threads: KernelThreads;
  private readonly pairs: GrowingRoom;

  constructor(backend: WasmBackend, threads: KernelThreads) {
    this.backend = backend;
    this.threads = threads;
    this.pairs = new GrowingRoom(backend);
  }

  of(a: tf.TensorInfo, b: tf.TensorInfo, transposeA: boolean, transposeB: boolean): tf.TensorInfo {
    const { backend } = this;
    const [rows, inner] = lastTwo(a, transposeA);
    const [innerOfB, columns] = lastTwo(b, transposeB);
    if (a.dtype !== 'float32' || b.dtype !== 'float32' || inner !== innerOfB) {
      throw new Error(`no product of ${a.dtype} ${a.shape.join('×')} and ${b.dtype} ${b.shape.join('×')}`);
    }
    const [outerOfA, outerOfB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
    const outer = tf.broadcast_util.assertAndGetBroadcastShape(outerOfA, outerOfB);
    const batch = tf.util.sizeFromShape(outer);
    const out = backend.makeOutput([...outer, rows, columns], 'float32');
    const pairs = this.pairs.of(2 * BYTES_PER_FLOAT * batch);
    const addresses = new Int32Array(backend.wasm.HEAPU8.buffer, pairs, 2 * batch);
    const [startOfA, startOfB] = [addressOf(backend, a), addressOf(backend, b)];
    for (let item = 0; item < batch; item++) {
      addresses[2 * item] = startOfA + itemOf(item, outer, outerOfA) * rows * inner * BYTES_PER_FLOAT;
      addresses[2 * item + 1] = startOfB + itemOf(item, outer, outerOfB) * inner * columns * BYTES_PER_FLOAT;
    }
    if (inner === 0) {
      backend.typedArrayFromHeap(out).fill(0);
      return out;
    }
    const columnChunks = Math.ceil(columns / COLUMNS_A_CHUNK);
    const rowsAChunk = Math.max(LEAST_ROWS_A_CHUNK, ceilTo(ROW_GROUP, (rows * columnChunks * batch) / ENOUGH_CHUNKS));
    const chunks = columnChunks * Math.ceil(rows / rowsAChunk);
    this.threads.run({
      kernel: 'product',
      chunks: chunks * batch,
      words: [
        chunks,
        pairs,
        addressOf(backend, out),
        rows,
        inner,
        columns,
        Number(transposeA),
        Number(transposeB),
        rowsAChunk,
      ],
      isLong: batch * rows * inner * columns >= WORTH_SHARING,
    });
    return out;
  }
}

/**
 * Puts our product in the place of the backend's, if it is right here.
 * @returns why not, where the backend's stays
 */
export function replaceProduct(product: Pick<WasmProduct, 'of'>): string | undefined {
  const { kernelFunc: ofPackage } = tf.getKernel(tf.BatchMatMul, 'wasm');
  const register = (kernelFunc: tf.KernelFunc): void => {
    tf.unregisterKernel(tf.BatchMatMul, 'wasm');
    tf.registerKernel({ kernelName: tf.BatchMatMul, backendName: 'wasm', kernelFunc });
  };
  register(({ inputs, attrs }) => {
    const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = attrs as unknown as { transposeA: boolean; transposeB: boolean };
    return product.of(a, b, transposeA, transposeB);
  });
  let refusal: string | undefined;
  try {
    refusal = whatIsWrong();
  } catch (error) {
    refusal = error instanceof Error ? error.message : String(error);
  }
  if (refusal !== undefined) {
    register(ofPackage);
  }
  return refusal;
}

/** Rows, terms and columns that go through every part of the kernel: whole blocks and edges, chunks of rows, slabs. */
const TRIED = [
  [9, 300, 21],
  [70, 12, 8],
] as const;
/** Of the largest sum; single precision is off by less, a wrong entry by far more. */
const TRIED_TOLERANCE = 1e-5;

/** Multiplies some matrices, in every way, and holds the products against a plain loop. */
function whatIsWrong(): string | undefined {
  for (const [rows, inner, columns] of TRIED) {
    const entry = (index: number): number => ((index * 37) % 101) / 101 - 0.5;
    const a = Float32Array.from({ length: rows * inner }, (_, index) => entry(index));
    const b = Float32Array.from({ length: inner * columns }, (_, index) => entry(index + 13));
    const expected = plainProduct(a, b, rows, inner, columns);
    const largest = absoluteMaximum(expected);
    for (const [transposeA, transposeB] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      const told = tf.tidy(() => {
        const [left, right] = [tf.tensor2d(a, [rows, inner]), tf.tensor2d(b, [inner, columns])];
        const given = [transposeA ? left.transpose() : left, transposeB ? right.transpose() : right] as const;
        return tf.matMul(...given, transposeA, transposeB).dataSync<'float32'>();
      });
      const wrong = told.findIndex(
        (value, index) => !(Math.abs(value - expected[index]!) <= TRIED_TOLERANCE * largest),
      );
      if (wrong !== -1) {
        return `its own gave ${told[wrong]} where ${expected[wrong]} is right`;
      }
    }
  }
  return undefined;
}

/** Rows and columns of the matrices of a tensor, as they are multiplied. */
function lastTwo({ shape }: tf.TensorInfo, transpose: boolean): readonly [number, number] {
  const [first, last] = shape.slice(-2) as [number, number];
  return transpose ? [last, first] : [first, last];
}

/** Which matrix of a batch stands at an item of the batch that it is broadcast to. */
function itemOf(item: number, outer: readonly number[], own: readonly number[]): number {
  let [rest, index, stride] = [item, 0, 1];
  for (let axis = outer.length - 1; axis >= 0; axis--) {
    const size = own[axis - (outer.length - own.length)] ?? 1;
    index += size === 1 ? 0 : (rest % outer[axis]!) * stride;
    stride *= size;
    rest = Math.floor(rest / outer[axis]!);
  }
  return index;
}

/** The least multiple of a unit that is not below a number. */
function ceilTo(unit: number, value: number): number {
  return Math.ceil(value / unit) * unit;
}
