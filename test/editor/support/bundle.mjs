import { readdirSync } from 'node:fs';
import path from 'node:path';
import { buildSync } from 'esbuild';
import { projectRoot } from '../../../scripts/editor/tools.mjs';

const sources = path.join(projectRoot, 'test/editor/inside');

/** Where the bundled inside suite lies; the extension host loads `index.js`, which runs every `*.test.js` beside it. */
export const insideSuite = path.join(projectRoot, 'out/editor-tests/inside');

export function bundleInsideSuite() {
  buildSync({
    entryPoints: readdirSync(sources).map((file) => path.join(sources, file)),
    outdir: insideSuite,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    logLevel: 'warning',
  });
}
