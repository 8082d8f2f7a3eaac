import { childOf } from '../syntax/syntaxNode.js';
import type { Call } from './expressions.js';
import { textOf } from './expressions.js';
import type { PythonModule } from './pythonModule.js';

/**
 * Whether a call is of something that PyTorch brings, by the names that the file gives its parts: `nn.LayerNorm(…)`,
 * `LayerNorm(…)` behind an import of it. A class of the file, or an import from elsewhere, may have the same name.
 */
export function isOfTorch({ callee }: Pick<Call, 'callee'>, module: PythonModule): boolean {
  const [root = '', ...rest] = callee?.split('.') ?? [];
  const binding = module.imports.find(({ name }) => name === root);
  if (binding) {
    return isPart(binding.path);
  }
  if (rest.length > 0) {
    // Another cell of a notebook, or an import of everything, may have brought the name.
    return root === 'nn' || root === 'torch';
  }
  const own = module.classes.some((node) => textOf(module.text, childOf(node, 'name') ?? node) === root);
  return !own && importsAllOfTorch(module);
}

function isPart(path: string): boolean {
  return path === 'torch' || path.startsWith('torch.');
}

/** `from torch.nn import *`. */
function importsAllOfTorch({ root, text }: PythonModule): boolean {
  return root.children.some(
    (node) =>
      node.type === 'import_from_statement' &&
      node.children.some(({ type }) => type === 'wildcard_import') &&
      isPart(textOf(text, childOf(node, 'module_name') ?? node)),
  );
}
