import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { dottedName, lastPart, readCall, textOf } from '../../loops/python/expressions.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import { childOf, enclosing, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, indentUnit, type EditList } from '../editing/editList.js';
import { checkUnused } from '../editing/helperFunction.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { FOR } from '../../loops/python/loopStatements.js';

const INDEX = 'batch_index';

/** What accumulation changes for the rest of the run. */
export const FEWER_STEPS =
  'There are fewer steps now: adapt the number of warmup steps, and scale the learning rate with the batch.';

/** What belongs to a step and happens once in several batches. */
const OF_STEP = new Set(['step', 'clip', 'unscale', 'scaler-update', 'zero-grad', 'schedule']);

/** One backward pass and one step in the very body of a `for`: the step goes under a condition. */
export function accumulateInUnit(
  unit: TrainingUnit,
  batches: number,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  if (analysis.module.imports.some(({ path }) => path.split('.')[0] === 'horovod')) {
    return refused(
      'Horovod adds gradients up between the ranks itself: give its DistributedOptimizer backward_passes_per_step.',
    );
  }
  const [step, ...moreSteps] = unit.steps;
  const [backward, ...moreBackwards] = unit.backwards;
  const body = unit.region.type === 'for_statement' ? childOf(unit.region, 'body') : undefined;
  if (!step || !backward || !body || moreSteps.length + moreBackwards.length > 0) {
    return refused(
      'The loop has more than one backward pass or step: which of them wait for others has to be decided by hand.',
    );
  }
  const routes = [step.event.route, backward.event.route];
  if (routes.some((route) => route !== 'plain' && route !== 'scaler')) {
    return refused(
      'The library accumulates by itself: see its own setting (gradient_accumulation_steps and the like).',
    );
  }
  const inBody = unit.events
    .filter(({ event }) => OF_STEP.has(event.kind))
    .map(({ event }) => ({ kind: event.kind, statement: event.statement, end: event.node.end }));
  if ([step.event, backward.event, ...inBody].some(({ statement }) => statement.parent !== body)) {
    return refused('Parts of the step stand in another function or under a condition of their own.');
  }
  const isBefore = ({ statement }: { statement: SyntaxNode }) => statement.start < backward.event.statement.start;
  const clearing = inBody.filter((event) => isBefore(event));
  const stepping = inBody.filter((event) => !isBefore(event));
  if (clearing.some(({ kind }) => kind !== 'zero-grad')) {
    return refused('The step comes before the backward pass.');
  }
  if (repeatsOneBatch(unit.region, body, analysis)) {
    return refused(
      'The rounds of this loop all work on the batch of the loop around it: there are none to put together.',
    );
  }
  const index = indexOf(unit.region, analysis, edits);
  divideLoss(backward.event.node, batches, analysis, edits);
  for (const { statement } of clearing) {
    putUnder(`if ${index} % ${batches} == 0:`, [statement], analysis, edits);
  }
  const statements = stepping.map(({ statement }) => statement);
  const first = Math.min(...statements.map(({ start }) => start));
  const last = Math.max(...statements.map(({ end }) => end));
  const block = body.children.filter(({ start, end }) => first <= start && end <= last);
  putUnder(`if (${index} + 1) % ${batches} == 0:`, block, analysis, edits);
  return {
    kind: 'edited',
    notes: [FEWER_STEPS, 'Batches at the end of an epoch that are too few for a step make none.'],
  };
}

/** `for x, y in loader: for _ in range(repeats): …`, where nothing of a round tells it from the next. */
function repeatsOneBatch(loop: SyntaxNode, body: SyntaxNode, { module: { text } }: PythonAnalysis): boolean {
  const outer = enclosing(loop.parent, FOR);
  const names = (node: SyntaxNode | undefined) =>
    new Set(
      [...(node ? walk(node) : [])].filter(({ type }) => type === 'identifier').map((part) => textOf(text, part)),
    );
  const used = names(body);
  const isUsed = (target: SyntaxNode | undefined) => [...names(target)].some((name) => used.has(name));
  const counts = readCall(text, childOf(loop, 'right') ?? loop)?.callee === 'range';
  const batches = outer && childOf(outer, 'right');
  const counted = batches && /^t?range$/.test(readCall(text, batches)?.callee ?? '');
  return counts && !isUsed(childOf(loop, 'left')) && !!outer && !counted && isUsed(childOf(outer, 'left'));
}

