import { readCall, type Call } from '../../python/expressions.js';
import type { PythonFunction, PythonModule } from '../../python/pythonModule.js';
import type { ObjectTable } from '../../python/objects.js';
import type { SyntaxNode } from '../../syntax/syntaxNode.js';

/** The full name of what is called, aliases of imports resolved: "torch.nn.functional.softmax"; null when not a name. */
export function fullName({ callee }: Pick<Call, 'callee'>, module: PythonModule): string | null {
  if (callee === null) {
    return null;
  }
  const [root = '', ...rest] = callee.split('.');
  const binding = module.importNamed(root);
  return [binding?.path ?? root, ...rest].join('.');
}

/** Whether the call is PyTorch's `name`, in whatever module PyTorch keeps it. */
export function isTorch(call: Call, names: ReadonlySet<string>, module: PythonModule): boolean {
  return names.has(call.name) && (fullName(call, module)?.startsWith('torch.') ?? false);
}

/** The calls that a name may have been assigned, where a use in `scope` can see them; by last name elsewhere. */
export function constructionsOf(
  name: string,
  scope: PythonFunction,
  module: PythonModule,
  objects: ObjectTable,
): readonly Call[] {
  const visible = objects.visibleAssignments(name, scope);
  const all = visible.length > 0 ? visible : objects.assignmentsOf(name);
  return all.flatMap(({ value }) => readCall(module.text, value) ?? []);
}

/** Whether a name stands for one of PyTorch's classes wherever it is assigned. */
export function standsFor(
  name: string,
  classes: ReadonlySet<string>,
  scope: PythonFunction,
  module: PythonModule,
  objects: ObjectTable,
): boolean {
  const calls = constructionsOf(name, scope, module, objects);
  return calls.length > 0 && calls.every((call) => isTorch(call, classes, module));
}

/** Whether the text of a node holds one of the words. */
export function says(node: SyntaxNode, words: RegExp, { text }: PythonModule): boolean {
  return words.test(text.slice(node.start, node.end));
}
