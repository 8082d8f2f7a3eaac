import { composedAttention, fusedAttention } from '../../../src/lab/child/attention.js';
import { hasFused, registeredName, withGradient } from '../../../src/lab/child/fused.js';
import { outcome, PAIRS, tryFused } from '../../../src/lab/child/fusedTrial.js';
import { composedLayerNorm, composedRmsNorm, fusedLayerNorm, fusedRmsNorm } from '../../../src/lab/child/norms.js';
import * as tf from '../../../src/lab/child/tensorflow.js';
import { startWasm } from '../../../src/lab/child/wasmBackend.js';
import { wasmBackend } from '../../../src/lab/child/wasmMemory.js';
import { absoluteMaximum } from '../../../src/lab/tensor.js';

/**
 * Run as the lab's child is: everything that is fused at many shapes, against the same by kernels of TensorFlow.js. Prints,
 * as JSON, the largest difference by name, the bits of all results as one number, and the tensors that are left.
 */

type Function = (...given: tf.Tensor[]) => tf.Tensor;
interface Case {
  readonly name: string;
  readonly shapes: readonly (readonly number[])[];
  readonly fused: Function;
  readonly composed: Function;
}

/** Sequences, context, heads and size of a head: shorter than a group of rows, as long, and longer, whole or not. */
const ATTENTIONS = [
  [1, 4, 1, 4],
  [3, 12, 2, 8],
  [2, 32, 2, 16],
  [2, 64, 4, 16],
  [1, 100, 3, 20],
  [1, 132, 1, 68],
] as const;
/** Rows and width: fewer rows than a chunk has, as many, and more. */
const ROWS = [
  [1, 4],
  [16, 8],
  [37, 64],
  [130, 132],
] as const;

const CASES: readonly Case[] = [
  ...ATTENTIONS.map(([sequences, context, heads, size]): Case => {
    const shape = [sequences * context, heads * size];
    return {
      name: 'attention',
      shapes: [shape, shape, shape],
      fused: (...[q, k, v]) => fusedAttention({ context, heads }, q!, k!, v!),
      composed: (...[q, k, v]) => composedAttention({ context, heads }, q!, k!, v!),
    };
  }),
  ...ROWS.flatMap(([rows, width]): Case[] => [
    {
      name: 'layer norm',
      shapes: [[rows, width], [width], [width]],
      fused: (...given) => withGradient(fusedLayerNorm, ...given),
      composed: (...given) => withGradient(composedLayerNorm, ...given),
    },
    {
      name: 'RMS norm',
      shapes: [[rows, width], [width]],
      fused: (...given) => withGradient(fusedRmsNorm, ...given),
      composed: (...given) => withGradient(composedRmsNorm, ...given),
    },
  ]),
  // More numbers than two chunks have.
  ...PAIRS.flatMap((pair) => [pair, ...(pair.name.endsWith('LU') ? [{ ...pair, shapes: [[101, 84]] }] : [])]),
];

async function main(): Promise<void> {
  const { refusals } = await startWasm(Number(process.argv[2]));
  const spoilt = process.argv[3];
  const later = spoilt === undefined ? [] : withSpoilt(spoilt);
  const worst: Record<string, number> = {};
  let bits = 0;
  for (const { name, shapes, fused, composed } of spoilt === undefined ? CASES : []) {
    const [told, expected] = [outcome(fused, shapes), outcome(composed, shapes)];
    for (const [index, right] of expected.entries()) {
      const largest = absoluteMaximum(right);
      const differences = right.map((value, at) => Math.abs(told[index]![at]! - value) / largest);
      worst[name] = Math.max(worst[name] ?? 0, absoluteMaximum(differences));
      const result = told[index]!;
      for (const word of new Uint32Array(result.buffer, result.byteOffset, result.length)) {
        bits = (Math.imul(bits, 31) + word) | 0;
      }
    }
  }
  const has = { attention: hasFused('attention'), norm: hasFused('norm') };
  console.log(JSON.stringify({ refusals, later, has, worst, bits, tensors: tf.memory().numTensors }));
  process.exit(0);
}

/** Has the first entry of the last result of a kernel wrong; what is then refused. */
function withSpoilt(kernel: string): string[] {
  const kernelName = registeredName(kernel as Parameters<typeof registeredName>[0]);
  const { kernelFunc } = tf.getKernel(kernelName, 'wasm');
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({
    kernelName,
    backendName: 'wasm',
    kernelFunc: (call) => {
      const results = kernelFunc(call) as tf.TensorInfo[];
      wasmBackend().typedArrayFromHeap(results.at(-1)!)[0]! *= 1.01;
      return results;
    },
  });
  return tryFused();
}

void main();
