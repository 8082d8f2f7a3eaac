import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { readCall, textOf } from '../../loops/python/expressions.js';
import type { PythonFunction } from '../../loops/python/pythonModule.js';
import { constructorsOf } from '../../loops/python/networkClasses.js';
import { isFeatureNorm } from '../../loops/python/residualBlocks.js';
import { walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import type { EditList } from './editList.js';
import { nameFor } from './importedNames.js';

/**
 * The construction of a norm over `features`, built as the file builds its others; the layer norm of PyTorch where the
 * file has none that can be built in `place`.
 */
export function normLikeTheFile(
  features: string,
  place: PythonFunction,
  analysis: PythonAnalysis,
  edits: EditList,
): string {
  const { module } = analysis;
  for (const { target, value } of module.assignments) {
    const call = target.startsWith('self.') && value.type === 'call' ? readCall(module.text, value) : null;
    const [kind] = constructorsOf(module.text, value);
    const [first, ...others] = call?.positional ?? [];
    if (!call || !first || call.spread || kind === undefined || !isFeatureNorm(kind) || !known(kind, analysis)) {
      continue;
    }
    const rest = [...others, ...[...call.keywords.values()].map((node) => node.parent ?? node)];
    if (rest.every((node) => isVisible(node, place, analysis))) {
      return `${kind}(${[features, ...rest.map((node) => textOf(module.text, node))].join(', ')})`;
    }
  }
  return `${moduleName('LayerNorm', place, analysis, edits)}(${features})`;
}

/** How a model writes something of torch.nn: by `nn.` where it can, whatever else is imported. */
export function moduleName(name: string, place: PythonFunction, analysis: PythonAnalysis, edits: EditList): string {
  const { module } = analysis;
  const nn = module.imports.find((binding) => binding.path === 'torch.nn' && binding.owner === module.main);
  return nn ? `${nn.name}.${name}` : nameFor(`torch.nn.${name}`, place, analysis, edits);
}

/** Imported or defined at the top of the file: `norm_layer(dim)` can be anything, and is bound elsewhere. */
function known(kind: string, { module }: PythonAnalysis): boolean {
  const root = kind.split('.')[0] as string;
  return (
    module.imports.some(({ name, owner }) => name === root && owner === module.main) ||
    module.classes.some((node) => {
      const name = node.children.find(({ field }) => field === 'name');
      return name !== undefined && textOf(module.text, name) === kind;
    })
  );
}

function isVisible(node: SyntaxNode, place: PythonFunction, { module }: PythonAnalysis): boolean {
  return [...walk(node)]
    .filter(({ type, field }) => type === 'identifier' && field !== 'attribute' && field !== 'name')
    .map((inner) => textOf(module.text, inner))
    .every(
      (name) =>
        place.parameters.some((parameter) => parameter.name === name && name !== 'self') ||
        module.assignments.some(({ target, owner }) => target === name && owner === module.main),
    );
}
