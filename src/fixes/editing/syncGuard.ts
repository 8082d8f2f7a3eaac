import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { textOf } from '../../loops/python/expressions.js';
import type { TrainingEvent } from '../../loops/python/trainingEvents.js';
import type { SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { indentUnit } from './editList.js';

/**
 * Code for an Accelerate loop that may run only where gradients are complete: under `if accelerator.sync_gradients:`,
 * unless the step already is.
 */
export function whereGradientsSync(
  code: readonly string[],
  accelerator: string,
  step: TrainingEvent,
  analysis: PythonAnalysis,
): readonly string[] {
  if (isUnderSync(step, analysis)) {
    return code;
  }
  const indent = indentUnit(analysis.root, analysis.lines);
  return [`if ${accelerator}.sync_gradients:`, ...code.map((line) => indent + line)];
}

function isUnderSync(step: TrainingEvent, { module }: PythonAnalysis): boolean {
  for (let at: SyntaxNode | null = step.node; at && at !== step.owner.node; at = at.parent) {
    const condition = at.type === 'if_statement' ? at.children.find(({ field }) => field === 'condition') : undefined;
    if (condition && textOf(module.text, condition).includes('sync_gradients')) {
      return true;
    }
  }
  return false;
}
