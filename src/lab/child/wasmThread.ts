import { createRequire } from 'node:module';
import { runInThisContext } from 'node:vm';
// @ts-expect-error the package declares no types for it.
import { wasmWorkerContents } from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd.worker.js';

/** One thread of the WebAssembly backend: evaluates what the package would hand to a browser's worker. */
Object.assign(globalThis, { require: createRequire(__filename), __filename });
// Line breaks inside its strings have lost their backslashes.
runInThisContext(String(wasmWorkerContents).replaceAll('\n', '\\n'));
