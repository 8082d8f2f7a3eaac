/**
 * How the lab's child process is bundled: TensorFlow.js with all its gradients, and its WebAssembly backend with threads,
 * which the package switches off under Node.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const wasmPackage = path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json'));

/** Each text has to be there, once: another version of the package must be looked at again. */
const PATCHES = {
  'dist/flags_wasm.js': [["if (ENV.get('IS_NODE'))", 'if (!globalThis.evenkeelWasmThreads)']],
  'dist/backend_wasm.js': [
    [
      `const response = wasmWorkerContents.replace(/\\n/g, '\\\\n');
                const blob = new Blob([response], { type: 'application/javascript' });
                return URL.createObjectURL(blob);`,
      'return globalThis.evenkeelWasmThreads.worker;',
    ],
    [
      `new Blob([\`var WasmBackendModuleThreadedSimd = \` +
                    wasmFactoryThreadedSimd.toString()], { type: 'text/javascript' })`,
      'globalThis.evenkeelWasmThreads.glue',
    ],
  ],
};

/** @type {import('esbuild').Plugin} */
const threadsInNode = {
  name: 'wasm-threads-in-node',
  setup(build) {
    for (const [file, replacements] of Object.entries(PATCHES)) {
      const place = path.join(wasmPackage, file);
      const filter = new RegExp(`tfjs-backend-wasm[\\\\/]${file.replace('/', '[\\\\/]').replace('.', '\\.')}$`);
      build.onLoad({ filter }, async () => {
        let contents = await readFile(place, 'utf8');
        for (const [from, to] of replacements) {
          if (contents.split(from).length !== 2) {
            throw new Error(`${place}: "${from.slice(0, 40)}" is not there once, look at the patch for threads again`);
          }
          contents = contents.replace(from, () => to);
        }
        return { contents, loader: 'js' };
      });
    }
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
  plugins: [threadsInNode, withoutNodeFetch],
};

/** What lies beside the child: its WebAssembly, and the glue that each thread evaluates. */
export const labAssets = [
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.js',
].map((file) => /** @type {const} */ ([path.join(wasmPackage, 'wasm-out', file), `dist/lab/${file}`]));
