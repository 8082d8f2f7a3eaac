import { dottedName, numberValue, readCall, textOf } from '../../loops/python/expressions.js';
import type { PythonFunction } from '../../loops/python/pythonModule.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, contains, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, type EditList } from './editList.js';
import { isVisible } from './visibleNames.js';

/** One of the losses that a loop adds up. */
export interface LossTerm {
  readonly code: string;
  /** It is multiplied by something: a weight of its own. */
  readonly weighted: boolean;
}

/** The sum of losses that a loop trains by, and the statement that goes backward from it. */
export interface LossSum {
  /** The expression that adds them up. */
  readonly value: SyntaxNode;
  readonly statement: SyntaxNode;
  /** The losses one by one; null where they are in a list that is put together elsewhere. */
  readonly terms: readonly LossTerm[] | null;
  /** All of them as one list. */
  readonly list: string;
  readonly backward: SyntaxNode;
  readonly owner: PythonFunction;
  /** The optimizer by a name that the place knows. */
  readonly optimizer: string;
}

/** Name of the list that an edit makes of the losses. */
export const TASK_LOSSES = 'task_losses';

/**
 * The losses whose sum a loop of plain PyTorch goes backward from.
 * @throws EditRefused where they can't be told apart, or where something between them and the gradients is in the way
 */
export function lossSum(unit: TrainingUnit, analysis: PythonAnalysis): LossSum {
  const { module, units } = analysis;
  if (unit.steps.some(({ event }) => event.route === 'two-step')) {
    throw new EditRefused(
      'The optimizer takes two gradients for each step: the term has to go into both losses by hand.',
    );
  }
  const [backward, ...more] = unit.backwards;
  const targets = new Set(unit.steps.map(({ event }) => event.target));
  const [optimizer] = targets;
  if (!backward || more.length > 0 || targets.size !== 1 || !optimizer) {
    throw new EditRefused(
      'There are several backward passes or optimizers: which losses belong together is to be decided by hand.',
    );
  }
  if ([...unit.backwards, ...unit.steps].some(({ event }) => event.route !== 'plain')) {
    throw new EditRefused('The backward pass goes through a library or a loss scale, which has to see one loss.');
  }
  if (
    module.calls.some(({ name }) =>
      /^(DistributedDataParallel|DDP|FSDP|FullyShardedDataParallel|fully_shard)$/.test(name),
    )
  ) {
    throw new EditRefused('Gradients are averaged over the ranks in the one backward pass that there is.');
  }
  const { node, statement, owner } = backward.event;
  const call = readCall(module.text, node);
  const name = call?.receiver && dottedName(module.text, call.receiver);
  const alone = statement.type === 'expression_statement' && statement.children[0] === node;
  if (!call || !name || !alone || call.positional.length + call.keywords.size > 0) {
    throw new EditRefused('The backward pass is not of one loss with a name.');
  }
  if (!isVisible(optimizer, owner, analysis)) {
    throw new EditRefused(`${optimizer} is not known where the backward pass is.`);
  }
  const assigned = units.objects
    .assignmentsOf(name)
    .filter((one) => one.owner === owner && contains(unit.region, one.statement) && one.statement.start < node.start);
  const changed = module.assignmentNodes.some((one) => {
    const left = one.type === 'augmented_assignment' ? childOf(one, 'left') : undefined;
    return left !== undefined && contains(unit.region, one) && dottedName(module.text, left) === name;
  });
  const [only] = assigned;
  if (!only || assigned.length > 1 || only.index !== null || changed) {
    throw new EditRefused(`${name} is put together in several places: write it as one sum first.`);
  }
  const parts = partsOf(only.value, module.text);
  return { ...parts, value: only.value, statement: only.statement, backward: statement, owner, optimizer };
}

function partsOf(value: SyntaxNode, text: string): Pick<LossSum, 'terms' | 'list'> {
  const call = readCall(text, value);
  if (call?.callee === 'sum' && call.positional.length === 1 && call.positional[0]) {
    const [inner] = call.positional;
    const written = textOf(text, inner);
    return { terms: null, list: inner.type === 'generator_expression' ? `list${written}` : `list(${written})` };
  }
  const terms = termsOf(value, text);
  if (terms.length < 2) {
    throw new EditRefused('The loss is not a sum of losses in this loop.');
  }
  return { terms, list: `[${terms.map(({ code }) => code).join(', ')}]` };
}

/** `a + w * b - c`, and `(a + b) / n`. */
function termsOf(node: SyntaxNode, text: string): readonly LossTerm[] {
  const inner =
    node.type === 'parenthesized_expression' ? node.children.find(({ type }) => type !== 'comment') : undefined;
  if (inner) {
    return termsOf(inner, text);
  }
  const [left, right] = [childOf(node, 'left'), childOf(node, 'right')];
  const sign = left && right ? text.slice(left.end, right.start).replaceAll(/[()\s]/g, '') : '';
  if (node.type === 'binary_operator' && left && right && (sign === '+' || sign === '-')) {
    const taken = termsOf(right, text);
    return [
      ...termsOf(left, text),
      ...(sign === '+' ? taken : taken.map(({ code, weighted }) => ({ code: `-${code}`, weighted }))),
    ];
  }
  if (node.type === 'binary_operator' && left && right && (sign === '*' || sign === '/')) {
    const sum = [left, right].find((side) => side.type === 'parenthesized_expression');
    const other = sum === left ? right : left;
    const inside = sum && (sign === '*' || sum === left) ? termsOf(sum, text) : [];
    if (inside.length > 1) {
      return inside.map(({ code, weighted }) => ({ code: `${code} ${sign} ${textOf(text, other)}`, weighted }));
    }
    return [{ code: textOf(text, node), weighted: true }];
  }
  return numberValue(text, node) === null ? [{ code: textOf(text, node), weighted: false }] : [];
}

/** Gives the losses a name of their own, and takes their gradients by a helper instead of from their sum. */
export function replaceBackward(
  sum: LossSum,
  list: string,
  call: string,
  analysis: PythonAnalysis,
  edits: EditList,
): void {
  const { module } = analysis;
  if (module.assignments.some(({ target }) => target === TASK_LOSSES)) {
    throw new EditRefused(`The name ${TASK_LOSSES} is already used in this file.`);
  }
  if (list.includes('\n') || list.includes('#')) {
    throw new EditRefused('The losses stand on several lines: give them names first.');
  }
  edits.insertBefore(sum.statement, [`${TASK_LOSSES} = ${list}`]);
  edits.replace(sum.value, `sum(${TASK_LOSSES})`);
  edits.replace(sum.backward, call);
}
