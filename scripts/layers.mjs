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
 * @property {string} holds what lives there, for the table in ARCHITECTURE.md
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
  'reports',
];

/** @type {readonly Layer[]} */
export const LAYERS = [
  {
    name: 'base',
    holds: 'disposables, events, results, small containers',
    folder: 'src/base',
    runtime: 'pure',
    imports: [],
  },
  {
    name: 'model',
    holds: 'plain data: `Series`, `Signal`, `Finding`, `FixDescription`, `TrainingLoop`, `SourceEdit` …',
    folder: 'src/model',
    runtime: 'pure',
    imports: ['base'],
  },
  {
    name: 'contract',
    holds: 'message types, command ids, settings and their validators, shared by host, engine and webview',
    folder: 'src/contract',
    runtime: 'pure',
    imports: pureCore,
  },
  {
    name: 'readers',
    holds: 'bytes → records, one file per log format, resumable at any byte',
    folder: 'src/readers',
    runtime: 'pure',
    imports: pureCore,
    packages: ['yaml'],
  },
  {
    name: 'store',
    holds: 'append-only packed columns, segments of restarted runs, min/max envelopes',
    folder: 'src/store',
    runtime: 'pure',
    imports: pureCore,
  },
  {
    name: 'signals',
    holds: 'raw tags → roles, and derived quantities',
    folder: 'src/signals',
    runtime: 'pure',
    imports: [...pureCore, 'store'],
  },
  {
    name: 'monitors',
    holds: 'one file per symptom: signals → findings, or "not evaluated" with the reason',
    folder: 'src/monitors',
    runtime: 'pure',
    imports: [...pureCore, 'signals'],
  },
  {
    name: 'loops',
    holds: 'training loops in source files: find them, describe them (syntax trees)',
    folder: 'src/loops',
    runtime: 'pure',
    imports: pureCore,
    packages: ['web-tree-sitter', 'yaml', 'jsonc-parser', 'toml-eslint-parser'],
  },
  {
    name: 'fixes',
    holds: 'one file per fix: which findings it answers, when it must not be used, the edit',
    folder: 'src/fixes',
    runtime: 'pure',
    imports: [...pureCore, 'loops'],
  },
  {
    name: 'checkpoints',
    holds: 'tensors in a file → summaries, findings, repaired copies; one file per format',
    folder: 'src/checkpoints',
    runtime: 'pure',
    imports: pureCore,
    packages: ['fflate'],
  },
  {
    name: 'reports',
    holds: 'what is said of runs and of two runs compared, as plain data and as Markdown, HTML and SARIF',
    folder: 'src/reports',
    runtime: 'pure',
    imports: [...pureCore, 'contract', 'signals', 'monitors'],
    packages: ['sarif'],
  },
  {
    name: 'lab',
    holds: 'tries a fix on a small proxy, on TensorFlow.js in child processes',
    folder: 'src/lab',
    runtime: 'node',
    imports: pureCore,
  },
  {
    name: 'runner',
    holds: 'starts and follows training jobs',
    folder: 'src/runner',
    runtime: 'node',
    imports: pureCore,
  },
  {
    name: 'engine',
    holds: 'composition of the above: discovery, tailing, the worker thread and its client',
    folder: 'src/engine',
    runtime: 'node',
    imports: belowEngine,
  },
  {
    name: 'cli',
    holds: 'the headless root: `evenkeel …` with text, JSON, SARIF and Markdown',
    folder: 'src/cli',
    runtime: 'node',
    imports: [...belowEngine, 'engine'],
  },
  {
    name: 'extension',
    holds: 'the only folder that imports `vscode`: trees, panels, code lenses, code actions',
    folder: 'src/extension',
    runtime: 'editor',
    imports: [...belowEngine, 'engine'],
  },
  {
    name: 'webview',
    holds: 'the browser side of the panels: state, charts, components',
    folder: 'webview',
    runtime: 'browser',
    imports: [...pureCore, 'contract'],
  },
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
