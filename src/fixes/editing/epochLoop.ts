import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { readCall, textOf } from '../../loops/python/expressions.js';
import type { PythonFunction } from '../../loops/python/pythonModule.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import { childOf, enclosing, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { FOR, LOOP } from '../../loops/python/loopStatements.js';

/** The loop over epochs around a loop over batches. */
export interface EpochLoop {
  readonly node: SyntaxNode;
  readonly body: SyntaxNode;
  readonly owner: PythonFunction;
  /** What counts the epochs; null where it is no single name. */
  readonly variable: string | null;
}

/** The `for` around the loop of the unit, or the one that calls the function in which it stands. */
export function epochLoopOf(unit: TrainingUnit, { module, units }: PythonAnalysis): EpochLoop | null {
  const around = enclosing(unit.loop.parent, FOR);
  const calls = around ? [] : units.callsOf(unit.owner);
  const node = around ?? (calls.length === 1 && calls[0] ? enclosing(calls[0].node, FOR) : null);
  const body = node && childOf(node, 'body');
  if (!node || !body) {
    return null;
  }
  const left = childOf(node, 'left');
  const variable = left?.type === 'identifier' ? textOf(module.text, left) : null;
  return { node, body, owner: module.ownerOf(node), variable };
}

/** What counts the rounds of a loop that no other loop is around, from zero; null where nothing does. */
export function roundCounter(
  { loop }: TrainingUnit,
  { module }: PythonAnalysis,
): { readonly variable: string; readonly body: SyntaxNode } | null {
  const [left, right, body] = [childOf(loop, 'left'), childOf(loop, 'right'), childOf(loop, 'body')];
  const call = right && readCall(module.text, right);
  const counts = call && call.positional.length === 1 && call.keywords.size === 0 ? call.callee : null;
  const isCounted = counts === 'range' || counts === 'trange' || counts === 'enumerate';
  const variable = counts === 'enumerate' ? left?.children[0] : left;
  return loop.type === 'for_statement' &&
    isCounted &&
    body &&
    variable?.type === 'identifier' &&
    !enclosing(loop.parent, LOOP)
    ? { variable: textOf(module.text, variable), body }
    : null;
}

/** First statement of a block that is no comment. */
export function firstStatement(body: SyntaxNode): SyntaxNode | undefined {
  return body.children.find(({ type }) => type !== 'comment');
}
