import { dottedName, numberValue, readCall, stringValue, textOf, type Call } from '../../loops/python/expressions.js';
import type { LightningTraining } from '../../loops/python/lightningTraining.js';
import { isOptimizerCall } from '../../loops/python/objects.js';
import type { PythonFunction } from '../../loops/python/pythonModule.js';
import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { childOf, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, quoteOf, type EditList } from '../editing/editList.js';
import { freeName } from '../editing/freeName.js';
import { handSetRate } from '../editing/handSetRate.js';
import { nameFor } from '../editing/importedNames.js';
import { NEEDS_STATE, TOTAL, type Schedule } from '../editing/scheduleInUnit.js';
import { unscheduledReason } from '../editing/unscheduled.js';
import { refused, type LoopContext, type LoopOutcome } from '../loopFix.js';

/** Optimizer steps of the whole run, accumulation and ranks counted in; not a number where it has no end [1.6 and later]. */
const ALL_STEPS = 'self.trainer.estimated_stepping_batches';

/** What `configure_optimizers` returns: one optimizer, by name or built on the spot. */
interface Returned {
  readonly statement: SyntaxNode;
  /** The whole value, a list or a dictionary around the optimizer included. */
  readonly value: SyntaxNode;
  readonly optimizer: SyntaxNode;
  /** What holds it in a dictionary. */
  readonly pair: SyntaxNode | null;
}

/**
 * Gives the one optimizer that the module configures a schedule that Lightning steps after every optimizer step
 * [code lightning/pytorch/core/optimizer.py: "interval"].
 */
export function scheduleInModule(
  training: LightningTraining,
  schedule: Schedule,
  { analysis, edits }: LoopContext,
): LoopOutcome {
  const { module, lines } = analysis;
  const method = training.configureOptimizers;
  if (!training.classNode) {
    return refused('The module is in another file: make this fix there, in its configure_optimizers.');
  }
  if (!method) {
    return refused(
      `${training.className ?? 'The module'} takes configure_optimizers from its base class, in another file: make this fix there.`,
    );
  }
  const there = scheduleThere(training, schedule, analysis);
  if (there) {
    return there;
  }
  const unfit = training.optimizers.flatMap(({ className }) => unscheduledReason(className) ?? [])[0];
  if (unfit !== undefined) {
    return refused(unfit);
  }
  const hook = training.methods.get('lr_scheduler_step') ?? training.methods.get('lr_schedulers');
  if (hook) {
    return refused(
      `The module steps its schedules itself (${hook.name} on line ${lines.lineAt(hook.node.start) + 1}): put the schedule in there.`,
    );
  }
  const endless = training.trainers.find(({ keywords }) => runsForEver(keywords, module.text));
  if (endless && !schedule.endless) {
    return refused(
      `The run has no end (line ${lines.lineAt(endless.node.start) + 1}): a schedule over all of it needs max_epochs or max_steps.`,
    );
  }
  const returned = soleReturn(method, analysis);
  const optimizer = bindOptimizer(returned, method, analysis, edits);
  const taken = [schedule.name, TOTAL].find((name) => isBound(name, method, analysis));
  if (taken !== undefined) {
    throw new EditRefused(`The name ${taken} is already used in configure_optimizers.`);
  }
  const quote = quoteOf(module.text);
  const quoted = (word: string) => quote + word + quote;
  const className = nameFor(schedule.className, method, analysis, edits);
  const code = [
    ...(schedule.code.includes(TOTAL) ? [`${TOTAL} = ${ALL_STEPS}`] : []),
    `${schedule.name} = ${className}(${optimizer.name}, ${schedule.code})`,
  ];
  const schedulerOf = (word: typeof quoted) =>
    `${word('lr_scheduler')}: {${word('scheduler')}: ${schedule.name}, ${word('interval')}: ${word('step')}}`;
  const told = `{${quoted('optimizer')}: ${optimizer.name}, ${schedulerOf(quoted)}}`;
  if (optimizer.isNew) {
    edits.insertAfter(returned.statement, [...code, `return ${told}`]);
  } else {
    edits.insertBefore(returned.statement, code);
    if (returned.pair) {
      addBehind(returned.pair, schedulerOf, analysis, edits);
    } else {
      edits.replace(returned.value, told);
    }
  }
  return {
    kind: 'edited',
    notes: [...schedule.notes.filter((note) => note !== NEEDS_STATE), ...annotationNote(method, analysis)],
  };
}

/** A schedule that the module has already: the one that is wished for, or another that would fight with it. */
function scheduleThere(
  { schedulers }: LightningTraining,
  { isThere }: Schedule,
  analysis: PythonAnalysis,
): LoopOutcome | null {
  const { module, lines } = analysis;
  const byHand = handSetRate(analysis);
  const [first] = schedulers;
  if (first) {
    const line = lines.lineAt(first.node.start);
    const same = schedulers.some((call) =>
      isThere(module.assignmentOf(call.node)?.target ?? '', textOf(module.text, call.node)),
    );
    return same
      ? { kind: 'already-there', line }
      : refused(
          `configure_optimizers returns a schedule already (${first.name} on line ${line + 1}): put the two together there, by SequentialLR, with "interval": "step".`,
        );
  }
  return byHand
    ? refused(
        `The learning rate is set by hand on line ${lines.lineAt(byHand.node.start) + 1}: put the schedule in there.`,
      )
    : null;
}

