import { isBuiltin } from 'node:module';
import path from 'node:path';
import { layerOf, refusalOfImport } from '../layers.mjs';

/** @param {string} specifier "@scope/name/file" or "name/file" */
function packageName(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/**
 * Holds every import, re-export, `import()`, `require()` and `import('…')` type against the import table.
 * @type {import('eslint').Rule.RuleModule}
 */
export const importTable = {
  meta: {
    type: 'problem',
    docs: { description: 'keep to the import table in scripts/layers.mjs' },
    messages: { forbidden: '{{reason}}.' },
    schema: [],
  },
  create(context) {
    const file = path.relative(context.cwd, context.filename);
    const layer = layerOf(file);
    if (!layer) {
      return {};
    }
    /** @param {any} source the node of the module specifier */
    const check = (source) => {
      if (typeof source?.value !== 'string') {
        return;
      }
      const specifier = source.value;
      const target = specifier.startsWith('.')
        ? { file: path.posix.join(path.dirname(file).replaceAll('\\', '/'), specifier) }
        : { package: packageName(specifier), builtin: isBuiltin(specifier) };
      const reason = refusalOfImport(layer, target);
      if (reason) {
        context.report({ node: source, messageId: 'forbidden', data: { reason } });
      }
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (/** @type {any} */ node) => check(node.source ?? node.argument?.literal),
      TSExternalModuleReference: (/** @type {any} */ node) => check(node.expression),
      CallExpression: (node) => {
        if (node.callee.type === 'Identifier' && node.callee.name === 'require') {
          check(node.arguments[0]);
        }
      },
    };
  },
};
