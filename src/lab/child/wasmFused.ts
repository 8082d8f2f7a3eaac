import { registeredName } from './fused.js';
import type { FusedKernel } from './fused.js';
import * as tf from './tensorflow.js';
import { addressOf, BYTES_PER_FLOAT } from './wasmMemory.js';
import type { WasmBackend } from './wasmMemory.js';
import { bitsOf, GrowingRoom, NUMBERS_A_CHUNK, NUMBERS_WORTH_SHARING } from './wasmThreads.js';
import type { KERNELS, KernelThreads } from './wasmThreads.js';

/** As scripts/labKernels/norm.mjs has it. */
const ROWS_A_CHUNK = 16;

interface Call {
  readonly inputs: Readonly<Record<string, tf.TensorInfo>>;
  readonly attributes: Readonly<Record<string, number | boolean>>;
}

/** Registers the fused kernels that scripts/labKernels.mjs has, with the WebAssembly backend. */
export function registerFused(backend: WasmBackend, threads: KernelThreads): void {
  const scratch = new GrowingRoom(backend);
  const at = (tensor: tf.TensorInfo): number => addressOf(backend, tensor);
  const made = (shape: readonly number[]): tf.TensorInfo => backend.makeOutput([...shape], 'float32');

  const attentionWords = ({ inputs, attributes }: Call) => {
    const { query, key, value } = inputs as Record<'query' | 'key' | 'value', tf.TensorInfo>;
    const { heads, context } = attributes as { heads: number; context: number };
    const [rows, width] = query.shape as [number, number];
    return {
      chunks: (rows / context) * heads,
      squares: [rows / context, heads, context, context],
      words: [heads, context, width / heads, at(query), at(key), at(value)],
      isLong: rows * context * width >= NUMBERS_WORTH_SHARING,
    };
  };
  /** Goes through tensors of one size side by side. */
  const elementwise =
    (kernel: Extract<FusedKernel, (typeof KERNELS)[number]>, from: readonly string[]) =>
    ({ inputs }: Call): tf.TensorInfo[] => {
      const tensors = from.map((name) => inputs[name]!);
      const out = made(tensors[0]!.shape);
      const length = tf.util.sizeFromShape(out.shape);
      threads.run({
        kernel,
        chunks: Math.ceil(length / NUMBERS_A_CHUNK),
        words: [...tensors.map(at), at(out), length],
        isLong: length >= NUMBERS_WORTH_SHARING,
      });
      return [out];
    };
  const kernels: Readonly<Record<FusedKernel, (call: Call) => tf.TensorInfo[]>> = {
    attention: (call) => {
      const { chunks, squares, words, isLong } = attentionWords(call);
      const [out, shares] = [made(call.inputs['query']!.shape), made(squares)];
      threads.run({ kernel: 'attention', chunks, words: [...words, at(shares), at(out)], isLong });
      return [out, shares];
    },
    attentionGradient: (call) => {
      const { chunks, squares, words, isLong } = attentionWords(call);
      const { shares, dOut, query } = call.inputs as Record<'shares' | 'dOut' | 'query', tf.TensorInfo>;
      const gradients = [made(query.shape), made(query.shape), made(query.shape)];
      const dShares = scratch.of(tf.util.sizeFromShape(squares) * BYTES_PER_FLOAT);
      threads.run({
        kernel: 'attentionGradient',
        chunks,
        words: [...words, at(shares), at(dOut), dShares, ...gradients.map(at)],
        isLong,
      });
      return gradients;
    },
    norm: ({ inputs, attributes }) => {
      const { x, gain, bias } = inputs as { x: tf.TensorInfo; gain: tf.TensorInfo; bias?: tf.TensorInfo };
      const [rows, width] = x.shape as [number, number];
      const [out, moments] = [made(x.shape), made([rows, 2])];
      threads.run({
        kernel: 'norm',
        chunks: Math.ceil(rows / ROWS_A_CHUNK),
        words: [
          at(x),
          at(gain),
          bias === undefined ? 0 : at(bias),
          at(out),
          at(moments),
          rows,
          width,
          Number(bias !== undefined),
          bitsOf(attributes['epsilon'] as number),
        ],
        isLong: rows * width >= NUMBERS_WORTH_SHARING,
      });
      return [out, moments];
    },
    normGradient: ({ inputs, attributes }) => {
      const { x, gain, moments, dOut } = inputs as Record<'x' | 'gain' | 'moments' | 'dOut', tf.TensorInfo>;
      const isCentred = Boolean(attributes['isCentred']);
      const [rows, width] = x.shape as [number, number];
      const chunks = Math.ceil(rows / ROWS_A_CHUNK);
      const dX = made(x.shape);
      const stride = 2 * width * BYTES_PER_FLOAT;
      const parts = scratch.of(chunks * stride);
      threads.run({
        kernel: 'normGradient',
        chunks,
        words: [at(x), at(gain), at(moments), at(dOut), at(dX), parts, rows, width, Number(isCentred)],
        isLong: rows * width >= NUMBERS_WORTH_SHARING,
      });
      const weights = Array.from({ length: isCentred ? 2 : 1 }, (_, index) => {
        const out = made([width]);
        const from = parts + index * width * BYTES_PER_FLOAT;
        threads.run({ kernel: 'addUp', chunks: 1, words: [from, chunks, stride, at(out), width], isLong: false });
        return out;
      });
      return [dX, ...weights];
    },
    reluGradient: elementwise('reluGradient', ['x', 'dOut']),
    gelu: elementwise('gelu', ['x']),
    geluGradient: elementwise('geluGradient', ['x', 'dOut']),
  };
  for (const [name, run] of Object.entries(kernels) as [FusedKernel, (call: Call) => tf.TensorInfo[]][]) {
    tf.registerKernel({
      kernelName: registeredName(name),
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) =>
        run({ inputs: inputs as Call['inputs'], attributes: attrs as unknown as Call['attributes'] }),
    });
  }
}
