import { childOf, contains, type SyntaxNode } from '../syntax/syntaxNode.js';
import { dottedName, readCall, textOf } from './expressions.js';
import type { Assignment, PythonFunction, PythonModule } from './pythonModule.js';

/** A module that a network keeps: `self.ln_1 = nn.LayerNorm(dim)`. */
export interface Submodule {
  /** The attribute without `self.`: "ln_1". */
  readonly name: string;
  readonly assignment: Assignment;
}

/** A class of a PyTorch model, whose `__init__` builds layers and whose `forward` (or `__call__`) runs them. */
export interface NetworkClass {
  readonly name: string;
  readonly node: SyntaxNode;
  readonly constructor: PythonFunction;
  readonly forward: PythonFunction;
  /** All methods, the two above included, in source order. */
  readonly methods: readonly PythonFunction[];
  readonly submodules: readonly Submodule[];
}

const known = new WeakMap<PythonModule, readonly NetworkClass[]>();

/** The network classes that a Python text defines, in source order. */
export function findNetworkClasses(module: PythonModule): readonly NetworkClass[] {
  const classes = known.get(module) ?? module.classes.flatMap((node) => read(node, module) ?? []);
  known.set(module, classes);
  return classes;
}

function read(node: SyntaxNode, module: PythonModule): NetworkClass | null {
  const named = childOf(node, 'name');
  const name = named ? textOf(module.text, named) : '';
  if (foreignBase(node, module) !== null) {
    return null;
  }
  const methods = module.functions.filter(
    (candidate) => candidate.className === name && contains(node, candidate.node),
  );
  const constructor = methods.find((method) => method.name === '__init__');
  const forward = methods.find((method) => method.name === 'forward' || method.name === '__call__');
  if (!constructor || !forward) {
    return null;
  }
  const submodules = new Map<string, Submodule>();
  for (const assignment of module.assignments) {
    const attribute = /^self\.(\w+)$/.exec(assignment.target)?.[1];
    if (assignment.owner === constructor && attribute !== undefined && assignment.index === null) {
      submodules.set(attribute, { name: attribute, assignment });
    }
  }
  return { name, node, constructor, forward, methods, submodules: [...submodules.values()] };
}

/** Libraries whose models look like those of PyTorch and are none. */
const FOREIGN: Readonly<Record<string, string>> = {
  flax: 'Flax',
  equinox: 'Equinox',
  haiku: 'Haiku',
  mlx: 'MLX',
  keras: 'Keras',
  tensorflow: 'TensorFlow',
  paddle: 'PaddlePaddle',
  mindspore: 'MindSpore',
  tinygrad: 'tinygrad',
};

/** The other library whose class a class extends: "MLX" for `class Block(nn.Module)` with `import mlx.nn as nn`. */
export function foreignBase(node: SyntaxNode, module: PythonModule): string | null {
  const bases = childOf(node, 'superclasses')?.children ?? [];
  const roots = bases.flatMap((base) => {
    const [first] = dottedName(module.text, base)?.split('.') ?? [];
    return module.importNamed(first)?.path.split('.')[0] ?? [];
  });
  const [library] = roots.flatMap((root) => FOREIGN[root] ?? []);
  return library ?? null;
}

/** The attribute that `self.name` and, in older code, `self.name.forward` call. */
export function attributeCalled(callee: string | null): string | undefined {
  return /^self\.(\w+)(?:\.forward)?$/.exec(callee ?? '')?.[1];
}

/** The submodule that `self.name` is; `written` is the name with `self.`. */
export function submoduleAt(written: string | null, { submodules }: NetworkClass): Submodule | null {
  const attribute = attributeCalled(written);
  return submodules.find(({ name }) => name === attribute) ?? null;
}

/** Names of the constructors that a value may come from: both sides of `A(p) if p > 0 else B()`. */
export function constructorsOf(text: string, value: SyntaxNode): readonly string[] {
  if (value.type === 'parenthesized_expression' && value.children[0]) {
    return constructorsOf(text, value.children[0]);
  }
  if (value.type === 'conditional_expression') {
    const [whenTrue, , whenFalse] = value.children;
    return [whenTrue, whenFalse].flatMap((side) => (side ? constructorsOf(text, side) : []));
  }
  const callee = readCall(text, value)?.callee;
  return callee === undefined || callee === null ? [] : [callee];
}
