import { lastPart, readCall, textOf, type Call } from '../../python/expressions.js';
import type { Assignment, LocatedCall, PythonFunction, PythonModule } from '../../python/pythonModule.js';
import type { ObjectTable } from '../../python/objects.js';
import { childOf, type SyntaxNode } from '../../syntax/syntaxNode.js';

/** The full name of what is called, aliases of imports resolved: "torch.nn.functional.softmax"; null when not a name. */
export function fullName({ callee }: Pick<Call, 'callee'>, module: PythonModule): string | null {
  if (callee === null) {
    return null;
  }
  const dot = callee.indexOf('.');
  const root = dot < 0 ? callee : callee.slice(0, dot);
  const path = module.importNamed(root)?.path;
  return path === undefined ? callee : path + callee.slice(root.length);
}

/** Whether the call is PyTorch's `name`, in whatever module PyTorch keeps it. */
export function isTorch(call: Call, names: ReadonlySet<string>, module: PythonModule): boolean {
  return names.has(call.name) && (fullName(call, module)?.startsWith('torch.') ?? false);
}

/**
 * Whether a call may well be of something that PyTorch brings: `nn.LayerNorm(…)`, even where another cell of a notebook
 * imports `nn`, or `LayerNorm(…)` behind an import of it. A class of the file, or an import from elsewhere, may have the
 * same name.
 */
export function mayBeTorch(call: Pick<Call, 'callee'>, module: PythonModule): boolean {
  const name = fullName(call, module);
  const [root = '', ...rest] = name?.split('.') ?? [];
  if (root === 'torch' || module.importNamed(call.callee?.split('.')[0]) !== undefined) {
    return root === 'torch';
  }
  return rest.length > 0 ? root === 'nn' : importsAllOfTorch(module) && !definesClass(root, module);
}

function definesClass(name: string, { classes, text }: PythonModule): boolean {
  return classes.some((node) => textOf(text, childOf(node, 'name') ?? node) === name);
}

/** `from torch.nn import *`. */
function importsAllOfTorch({ root, text }: PythonModule): boolean {
  return root.children.some(
    (node) =>
      node.type === 'import_from_statement' &&
      node.children.some(({ type }) => type === 'wildcard_import') &&
      /^torch\b/.test(textOf(text, childOf(node, 'module_name') ?? node)),
  );
}

/** Read off before: a model is called all over a file. */
const known = new WeakMap<readonly Assignment[], readonly Call[]>();

/** The calls that a name may have been assigned, where a use in `scope` can see them; by last name elsewhere. */
export function constructionsOf(
  name: string,
  scope: PythonFunction,
  module: PythonModule,
  objects: ObjectTable,
): readonly Call[] {
  const visible = objects.visibleAssignments(name, scope);
  const all = visible.length > 0 ? visible : objects.assignmentsOf(name);
  const calls = known.get(all) ?? all.flatMap(({ value }) => readCall(module.text, value) ?? []);
  known.set(all, calls);
  return calls;
}

/**
 * The calls of PyTorch's functions of these names, and of objects that its classes of these names built, in source order:
 * `F.nll_loss(…)`, and `criterion(…)` where `criterion = nn.NLLLoss()`.
 */
export function usesOf(names: ReadonlySet<string>, module: PythonModule, objects: ObjectTable): readonly LocatedCall[] {
  const direct = [...names].flatMap((name) => module.callsNamed(name)).filter((call) => isTorch(call, names, module));
  if (direct.length === 0) {
    return [];
  }
  const isClass = ({ name }: LocatedCall) => /^[A-Z]/.test(name);
  const built = new Set(direct.filter(isClass).map(({ node }) => node));
  const holders = new Set(module.assignments.filter(({ value }) => built.has(value)).map(({ target }) => target));
  const through = [...new Set([...holders].map((holder) => lastPart(holder)))]
    .flatMap((name) => module.callsNamed(name))
    .filter(
      ({ callee, owner }) => callee !== null && holders.has(callee) && standsFor(callee, names, owner, module, objects),
    );
  return [...direct.filter((call) => !isClass(call)), ...through].sort(
    (one, other) => one.node.start - other.node.start,
  );
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
