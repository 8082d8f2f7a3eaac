/**
 * A plugin of esbuild by which a bundle asks for each module of its host once. Otherwise every source file asks for
 * itself, and copies the hundreds of properties of `vscode`: half of what activating the extension cost.
 */

const ASKED_FOR = 'asked-for-once';

/** @type {import('esbuild').Plugin} */
export const requireOnce = {
  name: 'require-once',
  setup(build) {
    build.onResolve({ filter: /^(vscode$|node:)/ }, ({ path, namespace }) =>
      namespace === ASKED_FOR ? { path, external: true } : { path, namespace: ASKED_FOR },
    );
    // An ECMAScript module is one namespace for all its importers; of a CommonJS one each importer makes its own.
    build.onLoad({ filter: /^vscode$/, namespace: ASKED_FOR }, () => ({ contents: `export * from 'vscode';` }));
    build.onLoad({ filter: /^node:/, namespace: ASKED_FOR }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};
