import { readCall, textOf } from '../../loops/python/expressions.js';
import { construction } from '../../loops/python/optimizers.js';
import type { Assignment, PythonFunction } from '../../loops/python/pythonModule.js';
import type { TrainingEvent } from '../../loops/python/trainingEvents.js';
import type { UnitFinder } from '../../loops/python/trainingUnits.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { contains, enclosing, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused } from './editList.js';
import { LOOP } from '../../loops/python/loopStatements.js';

/** `self.optimizers()` of Lightning hands out what there is. */
const GETTER = 'optimizers';

/** Calls of calls are followed so far. */
const LONGEST_WAY = 3;

/**
 * Refuses where every round of a loop, or every call of the function that makes one step, builds the optimizer anew:
 * nothing can go on from step to step then.
 * @param around the loop that is meant; the one nearest to the step when it is omitted.
 */
export function refuseBuiltAnew(
  { target, owner, statement }: TrainingEvent,
  { module, units }: PythonAnalysis,
  around: SyntaxNode | null = enclosing(statement, LOOP),
): void {
  const built = target === null ? null : construction(target, owner, 'optimizer', module, units.objects);
  const loop = around && contains(owner.node, around) ? around : null;
  const repeated = loop ?? (owner === module.main ? null : owner.node);
  const makes = ({ value }: Assignment) => readCall(module.text, value)?.name !== GETTER;
  if (repeated && built?.all.some((assignment) => contains(repeated, assignment.statement) && makes(assignment))) {
    throw new EditRefused(
      `${target} is built anew in every ${loop ? 'round of the loop' : `call of ${owner.name}()`}, so that nothing goes on from step to step.`,
    );
  }
}

/**
 * Refuses where a function that a loop calls builds the optimizer for a model that outlives the call, as clients of
 * federated learning do: what takes some thousand steps would begin anew each time. Where the model is built with it,
 * every call is a run of its own.
 */
export function refuseShortRuns({ target, owner }: TrainingEvent, { module, units, lines }: PythonAnalysis): void {
  const built = target === null ? null : construction(target, owner, 'optimizer', module, units.objects);
  const scope = built?.assignment.owner;
  const moved = built?.call.keywords.get('params') ?? built?.call.positional[0];
  const isOwn = [...(moved ? walk(moved) : [])].some(
    (node) =>
      node.type === 'identifier' &&
      module.assignments.some((each) => each.owner === scope && each.target === textOf(module.text, node)),
  );
  const call = scope && !isOwn ? callInLoop(scope, units) : null;
  if (scope && call) {
    throw new EditRefused(
      `${scope.name}() builds ${target} anew each time that the loop on line ${lines.lineAt(call.start) + 1} calls it: the rate would begin to rise anew, too.`,
    );
  }
}

/** The loop that calls the function, by way of others, too. */
function callInLoop(called: PythonFunction, units: UnitFinder, depth = 0): SyntaxNode | null {
  for (const { node, owner } of depth < LONGEST_WAY ? units.callsOf(called) : []) {
    const loop = enclosing(node, LOOP) ?? callInLoop(owner, units, depth + 1);
    if (loop) {
      return loop;
    }
  }
  return null;
}
