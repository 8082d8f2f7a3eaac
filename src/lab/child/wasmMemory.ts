import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from './tensorflow.js';

export const BYTES_PER_FLOAT = 4;

/** The WebAssembly backend, with what the types of the package keep to themselves. */
export interface WasmBackend extends Pick<BackendWasm, 'makeOutput' | 'disposeData' | 'incRef' | 'typedArrayFromHeap'> {
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  readonly wasm: {
    /** Its memory as it stands: growing makes another view. */
    readonly HEAPU8: Uint8Array<SharedArrayBuffer>;
    readonly asm: { readonly memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
    _free(address: number): void;
  };
}

/** The backend that runs. */
export function wasmBackend(): WasmBackend {
  return tf.backend() as unknown as WasmBackend;
}

/** Where a tensor lies in the backend's memory, in bytes. */
export function addressOf(backend: WasmBackend, { dataId }: tf.TensorInfo): number {
  return backend.dataIdMap.get(dataId).memoryOffset;
}

const MAGIC_AND_VERSION_BYTES = 8;
const MEMORY_SECTION = 5;
/** One memory that has a maximum, and one that is shared as well; see the binary format of WebAssembly and its threads. */
const [BOUNDED, BOUNDED_AND_SHARED] = [0x01, 0x03];

/**
 * A module whose memory threads may share. The package has one such, whose threads under Node are slower than none;
 * this is the one without, so that threads of our own can compute on its tensors. It is as good as before on its own.
 */
export function withSharedMemory(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(module);
  let at = MAGIC_AND_VERSION_BYTES;
  while (at < bytes.length) {
    const section = bytes[at]!;
    const { value: size, end } = unsigned(bytes, at + 1);
    if (section === MEMORY_SECTION && bytes[end] === 1 && bytes[end + 1] === BOUNDED) {
      bytes[end + 1] = BOUNDED_AND_SHARED;
      return bytes;
    }
    at = end + size;
  }
  throw new Error('the module of the WebAssembly backend has no memory of its own');
}

/** An unsigned number in LEB128. */
function unsigned(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = start, shift = 0; at < bytes.length; at++, shift += 7) {
    value += (bytes[at]! & 0x7f) * 2 ** shift;
    if (bytes[at]! < 0x80) {
      return { value, end: at + 1 };
    }
  }
  throw new Error('the module of the WebAssembly backend is cut off');
}
