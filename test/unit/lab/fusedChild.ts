import { backendArithmetic } from '../../../src/lab/child/arithmetic.js';
import { composedAttention, fusedAttention } from '../../../src/lab/child/attention.js';
import { hasFused, registeredName, withGradient } from '../../../src/lab/child/fused.js';
import { outcome, PAIRS, tryFused } from '../../../src/lab/child/fusedTrial.js';
import { composedLayerNorm, composedRmsNorm, fusedLayerNorm, fusedRmsNorm } from '../../../src/lab/child/norms.js';
import * as tf from '../../../src/lab/child/tensorflow.js';
import { startWasm } from '../../../src/lab/child/wasmBackend.js';
import { wasmBackend } from '../../../src/lab/child/wasmMemory.js';
import { whatIsWrongWithAdam } from '../../../src/lab/child/wasmAdam.js';
import { Random } from '../../../src/lab/random.js';
import { absoluteMaximum, plainArithmetic } from '../../../src/lab/tensor.js';
import type { Arithmetic } from '../../../src/lab/tensor.js';

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

/** More numbers than some chunks have, and not a multiple of four. */
const STEPPED = 20_001;

/** Some steps of Adam on the backend; the weights, and their largest difference from plain steps. */
function stepped(): { weights: Float32Array; difference: number } {
  const made = ({ zeros }: Arithmetic) => {
    const weights = zeros(STEPPED);
    weights.set(Random.forPurpose(1, 'weights').normals(STEPPED, 1));
    return { weights, first: zeros(STEPPED), second: zeros(STEPPED) };
  };
  const arithmetic = backendArithmetic();
  const [told, expected] = [made(arithmetic), made(plainArithmetic)];
  for (let step = 1; step <= 5; step++) {
    const gradient = Random.forPurpose(step, 'gradient').normals(STEPPED, 0.1);
    const numbers = { beta1: 0.9, beta2: 0.999, pull: 0, shrink: 0.999, rate: 0.01, slope: 0.1 * step, offset: 1e-8 };
    arithmetic.adamStep({ ...told, gradient, ...numbers });
    plainArithmetic.adamStep({ ...expected, gradient, ...numbers });
  }
  const differences = told.weights.map((value, at) => value - expected.weights[at]!);
  return { weights: told.weights, difference: absoluteMaximum(differences) };
}

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
  const { weights, difference } = stepped();
  worst['Adam'] = difference;
  for (const word of new Uint32Array(weights.slice().buffer)) {
    bits = (Math.imul(bits, 31) + word) | 0;
  }
  const has = { attention: hasFused('attention'), norm: hasFused('norm') };
  console.log(JSON.stringify({ refusals, later, has, worst, bits, tensors: tf.memory().numTensors }));
  process.exit(0);
}

/** Has the first entry of the last result of a kernel wrong; what is then refused. */
function withSpoilt(kernel: string): string[] {
  if (kernel === 'adam') {
    const right = backendArithmetic();
    const adamStep: Arithmetic['adamStep'] = (step) => {
      right.adamStep(step);
      step.weights[40]! += 0.001;
    };
    return [whatIsWrongWithAdam({ ...right, adamStep }) ?? ''];
  }
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
