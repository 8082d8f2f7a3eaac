/** How the lab's child process is bundled: TensorFlow.js with all its gradients, and our own kernels for its WebAssembly. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { assembleKernels } from './labKernels.mjs';

const require = createRequire(import.meta.url);
const wasmPackage = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));

/** @type {import('esbuild').Plugin} */
const ownKernels = {
  name: 'own-kernels',
  setup(build) {
    build.onResolve({ filter: /^lab-kernels\/(fused|plain)$/ }, ({ path: name }) => ({
      path: name,
      namespace: 'assembled',
    }));
    build.onLoad({ filter: /.*/, namespace: 'assembled' }, async ({ path: name }) => ({
      contents: await assembleKernels(name.endsWith('fused')),
      loader: 'binary',
    }));
  },
};

/** The package would open connections with it, where Node had no fetch. @type {import('esbuild').Plugin} */
const withoutNodeFetch = {
  name: 'without-node-fetch',
  setup(build) {
    build.onResolve({ filter: /^node-fetch$/ }, () => ({ path: 'node-fetch', namespace: 'nothing' }));
    build.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'module.exports = undefined;' }));
  },
};

/**
 * What the child's bundle needs besides the options of every bundle for Node.
 * @type {import('esbuild').BuildOptions}
 */
export const labBundle = {
  entryPoints: { child: 'src/lab/child/main.ts', wasmThread: 'src/lab/child/wasmThread.ts' },
  outdir: 'dist/lab',
  // Its CommonJS build registers no gradients.
  mainFields: ['module', 'main'],
  plugins: [ownKernels, withoutNodeFetch],
};

/** What lies beside the child: the WebAssembly of its backend. */
export const labAssets = [
  /** @type {const} */ ([
    path.join(wasmPackage, 'wasm-out', 'tfjs-backend-wasm-simd.wasm'),
    'dist/lab/tfjs-backend-wasm-simd.wasm',
  ]),
];
