import { readCall, type Call } from './expressions.js';
import type { ObjectKind, ObjectTable } from './objects.js';
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
  const found = before === undefined ? joined(candidates, kind, objects) : before;
  known.set(kind, found);
  return found;
}

/** What was worked out before: many loops step the same optimizer. */
const constructions = new WeakMap<readonly Built[], Map<ObjectKind, Construction | null>>();

interface Built {
  readonly assignment: Assignment;
  readonly call: Call;
}

function joined(candidates: readonly Built[], kind: ObjectKind, objects: ObjectTable): Construction | null {
  const fitting = candidates.filter(({ assignment }) => objects.kindOf(assignment.target) === kind);
  const [first] = fitting;
  if (!first) {
    return null;
  }
  // Of several results of one call none is of the class that the call names.
  const classes = new Set(fitting.map(({ call, assignment }) => (assignment.index === null ? classOf(call) : null)));
  const [className] = classes;
  return {
    ...first,
    className: classes.size === 1 ? (className ?? null) : null,
    all: fitting.map(({ assignment }) => assignment),
  };
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

function classOf(call: Call): string | null {
  return /^[A-Z]/.test(call.name) || call.name.startsWith('get_') ? call.name : null;
}
