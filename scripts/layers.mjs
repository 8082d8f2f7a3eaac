/**
 * The import table of ARCHITECTURE.md as data. The ESLint configuration, the tsconfig of each layer and the tests of
 * both are held against it: a new layer, or a new direction between two, is one line here.
 */

/**
 * What a layer may touch of the outside.
 * `pure`: nothing. No Node, no DOM, no editor, no clock, no randomness.
 * `node`: Node. `editor`: Node and `vscode`. `browser`: the DOM.
 * @typedef {'pure' | 'node' | 'editor' | 'browser'} Runtime
 */

/**
 * @typedef {object} Layer
 * @property {string} name what other rows call it
 * @property {string} folder from the root of the repository, with forward slashes
 * @property {Runtime} runtime
 * @property {readonly string[]} imports names of the layers that it may import besides itself
 * @property {readonly string[]} [packages] npm packages that a pure layer may import; other layers may import any
 */

const pureCore = ['base', 'model'];
const belowEngine = [
  ...pureCore,
  'readers',
  'store',
  'signals',
  'monitors',
  'loops',
  'fixes',
  'checkpoints',
  'lab',
  'runner',
  'contract',
];

/** @type {readonly Layer[]} */
export const LAYERS = [
  { name: 'base', folder: 'src/base', runtime: 'pure', imports: [] },
  { name: 'model', folder: 'src/model', runtime: 'pure', imports: ['base'] },
  { name: 'contract', folder: 'src/contract', runtime: 'pure', imports: pureCore },
  { name: 'readers', folder: 'src/readers', runtime: 'pure', imports: pureCore },
  { name: 'store', folder: 'src/store', runtime: 'pure', imports: pureCore },
  { name: 'signals', folder: 'src/signals', runtime: 'pure', imports: [...pureCore, 'store'] },
  { name: 'monitors', folder: 'src/monitors', runtime: 'pure', imports: [...pureCore, 'signals'] },
  { name: 'loops', folder: 'src/loops', runtime: 'pure', imports: pureCore, packages: ['web-tree-sitter'] },
  { name: 'fixes', folder: 'src/fixes', runtime: 'pure', imports: [...pureCore, 'loops'] },
  { name: 'checkpoints', folder: 'src/checkpoints', runtime: 'pure', imports: pureCore },
  { name: 'lab', folder: 'src/lab', runtime: 'node', imports: pureCore },
  { name: 'runner', folder: 'src/runner', runtime: 'node', imports: pureCore },
  { name: 'engine', folder: 'src/engine', runtime: 'node', imports: belowEngine },
  { name: 'cli', folder: 'src/cli', runtime: 'node', imports: [...belowEngine, 'engine'] },
  { name: 'extension', folder: 'src/extension', runtime: 'editor', imports: [...belowEngine, 'engine'] },
  { name: 'webview', folder: 'webview', runtime: 'browser', imports: [...pureCore, 'contract'] },
];

/** Globals that ECMAScript does not define, every runtime has, and pure layers may therefore use; see types/pure.d.ts. */
export const UNIVERSAL_GLOBALS = ['TextDecoder', 'TextEncoder', 'URL', 'WebAssembly', 'structuredClone'];

/**
 * The layer that a file belongs to, undefined for files outside all layers (tests, scripts, configuration).
 * @param {string} file path from the root of the repository; backslashes are understood
 * @returns {Layer | undefined}
 */
export function layerOf(file) {
  const path = file.replaceAll('\\', '/');
  return LAYERS.find((layer) => path.startsWith(`${layer.folder}/`));
}

/**
 * Why a layer must not import a module, undefined when it may.
 * @param {Layer} layer the importing side
 * @param {{ file: string } | { package: string, builtin: boolean }} target a file from the root of the repository, or
 *   the name of a package
 * @returns {string | undefined}
 */
export function refusalOfImport(layer, target) {
  if ('file' in target) {
    const other = layerOf(target.file);
    if (!other) {
      return `${layer.name} must not import ${target.file}, which belongs to no layer`;
    }
    return other === layer || layer.imports.includes(other.name)
      ? undefined
      : `${layer.name} must not import ${other.name} (it may import: ${layer.imports.join(', ') || 'nothing'})`;
  }
  if (target.package === 'vscode') {
    return layer.runtime === 'editor' ? undefined : `only the extension layer may import vscode, not ${layer.name}`;
  }
  if (target.builtin) {
    return layer.runtime === 'node' || layer.runtime === 'editor'
      ? undefined
      : `${layer.name} must not import Node's ${target.package}`;
  }
  return layer.runtime !== 'pure' || layer.packages?.includes(target.package)
    ? undefined
    : `${layer.name} is pure and must not import the package ${target.package}; list it in scripts/layers.mjs if it is pure too`;
}