/** What counts the batches; written into the loop where nothing does. */
function indexOf(loop: SyntaxNode, analysis: PythonAnalysis, edits: EditList): string {
  const { module } = analysis;
  const left = childOf(loop, 'left');
  const right = childOf(loop, 'right');
  const call = right && readCall(module.text, right);
  if (!left || !right) {
    throw new EditRefused('What the loop goes over can not be read.');
  }
  if (call?.callee === 'range' && left.type === 'identifier' && call.positional.length === 1) {
    if (textOf(module.text, left) !== '_') {
      return textOf(module.text, left);
    }
    checkUnused(INDEX, analysis);
    edits.replace(left, INDEX);
    return INDEX;
  }
  const inner = call?.callee === 'tqdm' && call.positional[0] ? readCall(module.text, call.positional[0]) : call;
  if (inner?.callee === 'enumerate') {
    const [counter] = left.children;
    if (inner.positional.length !== 1 || inner.keywords.size > 0 || counter?.type !== 'identifier') {
      throw new EditRefused('The batches are not counted from zero.');
    }
    return textOf(module.text, counter);
  }
  checkUnused(INDEX, analysis);
  const target = textOf(module.text, left);
  edits.replace(left, `${INDEX}, ${left.type === 'pattern_list' ? `(${target})` : target}`);
  edits.replace(right, `enumerate(${textOf(module.text, right)})`);
  return INDEX;
}

/** `loss.backward()` → `(loss / n).backward()`; `torch.autograd.backward(loss)` → `…backward(loss / n)`; `scaler.scale(loss).backward()` → `scaler.scale(loss / n).backward()`. */
function divideLoss(node: SyntaxNode, batches: number, { module }: PythonAnalysis, edits: EditList): void {
  const call = readCall(module.text, node);
  const isFunction = lastPart(dottedName(module.text, call?.receiver ?? node) ?? '') === 'autograd';
  const receiver = isFunction ? call?.positional[0] : call?.receiver;
  const scale = receiver && readCall(module.text, receiver);
  const loss = scale?.name === 'scale' ? scale.positional[0] : receiver;
  if (!loss || /^(list|tuple)/.test(loss.type)) {
    throw new EditRefused('The loss of the backward pass can not be read.');
  }
  const written = textOf(module.text, loss);
  const simple = ['identifier', 'attribute', 'call', 'subscript', 'parenthesized_expression'].includes(loss.type);
  const divided = `${simple ? written : `(${written})`} / ${batches}`;
  edits.replace(loss, isFunction || scale?.name === 'scale' ? divided : `(${divided})`);
}

/** Puts whole lines under a condition, one level deeper. */
function putUnder(
  condition: string,
  statements: readonly SyntaxNode[],
  analysis: PythonAnalysis,
  edits: EditList,
): void {
  const { lines, root } = analysis;
  const [first] = statements;
  const last = statements.at(-1);
  if (!first || !last) {
    return;
  }
  const from = lines.lineAt(first.start);
  const to = lines.lineAt(last.end);
  const startsLine = lines.text.slice(lines.lineStart(from), first.start).trim() === '';
  const behind = lines.text.slice(last.end, lines.lineEnd(to)).trim();
  const text = lines.text.slice(first.start, last.end);
  if (!startsLine || !(behind === '' || behind.startsWith('#')) || /"""|'''/.test(text)) {
    throw new EditRefused(`Line ${from + 1} holds several statements; put the step on lines of its own first.`);
  }
  const indent = indentUnit(root, lines);
  edits.insert(first.start, `${condition}${lines.lineBreak(from)}${lines.indentation(from)}${indent}`);
  for (let line = from + 1; line <= to; line += 1) {
    if (lines.lineEnd(line) > lines.lineStart(line)) {
      edits.insert(lines.lineStart(line), indent);
    }
  }
}
