import path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { WasmBackend } from './wasmMemory.js';

/**
 * How the thread that runs the backend and its helpers talk: 32-bit numbers of their own, apart from the backend's memory.
 * A job is open while it may be joined. Who joins counts itself in first and looks whether the job is still open then;
 * the job is over when it is closed and nobody is inside. So nobody waits for a helper that sleeps.
 */
export const CONTROL = {
  /** Goes up with each job that helpers are called to. */
  calls: 0,
  isOpen: 1,
  inside: 2,
  /** A helper failed inside a job: its result is worth nothing. */
  hasFailed: 3,
  /** Which of {@link KERNELS}. */
  kernel: 4,
  words: 5,
} as const;

/** Kernels by number; see scripts/labKernels.mjs. */
export const KERNELS = [
  'product',
  'attention',
  'attentionGradient',
  'norm',
  'normGradient',
  'addUp',
  'reluGradient',
  'gelu',
  'geluGradient',
  'adam',
] as const;

/** One kernel: takes chunks of a job until none is left. */
export type Kernel = (job: number, room: number) => void;

/** What a helper is started with. */
export interface HelperData {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly control: Int32Array<SharedArrayBuffer>;
  /** Addresses in the backend's memory: of the job, and of the room that is this thread's. */
  readonly job: number;
  readonly room: number;
}

/** The kernels of a module, on some memory. */
export function kernelsOf(module: WebAssembly.Module, memory: WebAssembly.Memory): readonly Kernel[] {
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return KERNELS.map((name) => exports[name] as Kernel);
}

/** Words of a job that are set for every kernel: the next chunk, and how many there are. */
const COMMON_WORDS = 2;
const LONGEST_JOB_WORDS = 16;
const BYTES_A_WORD = 4;

/** Bytes that a thread has for itself while it is in a kernel, enough for what scripts/labKernels.mjs packs. */
const ROOM_BYTES = 40_960;

/** Numbers of a chunk of the kernels that go through tensors; as scripts/labKernels/elementwise.mjs has it. */
export const NUMBERS_A_CHUNK = 4096;
/** Numbers that such a kernel goes through from which on it pays to call other threads. */
export const NUMBERS_WORTH_SHARING = 10_000;

/** What a kernel is to do. */
export interface Job {
  readonly kernel: (typeof KERNELS)[number];
  readonly chunks: number;
  /** What the kernel knows of it, behind those that are the same for all kernels. */
  readonly words: readonly number[];
  /** It takes long enough to call the helpers. */
  readonly isLong: boolean;
}

/** Runs our own kernels on the backend's memory, with helping threads. */
export class KernelThreads {
  private readonly backend: WasmBackend;
  private readonly threads: number;
  private readonly kernels: readonly Kernel[];
  private readonly control = new Int32Array(new SharedArrayBuffer(CONTROL.words * BYTES_A_WORD));
  private readonly job: number;
  private readonly rooms: number;

  /** @param threads together, with the one that runs the backend. */
  constructor(backend: WasmBackend, module: WebAssembly.Module, threads: number) {
    this.backend = backend;
    this.threads = threads;
    const { memory } = backend.wasm.asm;
    this.kernels = kernelsOf(module, memory);
    this.job = backend.wasm._malloc(LONGEST_JOB_WORDS * BYTES_A_WORD);
    this.rooms = backend.wasm._malloc(threads * ROOM_BYTES);
    const { job, control } = this;
    for (let index = 1; index < threads; index++) {
      const workerData: HelperData = { module, memory, control, job, room: this.rooms + index * ROOM_BYTES };
      new Worker(path.join(__dirname, 'wasmThread.js'), { workerData }).unref();
    }
  }

  /** Runs a kernel to its end. */
  run({ kernel, chunks, words, isLong }: Job): void {
    const { control, job } = this;
    new Int32Array(this.backend.wasm.HEAPU8.buffer, job, COMMON_WORDS + words.length).set([0, chunks, ...words]);
    const number = KERNELS.indexOf(kernel);
    const isShared = isLong && chunks > 1 && this.threads > 1;
    if (isShared) {
      control[CONTROL.kernel] = number;
      Atomics.store(control, CONTROL.isOpen, 1);
      Atomics.add(control, CONTROL.calls, 1);
      Atomics.notify(control, CONTROL.calls);
    }
    this.kernels[number]!(job, this.rooms);
    if (isShared) {
      Atomics.store(control, CONTROL.isOpen, 0);
      waitWhile(control, CONTROL.inside, (inside) => inside > 0);
      if (Atomics.load(control, CONTROL.hasFailed) !== 0) {
        throw new Error(`a thread failed in the kernel "${kernel}"`);
      }
    }
  }
}

/** Looks at a number, some tens of microseconds together, before going to sleep over it: waking takes as long. */
const LOOKS = 20_000;

/** Waits while a number is what it should not be; whoever changes it notifies. */
export function waitWhile(control: Int32Array, word: number, isWrong: (value: number) => boolean): void {
  for (let look = 0; ; look++) {
    const value = Atomics.load(control, word);
    if (!isWrong(value)) {
      return;
    }
    if (look >= LOOKS) {
      Atomics.wait(control, word, value);
    }
  }
}

/** Memory of the backend that is kept from call to call and grows as it must; what was in it is lost then. */
export class GrowingRoom {
  private readonly backend: WasmBackend;
  private address = 0;
  private bytes = 0;

  constructor(backend: WasmBackend) {
    this.backend = backend;
  }

  /** The address of so many bytes. */
  of(bytes: number): number {
    if (bytes > this.bytes) {
      const { wasm } = this.backend;
      wasm._free(this.address);
      this.address = wasm._malloc(bytes) >>> 0;
      this.bytes = bytes;
    }
    return this.address;
  }
}

/** The bits of a number of single precision, as a word of a job. */
export function bitsOf(value: number): number {
  return new Int32Array(Float32Array.of(value).buffer)[0]!;
}
