/**
 * Builds every bundle into dist/:
 *   extension.js  the extension host's part (the only bundle in which `vscode` is external)
 *   engine.js     the worker thread of the extension
 *   checkpoints.js  threads of the extension that each read a checkpoint
 *   hdf5.js       threads that each read an HDF5 file, with the library in WebAssembly; nothing else loads it
 *   supervisor.js what owns a job that is run, in a process of its own
 *   cli.js        the command line; `vscode` is not external here, so that an import of it cannot be bundled
 *   webview/      the browser side of the panels
 *   lab/          the lab's child process, with TensorFlow.js; nothing else loads it
 * and copies the WebAssembly grammars and the icon font beside them. `--watch` rebuilds on change.
 */
import { copyFile, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, context } from 'esbuild';
import { labAssets, labBundle } from './labBundle.mjs';
import { requireOnce } from './requireOnce.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const production = process.argv.includes('--production');
const watch = process.argv.includes('--watch');

/** @type {import('esbuild').BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  logLevel: 'warning',
  minify: production,
  sourcemap: production ? false : 'linked',
  legalComments: 'none',
  metafile: true,
};

/** @type {import('esbuild').BuildOptions} */
const node = {
  ...common,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  alias: {
    // Its ECMAScript build asks for its own URL, which a CommonJS bundle does not have.
    'web-tree-sitter': require.resolve('web-tree-sitter'),
    // Its other build hides what it requires from the bundler.
    'jsonc-parser': require.resolve('jsonc-parser/lib/esm/main.js'),
  },
};

/** @type {Record<'extension' | 'engine' | 'checkpoints' | 'hdf5' | 'supervisor' | 'cli' | 'webview' | 'lab', import('esbuild').BuildOptions>} */
export const bundles = {
  extension: {
    ...node,
    entryPoints: ['src/extension/extension.ts'],
    outfile: 'dist/extension.js',
    external: ['vscode'],
    plugins: [requireOnce],
  },
  engine: { ...node, entryPoints: ['src/engine/worker.ts'], outfile: 'dist/engine.js' },
  checkpoints: { ...node, entryPoints: ['src/engine/checkpoints/worker.ts'], outfile: 'dist/checkpoints.js' },
  hdf5: {
    ...node,
    entryPoints: ['src/engine/checkpoints/hdf5/worker.ts'],
    outfile: 'dist/hdf5.js',
    // The library stands in a text of 4 MB, one character for each of its bytes: escaped it would be twice as long.
    charset: 'utf8',
    define: { 'import.meta.url': '""' },
  },
  supervisor: { ...node, entryPoints: ['src/runner/supervisorMain.ts'], outfile: 'dist/supervisor.js' },
  cli: {
    ...node,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli.js',
    banner: { js: '#!/usr/bin/env node' },
  },
  webview: {
    ...common,
    platform: 'browser',
    target: 'es2022',
    format: 'esm',
    entryPoints: {
      runPage: 'webview/runPage/main.ts',
      checkpoint: 'webview/checkpoint/main.ts',
      lab: 'webview/lab/main.ts',
    },
    outdir: 'dist/webview',
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
  },
  lab: { ...node, ...labBundle },
};

/**
 * Files of packages that ship as they are: where they lie, and where they go.
 * @type {readonly (readonly [from: string, to: string])[]}
 */
export const copiedAssets = [
  [require.resolve('web-tree-sitter/tree-sitter.wasm'), 'dist/grammars/tree-sitter.wasm'],
  [require.resolve('tree-sitter-python/tree-sitter-python.wasm'), 'dist/grammars/tree-sitter-python.wasm'],
  [require.resolve('tree-sitter-javascript/tree-sitter-javascript.wasm'), 'dist/grammars/tree-sitter-javascript.wasm'],
  [require.resolve('tree-sitter-typescript/tree-sitter-typescript.wasm'), 'dist/grammars/tree-sitter-typescript.wasm'],
  [require.resolve('@vscode/codicons/dist/codicon.css'), 'dist/webview/codicon.css'],
  [require.resolve('@vscode/codicons/dist/codicon.ttf'), 'dist/webview/codicon.ttf'],
  ...labAssets,
];

async function copyAssets() {
  for (const [from, to] of copiedAssets) {
    await mkdir(path.dirname(path.join(root, to)), { recursive: true });
    await copyFile(from, path.join(root, to));
  }
}

async function main() {
  await rm(path.join(root, 'dist'), { recursive: true, force: true });
  await copyAssets();
  if (watch) {
    for (const options of Object.values(bundles)) {
      await (await context(options)).watch();
    }
    return;
  }
  await Promise.all(Object.values(bundles).map((options) => build(options)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main();
}
