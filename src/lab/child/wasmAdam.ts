import { plainAdamStep } from '../tensor.js';
import type { AdamStep, Arithmetic } from '../tensor.js';
import { LANES } from './fused.js';
import { BYTES_PER_FLOAT } from './wasmMemory.js';
import type { WasmBackend } from './wasmMemory.js';
import { bitsOf, GrowingRoom, NUMBERS_A_CHUNK, NUMBERS_WORTH_SHARING } from './wasmThreads.js';
import type { KernelThreads } from './wasmThreads.js';

/** Adam's step by a kernel of our own, on arrays that lie in the backend's memory. */
export class WasmAdam implements Pick<Arithmetic, 'zeros' | 'adamStep'> {
  private readonly backend: WasmBackend;
  private readonly threads: KernelThreads;
  private readonly gradient: GrowingRoom;

  constructor(backend: WasmBackend, threads: KernelThreads) {
    this.backend = backend;
    this.threads = threads;
    this.gradient = new GrowingRoom(backend);
  }

  readonly zeros = (length: number): Float32Array => {
    const { wasm } = this.backend;
    const whole = Math.ceil(length / LANES) * LANES;
    const address = wasm._malloc(whole * BYTES_PER_FLOAT) >>> 0;
    // Memory that is shared stays where it is when it grows.
    return new Float32Array(wasm.HEAPU8.buffer, address, whole).fill(0).subarray(0, length);
  };

  readonly adamStep = (step: AdamStep): void => {
    const { weights, gradient, first, second } = step;
    if (![weights, first, second].every(({ buffer }) => buffer instanceof SharedArrayBuffer)) {
      throw new Error("Adam was to step on memory that is not the backend's");
    }
    const length = Math.ceil(weights.length / LANES) * LANES;
    const room = this.gradient.of(length * BYTES_PER_FLOAT);
    const copy = new Float32Array(this.backend.wasm.HEAPU8.buffer, room, length);
    copy.set(gradient);
    copy.fill(0, gradient.length);
    const { beta1, beta2, pull, shrink, rate, slope, offset } = step;
    this.threads.run({
      kernel: 'adam',
      chunks: Math.ceil(length / NUMBERS_A_CHUNK),
      words: [
        weights.byteOffset,
        room,
        first.byteOffset,
        second.byteOffset,
        length,
        ...[beta1, 1 - beta1, beta2, 1 - beta2, pull, shrink, rate, slope, offset].map(bitsOf),
      ],
      isLong: length >= NUMBERS_WORTH_SHARING,
    });
  };
}

/** Of weights of about one; single precision is off by less. */
const TOLERANCE = 1e-5;

/** What is wrong with a way to step, by some steps of a few weights against the plain one; undefined where nothing is. */
export function whatIsWrongWithAdam({ zeros, adamStep }: Pick<Arithmetic, 'zeros' | 'adamStep'>): string | undefined {
  const length = 41;
  const made = (of: (length: number) => Float32Array) => {
    const [weights, first, second] = [of(length), of(length), of(length)] as const;
    weights.set(Float32Array.from({ length }, (_, index) => ((index * 37) % 101) / 101 - 0.5));
    return { weights, first, second };
  };
  const [told, expected] = [made(zeros), made((count) => new Float32Array(count))];
  try {
    for (let step = 1; step <= 3; step++) {
      const gradient = Float32Array.from({ length }, (_, index) => (((index + step) * 53) % 101) / 101 - 0.5);
      const numbers = { beta1: 0.9, beta2: 0.99, pull: 0.1, shrink: 0.99, rate: 0.01, slope: 1 / step, offset: 1e-4 };
      adamStep({ ...told, gradient, ...numbers });
      plainAdamStep({ ...expected, gradient, ...numbers });
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const wrong = expected.weights.findIndex((value, at) => !(Math.abs(told.weights[at]! - value) <= TOLERANCE));
  return wrong === -1 ? undefined : `its own gave ${told.weights[wrong]} where ${expected.weights[wrong]} is right`;
}
