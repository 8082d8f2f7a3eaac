import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from './tensorflow.js';

/** How the backend's own kernel is called: ids of registered tensors, and shapes as the bytes of 32-bit numbers. */
type NativeProduct = (
  a: number,
  shapeOfA: Uint8Array,
  rankOfA: number,
  b: number,
  shapeOfB: Uint8Array,
  rankOfB: number,
  transposeA: boolean,
  transposeB: boolean,
  out: number,
) => void;

/** The backend, with what the types of the package keep to themselves. */
interface Backend extends Pick<BackendWasm, 'makeOutput' | 'disposeData' | 'incRef' | 'typedArrayFromHeap'> {
  dataIdNextNumber: number;
  readonly dataIdMap: { get(dataId: object): { id: number; memoryOffset: number } };
  readonly wasm: {
    cwrap(name: string, returns: null, parameters: readonly string[]): NativeProduct;
    readonly tfjs: { registerTensor(id: number, size: number, offset: number): void; disposeData(id: number): void };
  };
}

const BYTES_PER_FLOAT = 4;

/**
 * Kernels that the WebAssembly backend lacks, or has slowly. Its product of matrices is fast only for two plain matrices,
 * and gradients use any others: here factors are transposed first, and the products of a batch are made one by one on
 * views of the memory. Rows are summed and gathered, and a tensor passed on, without its detours.
 */
export function registerWasmKernels(): void {
  const backend: Backend = tf.backend() as unknown as Backend;
  const native = backend.wasm.cwrap(tf.BatchMatMul, null, [
    'number',
    'array',
    'number',
    'number',
    'array',
    'number',
    'number',
    'number',
    'number',
  ]);
  tf.unregisterKernel(tf.BatchMatMul, 'wasm');
  tf.registerKernel({
    kernelName: tf.BatchMatMul,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
      const { transposeA, transposeB } = attrs as unknown as { transposeA: boolean; transposeB: boolean };
      return a.shape.length === 2 && a.shape[0] === 1 && b.shape.length === 2 && !transposeA && !transposeB
        ? rowProduct(backend, a, b)
        : batchProduct(backend, native, a, b, transposeA, transposeB);
    },
  });
  tf.unregisterKernel(tf.Identity, 'wasm');
  tf.registerKernel({
    kernelName: tf.Identity,
    backendName: 'wasm',
    kernelFunc: ({ inputs }) => sameMemory(backend, inputs['x'] as tf.TensorInfo),
  });
  const { kernelFunc: gathered } = tf.getKernel(tf.GatherV2, 'wasm');
  tf.unregisterKernel(tf.GatherV2, 'wasm');
  tf.registerKernel({
    kernelName: tf.GatherV2,
    backendName: 'wasm',
    kernelFunc: (call) => {
      const { x, indices } = call.inputs as { x: tf.TensorInfo; indices: tf.TensorInfo };
      const { axis, batchDims } = call.attrs as unknown as { axis: number; batchDims: number };
      const isOfRows = axis === 0 && batchDims === 0 && x.dtype === 'float32' && indices.shape.length === 1;
      return isOfRows ? gatheredRows(backend, x, indices) : gathered(call);
    },
  });
  tf.registerKernel({
    kernelName: tf.UnsortedSegmentSum,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs }) => {
      const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
      const { numSegments } = attrs as unknown as { numSegments: number };
      return segmentSum(backend, x, segmentIds, numSegments);
    },
  });
}

/** The same memory under another handle; the backend's own kernel copies it. */
function sameMemory(backend: Backend, { dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}

/** Rows of a table by their numbers: the first axis of `x`, with one axis of indices. */
function gatheredRows(backend: Backend, x: tf.TensorInfo, indices: tf.TensorInfo): tf.TensorInfo {
  const width = tf.util.sizeFromShape(x.shape.slice(1));
  const out = backend.makeOutput([indices.shape[0]!, ...x.shape.slice(1)], 'float32');
  const [table, numbers] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(indices)];
  const rows = backend.typedArrayFromHeap(out);
  for (let row = 0; row < numbers.length; row++) {
    const from = numbers[row]!;
    if (!(from >= 0 && from < x.shape[0]!)) {
      throw new Error(`row ${from} of a table of ${x.shape[0]} rows`);
    }
    rows.set(table.subarray(from * width, (from + 1) * width), row * width);
  }
  return out;
}

