import { readCall } from '../../loops/python/expressions.js';
import { construction } from '../../loops/python/optimizers.js';
import type { Assignment } from '../../loops/python/pythonModule.js';
import type { TrainingEvent } from '../../loops/python/trainingEvents.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { contains, enclosing, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused } from './editList.js';

/** `self.optimizers()` of Lightning hands out what there is. */
const GETTER = 'optimizers';

const LOOP = new Set(['for_statement', 'while_statement']);

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
