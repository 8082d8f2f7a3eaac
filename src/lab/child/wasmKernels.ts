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
interface Backend extends Pick<BackendWasm, 'makeOutput' | 'disposeData' | 'typedArrayFromHeap'> {
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
 * views of the memory.
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
      return batchProduct(backend, native, a, b, transposeA, transposeB);
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

function transposedLast(backend: Backend, x: tf.TensorInfo): tf.TensorInfo {
  const rank = x.shape.length;
  const perm = [...x.shape.keys()].slice(0, -2);
  const { kernelFunc } = tf.getKernel(tf.Transpose, 'wasm');
  const transposed = kernelFunc({ inputs: { x }, backend, attrs: { perm: [...perm, rank - 1, rank - 2] } });
  return Array.isArray(transposed) ? transposed[0]! : transposed;
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
