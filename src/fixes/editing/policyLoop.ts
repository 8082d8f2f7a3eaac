import { dottedName, lastPart, textOf } from '../../loops/python/expressions.js';
import type { Assignment, PythonFunction } from '../../loops/python/pythonModule.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';

/** `advantages = (rewards - mean) / (std + eps)` in a loop that is written out. */
export interface NormalisedAdvantage {
  readonly assignment: Assignment;
  /** What is normalised: "rewards", "advantages". */
  readonly value: SyntaxNode;
  /** The standard deviation without what is added to it. */
  readonly deviation: SyntaxNode;
}

/** Every place of the file that subtracts a mean and divides by a standard deviation. */
export function normalisedAdvantages({ module }: PythonAnalysis): readonly NormalisedAdvantage[] {
  return module.assignments.flatMap((assignment): NormalisedAdvantage[] => {
    const { value, target, index } = assignment;
    if (index !== null || !/adv|return|reward/i.test(lastPart(target)) || value.type !== 'binary_operator') {
      return [];
    }
    const above = inside(childOf(value, 'left'));
    const below = inside(childOf(value, 'right'));
    const subject = above && childOf(above, 'left');
    const divides =
      operatorOf(value, module.text) === '/' && above !== undefined && operatorOf(above, module.text) === '-';
    if (!divides || !subject || !below) {
      return [];
    }
    const deviation =
      below.type === 'binary_operator' && operatorOf(below, module.text) === '+'
        ? inside(childOf(below, 'left'))
        : below;
    return deviation && /std|sigma/i.test(textOf(module.text, deviation))
      ? [{ assignment, value: subject, deviation }]
      : [];
  });
}

function inside(node: SyntaxNode | undefined): SyntaxNode | undefined {
  const inner = node?.type === 'parenthesized_expression' ? node.children.find(({ type }) => type !== 'comment') : node;
  return inner;
}

function operatorOf(node: SyntaxNode, text: string): string {
  const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
  return left && right ? text.slice(left.end, right.start).replaceAll(/[()\s\\]/g, '') : '';
}

/** A name of the scope that fits, as it is written there: a variable, a parameter, or an item of a batch. */
export function nameLike(pattern: RegExp, scope: PythonFunction, { module }: PythonAnalysis): string | null {
  const assigned = module.assignments.filter(({ owner }) => owner === scope).map(({ target }) => target);
  const parameters = scope.parameters.map(({ name }) => name);
  const whole = [...assigned, ...parameters].find((name) => pattern.test(lastPart(name)));
  if (whole !== undefined) {
    return whole;
  }
  for (const node of walk(scope.node)) {
    const isMember = node.type === 'attribute' || node.type === 'subscript';
    const written = isMember ? textOf(module.text, node) : '';
    const key = /(?:\.|\[["'])(\w+)(?:["']\])?$/.exec(written)?.[1];
    if (
      key !== undefined &&
      pattern.test(key) &&
      (node.type === 'subscript' || dottedName(module.text, node) !== null)
    ) {
      return written;
    }
  }
  return null;
}
