/**
 * Builds for production and packs evenkeel.vsix; fails when it is too large, holds something that should not ship or
 * lacks something that must.
 */
import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packExtension } from './editor/extensionPackage.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const manifest = createRequire(import.meta.url)('../package.json');
const packagePath = path.join(root, 'evenkeel.vsix');

const LARGEST_PACKAGE_BYTES = 6_000_000;

const MAY_SHIP =
  /^(package\.json|package\.nls(\..+)?\.json|l10n\/bundle\.l10n(\..+)?\.json|README\.md|CHANGELOG\.md|LICENSE|THIRD_PARTY_NOTICES\.md|docs\/(monitors\.md|rules\.md|fixes\.md|(monitors|rules)\/[\w-]+\.md|diagnosis\.schema\.json)|hooks\/(README\.md|evenkeel\.(py|cjs)|ray_driver\.py|bootstrap\/sitecustomize\.py)|(dist|media)\/.+)$/;
const MUST_SHIP = [
  manifest.main.replace('./', ''),
  manifest.icon,
  'dist/engine.js',
  'dist/cli.js',
  'dist/supervisor.js',
  'dist/webview/runPage.js',
  'dist/webview/runPage.css',
  'dist/webview/codicon.css',
  'dist/lab/child.js',
  'dist/lab/wasmThread.js',
  'dist/lab/tfjs-backend-wasm-simd.wasm',
  'dist/grammars/tree-sitter.wasm',
  'dist/grammars/tree-sitter-python.wasm',
  'dist/grammars/tree-sitter-javascript.wasm',
  'dist/grammars/tree-sitter-typescript.wasm',
  'hooks/evenkeel.py',
  'hooks/evenkeel.cjs',
  'hooks/ray_driver.py',
  'hooks/bootstrap/sitecustomize.py',
  'docs/monitors.md',
  'docs/monitors/loss-spike.md',
  'docs/rules.md',
  'docs/rules/missing-zero-grad.md',
  'docs/fixes.md',
  'docs/diagnosis.schema.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'THIRD_PARTY_NOTICES.md',
].filter((file) => file !== undefined);

execFileSync(process.execPath, [path.join(root, 'scripts', 'notices.mjs'), '--check'], { stdio: 'inherit' });

const files = await packExtension(packagePath);

const size = statSync(packagePath).size;
const complaints = [
  ...files.filter((file) => !MAY_SHIP.test(file)).map((file) => `must not ship: ${file}`),
  ...MUST_SHIP.filter((file) => !files.includes(file)).map((file) => `is missing: ${file}`),
  ...(size >= LARGEST_PACKAGE_BYTES ? [`${size} bytes, at most ${LARGEST_PACKAGE_BYTES} are allowed`] : []),
];
for (const complaint of complaints) {
  console.error(`evenkeel.vsix: ${complaint}`);
}
console.log(`evenkeel.vsix: ${files.length} files, ${(size / 1e6).toFixed(2)} MB`);
process.exitCode = complaints.length > 0 ? 1 : 0;
