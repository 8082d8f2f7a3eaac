import { walk, type SyntaxNode } from '../syntax/syntaxNode.js';
import { readCall, textOf, type Call } from './expressions.js';
import { isOptimizerCall, type ObjectKind, type ObjectTable } from './objects.js';
import type { Assignment, PythonFunction, PythonModule } from './pythonModule.js';

/** Where an optimizer or a scheduler comes into being. */
export interface Construction {
  readonly assignment: Assignment;
  readonly call: Call;
  /** The class when the call names one ("AdamW"); null for `create_optimizer(…)` and the like. */
  readonly className: string | null;
  /** Every place that may build it: branches choose between them. */
  readonly all: readonly Assignment[];
}

/**
 * Finds the construction that a name stands for at a place: in its own scope first, then anywhere in the file under the
 * same name, because optimizers are mostly built in one function and handed to another.
 */
export function construction(
  target: string,
  owner: PythonFunction,
  kind: ObjectKind,
  module: PythonModule,
  objects: ObjectTable,
): Construction | null {
  const visible = built(objects.visibleAssignments(target, owner), module);
  const candidates = visible.length > 0 ? visible : built(objects.assignmentsLike(target), module);
  const known = constructions.get(candidates) ?? new Map<ObjectKind, Construction | null>();
  constructions.set(candidates, known);
  const before = known.get(kind);
  const found = before === undefined ? joined(candidates, kind, module, objects) : before;
  known.set(kind, found);
  return found;
}

/** What was worked out before: many loops step the same optimizer. */
const constructions = new WeakMap<readonly Built[], Map<ObjectKind, Construction | null>>();

interface Built {
  readonly assignment: Assignment;
  readonly call: Call;
}

function joined(
  candidates: readonly Built[],
  kind: ObjectKind,
  module: PythonModule,
  objects: ObjectTable,
): Construction | null {
  const named = candidates.filter(({ assignment }) => objects.kindOf(assignment.target) === kind);
  const made = named.filter((one) => !handsOn(one, module));
  const fitting = made.length > 0 ? made : named;
  const [first] = fitting;
  if (!first) {
    return null;
  }
  // Of several results of one call none is of the class that the call names.
  const classes = new Set(
    fitting.map(({ call, assignment }) => (assignment.index === null ? classOf(call, kind) : null)),
  );
  const [className] = classes;
  return {
    ...first,
    className: classes.size === 1 ? (className ?? null) : null,
    all: fitting.map(({ assignment }) => assignment),
  };
}

/**
 * `data, model, optimizer = load_objects()`, where that function of this file has built it, and
 * `model, optimizer = load_checkpoint(path, model, optimizer)`.
 */
function handsOn({ assignment, call }: Built, module: PythonModule): boolean {
  const given = [...call.positional, ...call.keywords.values()];
  return (
    assignment.index !== null &&
    (module.functions.some(({ name }) => name === call.callee) ||
      given.some((node) => textOf(module.text, node) === assignment.target))
  );
}

/** Calls that hand back what went in, ready for several devices, don't build anything. */
const WRAPPERS = new Set(['prepare', 'setup', 'setup_optimizers', 'prepare_optimizer', 'initialize', 'compile']);

/** The calls of assignments, by the list of these. */
const builtBy = new WeakMap<readonly Assignment[], readonly Built[]>();

function built(assignments: readonly Assignment[], module: PythonModule): readonly Built[] {
  const known = builtBy.get(assignments);
  if (known) {
    return known;
  }
  const found = assignments.flatMap((assignment) => {
    const call = readCall(module.text, assignment.value);
    return call && !WRAPPERS.has(call.name) ? [{ assignment, call }] : [];
  });
  builtBy.set(assignments, found);
  return found;
}

/** Schedules are built by functions, too: `get_linear_schedule_with_warmup(…)`. */
function classOf({ name }: Call, kind: ObjectKind): string | null {
  return /^[A-Z]/.test(name) || (kind === 'scheduler' && name.startsWith('get_')) ? name : null;
}

/** The class of an optimizer, also where a function of this file builds it, whose returns all show the same one. */
export function optimizerClass({ className, call, assignment }: Construction, module: PythonModule): string | null {
  const [maker, ...others] =
    className === null && assignment.index === null ? module.functions.filter(({ name }) => name === call.name) : [];
  if (!maker || others.length > 0) {
    return className;
  }
  const made = [...walk(maker.node)]
    .filter((node) => node.type === 'return_statement' && module.ownerOf(node) === maker)
    .map(({ children: [value] }) => value && returnedCall(value, maker, module));
  const [first] = made;
  const same = made.every((each) => each && isOptimizerCall(each) && each.name === first?.name);
  return same && first && /^[A-Z]/.test(first.name) ? first.name : null;
}

/** `return AdamW(…)`, and `return optimizer` where that is assigned once. */
function returnedCall(value: SyntaxNode, maker: PythonFunction, module: PythonModule): Call | null {
  const name = value.type === 'identifier' ? textOf(module.text, value) : null;
  const assigned = module.assignments.filter(({ target, owner }) => target === name && owner === maker);
  const only = assigned.length === 1 ? assigned[0]?.value : undefined;
  return readCall(module.text, only ?? value);
}
