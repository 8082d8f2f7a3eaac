import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import fused from 'lab-kernels/fused';
import plain from 'lab-kernels/plain';
import { provideArithmetic } from './arithmetic.js';
import { tryFused } from './fusedTrial.js';
import { WasmAdam, whatIsWrongWithAdam } from './wasmAdam.js';
import { registerFused } from './wasmFused.js';
import { registerWasmKernels } from './wasmKernels.js';
import { wasmBackend, withSharedMemory } from './wasmMemory.js';
import * as tf from './tensorflow.js';
import { replaceProduct, WasmProduct } from './wasmProduct.js';
import { KernelThreads } from './wasmThreads.js';

const FILES = ['tfjs-backend-wasm-simd.wasm', 'wasmThread.js'].map((file) => path.join(__dirname, file));

/** Whose kernels compute. */
export interface WasmKernels {
  readonly productsBy: string;
  /** Where they are not our own, and why. */
  readonly refusals: readonly string[];
}

/** Brings up the WebAssembly backend with SIMD, from the files beside the bundle, and our own kernels on it. */
export async function startWasm(threads: number): Promise<WasmKernels> {
  const missing = FILES.find((file) => !existsSync(file));
  if (missing !== undefined) {
    throw new Error(`${missing} is missing: install Evenkeel anew`);
  }
  const module = withSharedMemory(await readFile(FILES[0]!));
  const { platform } = tf.env();
  const fetch = platform.fetch.bind(platform);
  platform.fetch = () => Promise.resolve(new Response(module));
  setWasmPaths(`${__dirname}${path.sep}`, true);
  try {
    if (!(await tf.setBackend('wasm'))) {
      throw new Error('WebAssembly with SIMD could not be started');
    }
  } finally {
    platform.fetch = fetch;
  }
  const backend = wasmBackend();
  registerWasmKernels(backend);
  const { name, module: kernels } = kernelModule();
  const helped = new KernelThreads(backend, kernels, threads);
  const refusal = replaceProduct(new WasmProduct(backend, helped));
  if (refusal !== undefined) {
    return { productsBy: 'TensorFlow.js', refusals: [`products of matrices: ${refusal}`] };
  }
  registerFused(backend, helped);
  const by = `kernels of its own (${name}, ${threads === 1 ? 'one thread' : `${threads} threads`})`;
  const adam = new WasmAdam(backend, helped);
  const wrong = whatIsWrongWithAdam(adam);
  if (wrong === undefined) {
    provideArithmetic(adam);
  }
  return { productsBy: by, refusals: [...tryFused(), ...(wrong === undefined ? [] : [`steps of Adam: ${wrong}`])] };
}

/** The best of our kernels that this engine of JavaScript has: fused operations are behind a flag before Node 22. */
function kernelModule(): { readonly name: string; readonly module: WebAssembly.Module } {
  if (!WebAssembly.validate(fused) && Number.parseInt(process.versions.node) < 22) {
    setFlagsFromString('--experimental-wasm-relaxed-simd');
  }
  return WebAssembly.validate(fused)
    ? { name: 'fused multiply-add', module: new WebAssembly.Module(fused) }
    : { name: 'multiply and add', module: new WebAssembly.Module(plain) };
}
