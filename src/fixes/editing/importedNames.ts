import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { ImportBinding, PythonFunction } from '../../loops/python/pythonModule.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import type { EditList } from './editList.js';

/**
 * How a place in the file can write something of an imported library ("torch.nn.utils.clip_grad_norm_"): by the names
 * that the file already imports, else by an `import` of the library that is added once.
 */
export function nameFor(path: string, at: PythonFunction, analysis: PythonAnalysis, edits: EditList): string {
  const usable = analysis.module.imports.filter(
    (binding) => isVisible(binding, at) && !isReassigned(binding, at, analysis),
  );
  const library = path.split('.')[0] as string;
  const whole = usable.find((binding) => binding.path === path);
  if (whole) {
    return whole.name;
  }
  const root = usable.find((binding) => binding.path === library);
  const prefix = root ?? longestPrefix(path, usable);
  if (prefix) {
    return prefix.name + path.slice(prefix.path.length);
  }
  const { module } = analysis;
  const assigned = module.assignments.some(({ target, owner }) => target === library && owner === module.main);
  if (!assigned && !(analysis.isCell && mentions(library, analysis))) {
    addImport(library, analysis, edits);
  }
  return path;
}

function longestPrefix(path: string, bindings: readonly ImportBinding[]): ImportBinding | undefined {
  return bindings
    .filter((binding) => path.startsWith(`${binding.path}.`))
    .sort((one, other) => other.path.length - one.path.length)[0];
}

function isVisible(binding: ImportBinding, at: PythonFunction): boolean {
  for (let scope: PythonFunction | null = at; scope; scope = scope.parent) {
    if (binding.owner === scope) {
      return true;
    }
    if (scope.parameters.some(({ name }) => name === binding.name)) {
      return false;
    }
  }
  return false;
}

/** `optim = optim.Adam(…)`: from there on the name is the optimizer's, in the functions inside as well. */
function isReassigned({ name, owner }: ImportBinding, at: PythonFunction, { module }: PythonAnalysis): boolean {
  for (let scope: PythonFunction | null = at; scope; scope = scope.parent) {
    const here = scope;
    if (module.assignments.some(({ target, owner: assigner }) => target === name && assigner === here)) {
      return true;
    }
    if (here === owner) {
      return false;
    }
  }
  return false;
}

/** Another cell imports what this one already uses. */
function mentions(library: string, { module }: PythonAnalysis): boolean {
  return module.calls.some(({ callee }) => callee?.startsWith(`${library}.`));
}

/** Modules of Python itself that training scripts import and helpers use. */
const STANDARD_LIBRARY = new Set(
  (
    'abc argparse ast asyncio bisect collections contextlib copy csv dataclasses datetime enum functools gc getpass glob ' +
    'gzip hashlib heapq importlib inspect io itertools json logging math multiprocessing operator os pathlib pickle ' +
    'platform pprint queue random re shutil signal socket string subprocess sys tempfile textwrap threading time ' +
    'traceback types typing unittest uuid warnings weakref zipfile'
  ).split(' '),
);

function addImport(library: string, { module }: PythonAnalysis, edits: EditList): void {
  const statements = module.root.children;
  const ofLibrary = module.imports.find(
    ({ path, statement }) => path.split('.')[0] === library && statement.parent === module.root,
  );
  const last = lastOfFirstImports(statements);
  if (ofLibrary) {
    edits.insertBefore(ofLibrary.statement, [`import ${library}`]);
  } else if (STANDARD_LIBRARY.has(library) && last) {
    addStandardImport(library, module, edits);
  } else if (last) {
    edits.insertAfter(last, [`import ${library}`]);
  } else {
    const first = statements.find(({ type }) => type !== 'comment');
    if (first) {
      edits.insertBefore(first, [`import ${library}`]);
    }
  }
}

/** Modules of Python itself come first, apart from what is installed. */
function addStandardImport(library: string, { root, imports }: PythonAnalysis['module'], edits: EditList): void {
  const statements = root.children.filter(({ type }) => type !== 'future_import_statement');
  const isStandard = (statement: SyntaxNode) =>
    imports.some(
      (binding) => binding.statement === statement && STANDARD_LIBRARY.has(binding.path.split('.')[0] as string),
    );
  const ofItsKind = statements.find((statement) => statement.type === 'import_statement' && isStandard(statement));
  const first = statements.find(({ type }) => IMPORTS.has(type));
  if (ofItsKind) {
    edits.insertBefore(ofItsKind, [`import ${library}`]);
  } else if (first) {
    edits.insertBefore(first, isStandard(first) ? [`import ${library}`] : [`import ${library}`, '']);
  }
}

const IMPORTS = new Set(['import_statement', 'import_from_statement', 'future_import_statement']);

/** The last statement of the block of imports that the file begins with. */
export function lastOfFirstImports(statements: readonly SyntaxNode[]): SyntaxNode | undefined {
  const first = statements.findIndex(({ type }) => IMPORTS.has(type));
  const behind = statements.slice(Math.max(first, 0));
  const end = behind.findIndex(({ type }) => !IMPORTS.has(type) && type !== 'comment');
  return first < 0 ? undefined : behind.slice(0, end < 0 ? undefined : end).findLast(({ type }) => IMPORTS.has(type));
}
