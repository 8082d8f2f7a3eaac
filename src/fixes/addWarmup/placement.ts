import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import type { Assignment, PythonFunction } from '../../loops/python/pythonModule.js';
import type { TrainingEvent } from '../../loops/python/trainingEvents.js';
import { childOf, contains, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { refuseBuiltAnew, refuseShortRuns } from '../editing/builtAnew.js';
import { EditRefused, type EditList } from '../editing/editList.js';

/** Where something for an optimizer can be built so that the place of the step can use it. */
export interface Placement {
  /** Build it behind this statement. */
  readonly behind: SyntaxNode;
  readonly scope: PythonFunction;
  /** The optimizer's name there. */
  readonly optimizer: string;
  /** The function to which what is built has to be handed; as an optional one where others are. */
  readonly handTo: { readonly function: PythonFunction; readonly optional: boolean } | null;
}

export function placementFor(step: TrainingEvent, analysis: PythonAnalysis): Placement {
  const target = step.target;
  if (target === null) {
    throw new EditRefused('Which optimizer steps is worked out while the program runs.');
  }
  refuseBuiltAnew(step, analysis);
  refuseShortRuns(step, analysis);
  const visible = analysis.units.objects
    .visibleAssignments(target, step.owner)
    .filter(({ value }) => value.type !== 'none');
  const [first] = visible;
  if (first) {
    if (target.includes('[') || (target.includes('.') && !target.startsWith('self.'))) {
      throw new EditRefused(`${target} is an attribute of another object; add the warmup where that object is built.`);
    }
    return { behind: lastOf(reaching(visible, step)), scope: first.owner, optimizer: target, handTo: null };
  }
  return fromCaller(target, step, analysis);
}

/** The optimizer is a parameter: what is built for it has to come the same way. */
function fromCaller(target: string, step: TrainingEvent, analysis: PythonAnalysis): Placement {
  const { module, units } = analysis;
  const calls = units.callsOf(step.owner);
  const callers = new Set(calls.map(({ owner }) => owner));
  const [caller] = callers;
  const isParameter = step.owner.parameters.some(({ name }) => name === target);
  const built = caller ? units.objects.visibleAssignments(target, caller) : [];
  const [first] = built;
  const handsOn = calls.every(({ positional, keywords, spread }) => {
    const texts = [...positional, ...keywords.values()].map((node) => module.text.slice(node.start, node.end));
    return !spread && texts.includes(target);
  });
  if (!isParameter || !caller || callers.size !== 1 || !first || !handsOn) {
    throw new EditRefused(
      `${target} is built in another place than where it steps; add the scheduler by hand and pass it along.`,
    );
  }
  const starred = parameterNodes(step.owner).length !== step.owner.parameters.length || step.owner.className !== null;
  if (starred || parameterNodes(step.owner).some(({ type }) => type.includes('splat') || type.includes('separator'))) {
    throw new EditRefused(
      `${step.owner.name}() would have to take the scheduler, but its parameters leave no plain place for it.`,
    );
  }
  const optional = step.owner.parameters.some(({ plain }) => !plain);
  return { behind: lastOf(built), scope: first.owner, optimizer: target, handTo: { function: step.owner, optional } };
}

function parameterNodes({ node }: PythonFunction): readonly SyntaxNode[] {
  return (childOf(node, 'parameters')?.children ?? []).filter(({ type }) => type !== 'comment');
}

/** Adds a parameter to the function and an argument to each of its calls. */
export function handOver(
  name: string,
  to: NonNullable<Placement['handTo']>,
  { units }: PythonAnalysis,
  edits: EditList,
): void {
  const last = parameterNodes(to.function).at(-1);
  if (last) {
    edits.insert(last.end, to.optional ? `, ${name}=None` : `, ${name}`);
  }
  for (const call of units.callsOf(to.function)) {
    const node = childOf(call.node, 'arguments')?.children.findLast(({ type }) => type !== 'comment');
    if (node) {
      edits.insert(node.end, to.optional || call.keywords.size > 0 ? `, ${name}=${name}` : `, ${name}`);
    }
  }
}

/** The assignments that the step can see: from the last one that it can't get around on. */
function reaching(assignments: readonly Assignment[], step: TrainingEvent): readonly Assignment[] {
  const before = assignments.filter(
    ({ owner, statement }) => owner !== step.owner || statement.start < step.node.start,
  );
  const unavoidable = before.findLastIndex(
    ({ owner, statement }) =>
      owner === step.owner && statement.parent !== null && contains(statement.parent, step.node),
  );
  return before.length === 0 ? assignments : before.slice(Math.max(unavoidable, 0));
}

/** The statement behind which all of the assignments have run, whichever of them did. */
function lastOf(assignments: readonly Assignment[]): SyntaxNode {
  const statements = assignments.map(({ statement }) => statement);
  let last = statements.reduce((latest, statement) => (statement.start > latest.start ? statement : latest));
  while (last.parent && !statements.every((statement) => contains(last.parent as SyntaxNode, statement))) {
    last = last.parent;
  }
  // A block is no statement: behind its owner, unless it holds them all itself.
  while (last.type === 'block' || last.type.endsWith('_clause')) {
    last = last.parent as SyntaxNode;
  }
  return last;
}
