import { childOf, contains, walk, type SyntaxNode } from '../../syntax/syntaxNode.js';
import { dottedName, readCall, type Call } from '../../python/expressions.js';
import type { LocatedCall, PythonFunction, PythonModule } from '../../python/pythonModule.js';
import type { ObjectTable } from '../../python/objects.js';
import { constructionsOf, isTorch } from './torchNames.js';

/** What an argument of a loss function was computed by, as far as the function around shows it. */
export interface ArgumentSource {
  /** The call whose result the argument is. */
  readonly call: Call;
  readonly node: SyntaxNode;
}

/** Follows an argument to the call that computed it: itself, or the only assignment of its name before the use. */
export function sourceOfArgument(
  node: SyntaxNode | undefined,
  use: LocatedCall,
  module: PythonModule,
): ArgumentSource | null {
  const direct = node && readCall(module.text, node);
  if (node && direct) {
    return { call: direct, node };
  }
  const name = node?.type === 'identifier' ? dottedName(module.text, node) : null;
  const assigned = name === null ? [] : module.assignments.filter((a) => a.target === name && a.owner === use.owner);
  const before = assigned.filter(({ statement }) => statement.start < use.node.start);
  const [only] = before;
  // A name that is assigned several times may hold anything by now.
  const call = only && before.length === 1 && only.index === null ? readCall(module.text, only.value) : null;
  return only && call ? { call, node: only.value } : null;
}

/** The class of this file that a call runs as a model: `model(x)` where `model = Net()`. */
export function modelClassOf(
  call: Call,
  scope: PythonFunction,
  module: PythonModule,
  objects: ObjectTable,
): SyntaxNode | null {
  if (call.callee === null || call.callee.includes('.')) {
    return null;
  }
  const [first, ...others] = constructionsOf(call.callee, scope, module, objects);
  const name = first?.callee;
  return name !== undefined && others.every(({ callee }) => callee === name)
    ? (module.classes.find((node) => nameOf(node, module) === name) ?? null)
    : null;
}

/** The layers of the `nn.Sequential(…)` that a call runs as a model. */
export function sequentialOf(
  call: Call,
  scope: PythonFunction,
  module: PythonModule,
  objects: ObjectTable,
): readonly SyntaxNode[] | null {
  const built = call.callee === null ? [] : constructionsOf(call.callee, scope, module, objects);
  const [only] = built;
  return only && built.length === 1 && isTorch(only, new Set(['Sequential']), module) && !only.spread
    ? only.positional
    : null;
}

export function nameOf(node: SyntaxNode, module: PythonModule): string | null {
  const name = childOf(node, 'name');
  return name ? module.text.slice(name.start, name.end) : null;
}

/** What every `return` of the class's `forward` gives back; null where there is no forward or it gives back several. */
export function forwardResults(classNode: SyntaxNode, module: PythonModule): readonly SyntaxNode[] | null {
  const forward = module.functions.find(
    ({ name, node }) => name === 'forward' && node.type !== 'module' && contains(classNode, node),
  );
  if (!forward) {
    return null;
  }
  const returns = [...walk(forward.node, ({ type }) => type !== 'lambda')].filter(
    (node) => node.type === 'return_statement' && module.ownerOf(node) === forward,
  );
  const results = returns.map((node) => resolved(node.children[0], forward, module));
  return results.length > 0 && results.every((node) => node !== null) ? results : null;
}

/** The expression behind `x = …; return x`: the last assignment of the name. */
function resolved(node: SyntaxNode | undefined, forward: PythonFunction, module: PythonModule): SyntaxNode | null {
  if (!node || node.type === 'expression_list' || node.type === 'tuple') {
    return null;
  }
  if (node.type !== 'identifier') {
    return node;
  }
  const name = module.text.slice(node.start, node.end);
  return module.assignments.findLast(({ target, owner }) => target === name && owner === forward)?.value ?? null;
}