/** @throws EditRefused where it can't be told what is returned, or where that is not one optimizer */
function soleReturn({ node }: PythonFunction, { module, lines }: PythonAnalysis): Returned {
  const inside = [
    ...walk(node, (part) => part === node || !/^(function_definition|lambda|class_definition)$/.test(part.type)),
  ];
  const returns = inside.filter(({ type }) => type === 'return_statement');
  const [statement, another] = returns;
  const value = statement?.children[0];
  if (!statement || !value || value.type === 'none') {
    throw new EditRefused('configure_optimizers returns no optimizer.');
  }
  const line = lines.lineAt(statement.start) + 1;
  if (another || statement.parent !== childOf(node, 'body')) {
    throw new EditRefused(
      `configure_optimizers may return in several ways (line ${line}${another ? ` and line ${lines.lineAt(another.start) + 1}` : ''}): give each of them the schedule by hand.`,
    );
  }
  const pair = value.type === 'dictionary' ? pairOf('optimizer', value, module.text) : null;
  const held = pair && childOf(pair, 'value');
  const other = pair && pairOf('lr_scheduler', value, module.text);
  const optimizer = other ? null : soleOptimizer(held ?? value);
  if (value.type === 'list' && value.children.length === 0) {
    throw new EditRefused('configure_optimizers returns no optimizer.');
  }
  if (!optimizer) {
    throw new EditRefused(
      `configure_optimizers returns more than one optimizer, or more than an optimizer (line ${line}): which of them the schedule is for has to be decided by hand.`,
    );
  }
  return { statement, value, optimizer, pair };
}

/** `key: …` in a dictionary that is written out. */
function pairOf(key: string, { children }: SyntaxNode, text: string): SyntaxNode | null {
  return children.find((pair) => pair.type === 'pair' && stringValue(text, childOf(pair, 'key')) === key) ?? null;
}

/** One more entry of the dictionary, quoted and laid out as the one before it. */
function addBehind(
  pair: SyntaxNode,
  entry: (quoted: (word: string) => string) => string,
  { module: { text }, lines }: PythonAnalysis,
  edits: EditList,
): void {
  const quote = text.charAt(childOf(pair, 'key')?.start ?? pair.start);
  const line = lines.lineAt(pair.start);
  const ownLine = text.slice(lines.lineStart(line), pair.start).trim() === '';
  const between = ownLine ? lines.lineBreak(line) + lines.indentation(line) : ' ';
  edits.insert(pair.end, `,${between}${entry((word) => quote + word + quote)}`);
}

/** The optimizer in `optimizer`, `[optimizer]` and `(optimizer,)`. */
function soleOptimizer(value: SyntaxNode): SyntaxNode | null {
  const items = value.children.filter(({ type }) => type !== 'comment');
  const [only] = items;
  switch (value.type) {
    case 'identifier':
    case 'attribute':
    case 'call':
      return value;
    case 'list':
    case 'tuple':
    case 'expression_list':
      return items.length === 1 && only ? soleOptimizer(only) : null;
    case 'parenthesized_expression':
      return only ? soleOptimizer(only) : null;
    default:
      return null;
  }
}

/** A name for what is returned; where it is built in the `return` itself, that becomes an assignment. */
function bindOptimizer(
  { statement, value, optimizer, pair }: Returned,
  method: PythonFunction,
  { module, units }: PythonAnalysis,
  edits: EditList,
): { readonly name: string; readonly isNew: boolean } {
  const call = readCall(module.text, optimizer);
  if (call && pair) {
    throw new EditRefused(
      'The optimizer is built inside the dictionary that configure_optimizers returns: give it a name first.',
    );
  }
  if (call) {
    if (!isOptimizerCall(call) || !/^[A-Z]/.test(call.name)) {
      throw new EditRefused(
        `What ${call.callee ?? call.name}() gives to configure_optimizers can't be told from this file: make this fix there.`,
      );
    }
    const name = freeName(['optimizer'], method, module.text);
    edits.replace({ start: statement.start, end: optimizer.start }, `${name} = `);
    if (value.end > optimizer.end) {
      edits.remove(optimizer.end, value.end);
    }
    return { name, isNew: true };
  }
  const name = dottedName(module.text, optimizer) ?? '';
  const built = units.objects.visibleAssignments(name, method);
  const isOne = built.length > 0 && built.every(({ value: made, index }) => made.type === 'call' && index === null);
  if (!isOne || units.objects.kindOf(name) !== 'optimizer') {
    throw new EditRefused(`Whether ${name}, which configure_optimizers returns, is one optimizer can't be told.`);
  }
  return { name, isNew: false };
}

/** `Trainer(max_epochs=-1)` without a number of steps. */
function runsForEver(keywords: Call['keywords'], text: string): boolean {
  const written = (name: string) => numberValue(text, keywords.get(name));
  return written('max_epochs') === -1 && (!keywords.has('max_steps') || written('max_steps') === -1);
}

function isBound(name: string, method: PythonFunction, { module }: PythonAnalysis): boolean {
  return module.assignments.some(({ target, owner }) => target === name && owner === method);
}

/** `-> Optimizer` is no longer so. */
function annotationNote({ node }: PythonFunction, { module }: PythonAnalysis): readonly string[] {
  const annotation = childOf(node, 'return_type');
  return annotation && /Optimizer\s*\]?["']?$/.test(textOf(module.text, annotation))
    ? [
        'configure_optimizers is annotated to return an optimizer: OptimizerLRScheduler is the type of what it returns now.',
      ]
    : [];
}