/** A row times a matrix: the matrix is read once, where the backend would pack it first. */
function rowProduct(backend: Backend, row: tf.TensorInfo, matrix: tf.TensorInfo): tf.TensorInfo {
  const [inner, columns] = matrix.shape as [number, number];
  const out = backend.makeOutput([1, columns], 'float32');
  const [factors, values] = [backend.typedArrayFromHeap(row), backend.typedArrayFromHeap(matrix)];
  const sums = new Float64Array(columns);
  for (let at = 0; at < inner; at++) {
    const factor = factors[at]!;
    const start = at * columns;
    for (let column = 0; column < columns; column++) {
      sums[column]! += factor * values[start + column]!;
    }
  }
  backend.typedArrayFromHeap(out).set(sums);
  return out;
}

function batchProduct(
  backend: Backend,
  native: NativeProduct,
  a: tf.TensorInfo,
  b: tf.TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
): tf.TensorInfo {
  const left = transposeA ? transposedLast(backend, a) : a;
  const right = transposeB ? transposedLast(backend, b) : b;
  const [rows, inner] = left.shape.slice(-2) as [number, number];
  const columns = right.shape.at(-1)!;
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(left.shape.slice(0, -2), right.shape.slice(0, -2));
  const out = backend.makeOutput([...outer, rows, columns], 'float32');
  const batch = tf.util.sizeFromShape(outer);
  const batchOf = ({ shape }: tf.TensorInfo): number => tf.util.sizeFromShape(shape.slice(0, -2));
  if (batchOf(left) !== batch && batchOf(left) !== 1) {
    throw new Error(`a product of ${a.shape.join('×')} and ${b.shape.join('×')} is not supported`);
  }
  const shapes = [bytes([1, rows, inner]), bytes([1, inner, columns])] as const;
  const offset = ({ dataId }: tf.TensorInfo): number => backend.dataIdMap.get(dataId).memoryOffset;
  const [fromLeft, fromRight, toOut] = [offset(left), offset(right), offset(out)];
  const [strideOfLeft, strideOfRight] = [
    batchOf(left) === 1 ? 0 : rows * inner,
    batchOf(right) === 1 ? 0 : inner * columns,
  ];
  for (let index = 0; index < batch; index++) {
    const ids = [
      view(backend, rows * inner, fromLeft + index * strideOfLeft * BYTES_PER_FLOAT),
      view(backend, inner * columns, fromRight + index * strideOfRight * BYTES_PER_FLOAT),
      view(backend, rows * columns, toOut + index * rows * columns * BYTES_PER_FLOAT),
    ] as const;
    native(ids[0], shapes[0], 3, ids[1], shapes[1], 3, false, false, ids[2]);
    for (const id of ids) {
      backend.wasm.tfjs.disposeData(id);
    }
  }
  for (const made of [left, right]) {
    if (made !== a && made !== b) {
      backend.disposeData(made.dataId);
    }
  }
  return out;
}

/** A tensor over memory that is another's; to be given back without freeing it. */
function view(backend: Backend, size: number, offset: number): number {
  const id = backend.dataIdNextNumber++;
  backend.wasm.tfjs.registerTensor(id, size, offset);
  return id;
}

function bytes(shape: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(shape).buffer);
}

/** Sides of the squares that are turned one by one, so that both what is read and what is written stays near. */
const TILE = 16;

/** The last two axes exchanged. */
function transposedLast(backend: Backend, x: tf.TensorInfo): tf.TensorInfo {
  const [rows, columns] = x.shape.slice(-2) as [number, number];
  const out = backend.makeOutput([...x.shape.slice(0, -2), columns, rows], 'float32');
  const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(out)];
  for (let start = 0; start < from.length; start += rows * columns) {
    for (let top = 0; top < rows; top += TILE) {
      const bottom = Math.min(top + TILE, rows);
      for (let left = 0; left < columns; left += TILE) {
        const right = Math.min(left + TILE, columns);
        for (let column = left; column < right; column++) {
          for (let row = top; row < bottom; row++) {
            to[start + column * rows + row] = from[start + row * columns + column]!;
          }
        }
      }
    }
  }
  return out;
}

function segmentSum(backend: Backend, x: tf.TensorInfo, segmentIds: tf.TensorInfo, segments: number): tf.TensorInfo {
  const rows = tf.util.sizeFromShape(segmentIds.shape);
  const shape = [segments, ...x.shape.slice(segmentIds.shape.length)];
  const width = tf.util.sizeFromShape(shape.slice(1));
  const out = backend.makeOutput(shape, 'float32');
  const [values, ids] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(segmentIds)];
  const sums = backend.typedArrayFromHeap(out);
  sums.fill(0);
  for (let row = 0; row < rows; row++) {
    const segment = ids[row]!;
    if (segment >= 0 && segment < segments) {
      for (let at = 0; at < width; at++) {
        sums[segment * width + at]! += values[row * width + at]!;
      }
    }
  }
  return out;
}
