import * as tf from './tensorflow.js';
import type { WasmBackend } from './wasmMemory.js';

/**
 * Kernels that the WebAssembly backend lacks, or has slowly: rows are summed and gathered, and a tensor passed on, without
 * its detours.
 */
export function registerWasmKernels(backend: WasmBackend): void {
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
function sameMemory(backend: WasmBackend, { dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}

/** Rows of a table by their numbers: the first axis of `x`, with one axis of indices. */
function gatheredRows(backend: WasmBackend, x: tf.TensorInfo, indices: tf.TensorInfo): tf.TensorInfo {
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

function segmentSum(
  backend: WasmBackend,
  x: tf.TensorInfo,
  segmentIds: tf.TensorInfo,
  segments: number,
): tf.TensorInfo {
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
