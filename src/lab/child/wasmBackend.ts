import { existsSync } from 'node:fs';
import path from 'node:path';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { registerWasmKernels } from './wasmKernels.js';
import * as tf from './tensorflow.js';

/** What the patched package reads; see scripts/labBundle.mjs. */
interface ThreadFiles {
  readonly worker: string;
  readonly glue: string;
}

/** Brings up the WebAssembly backend with SIMD, from the files beside the bundle. */
export async function startWasm(threads: number): Promise<void> {
  if (threads > 1) {
    const files: ThreadFiles = {
      worker: path.join(__dirname, 'wasmThread.js'),
      glue: path.join(__dirname, 'tfjs-backend-wasm-threaded-simd.js'),
    };
    const missing = [files.worker, files.glue].find((file) => !existsSync(file));
    if (missing !== undefined) {
      throw new Error(`${missing} is missing: install Evenkeel anew`);
    }
    (globalThis as { evenkeelWasmThreads?: ThreadFiles }).evenkeelWasmThreads = files;
    setThreadsCount(threads);
  }
  setWasmPaths(`${__dirname}${path.sep}`);
  if (!(await tf.setBackend('wasm'))) {
    throw new Error('WebAssembly with SIMD could not be started');
  }
  registerWasmKernels();
}
