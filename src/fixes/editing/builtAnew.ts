import { construction } from '../../loops/python/optimizers.js';
import type { TrainingEvent } from '../../loops/python/trainingEvents.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { contains, enclosing, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused } from './editList.js';

const LOOP = new Set(['for_statement', 'while_statement']);

/**
 * Refuses where every round of a loop builds the optimizer that it steps: nothing can go on from step to step then.
 * @param around the loop that is meant; the one nearest to the step when it is omitted.
 */
export function refuseBuiltAnew(
  { target, owner, statement }: TrainingEvent,
  { module, units }: PythonAnalysis,
  around: SyntaxNode | null = enclosing(statement, LOOP),
): void {
  const built = target === null ? null : construction(target, owner, 'optimizer', module, units.objects);
  const loop = around && contains(owner.node, around) ? around : null;
  if (loop && built?.all.some((assignment) => contains(loop, assignment.statement))) {
    throw new EditRefused(
      `${target} is built anew in every round of the loop, so that nothing goes on from step to step.`,
    );
  }
}
