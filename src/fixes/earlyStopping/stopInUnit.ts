import type { PythonAnalysis } from '../../loops/sourceAnalysis.js';
import { wordsOf } from '../../loops/python/expressions.js';
import type { LocatedCall, PythonFunction } from '../../loops/python/pythonModule.js';
import type { TrainingUnit } from '../../loops/python/trainingUnits.js';
import { childOf, contains, enclosing, walk, type SyntaxNode } from '../../loops/syntax/syntaxNode.js';
import { EditRefused, indentUnit, quoteOf, type EditList } from '../editing/editList.js';
import { refused, type LoopOutcome } from '../loopFix.js';
import { LOOP } from '../../loops/python/loopStatements.js';

const EVALUATION = new Set(['val', 'valid', 'validation', 'eval', 'evaluation', 'dev', 'test']);

/** A loop that works out an evaluation loss every time round. */
interface EvaluatingLoop {
  readonly loop: SyntaxNode;
  readonly body: SyntaxNode;
  readonly loss: string;
}

/** Counts the rounds without a new best loss, and leaves the loop when there were too many. */
export function stopInUnit(
  unit: TrainingUnit,
  patience: number,
  analysis: PythonAnalysis,
  edits: EditList,
): LoopOutcome {
  const there = ownStopping(analysis);
  if (there) {
    return { kind: 'already-there', line: analysis.lines.lineAt(there.start) };
  }
  const found = evaluatingLoop(unit, analysis);
  if (!found) {
    return refused(
      'No loop in this file works out an evaluation loss every time round, so nothing shows when to stop.',
    );
  }
  checkProcesses(analysis);
  write(found, patience, analysis, edits);
  return {
    kind: 'edited',
    notes: [
      `Patience counts the times that ${found.loss} is worked out. Save the model when it is best, or the last one is what is left.`,
    ],
  };
}

function ownStopping({ module, root }: PythonAnalysis): SyntaxNode | undefined {
  const words = /early_?stop|^patience(_counter)?$|without_improvement|no_improve|bad_epochs/i;
  return [...walk(root)].find(
    (node) =>
      node.type === 'identifier' &&
      node.parent?.type !== 'keyword_argument' &&
      words.test(module.text.slice(node.start, node.end)),
  );
}

/** The loop of the unit, one around it, or one that calls the function that trains. */
function evaluatingLoop(unit: TrainingUnit, analysis: PythonAnalysis): EvaluatingLoop | null {
  const calls = callers(unit.owner, analysis).map(({ node }) => node);
  const loops = [...walk(analysis.root)].filter(
    (node) => LOOP.has(node.type) && (contains(node, unit.loop) || calls.some((call) => contains(node, call))),
  );
  for (const loop of loops.reverse()) {
    const body = childOf(loop, 'body');
    const losses = body ? lossesIn(body, analysis) : [];
    const [loss] = losses;
    if (body && loss !== undefined && losses.length === 1) {
      return { loop, body, loss };
    }
  }
  return null;
}

/** Calls of the function, and calls of the functions that make them. */
function callers(owner: PythonFunction, { units }: PythonAnalysis): readonly LocatedCall[] {
  const direct = units.callsOf(owner);
  return [...direct, ...direct.flatMap((call) => units.callsOf(call.owner))];
}

/** Names of evaluation losses that are assigned in the body itself, under no condition. */
function lossesIn(body: SyntaxNode, { module }: PythonAnalysis): readonly string[] {
  const names = module.assignments
    .filter(({ statement }) => statement.parent === body)
    .map(({ target }) => target)
    .filter((target) => /^\w+$/.test(target) && isEvaluationLoss(target));
  return [...new Set(names)];
}

function isEvaluationLoss(name: string): boolean {
  const words = wordsOf(name);
  const loss = words.indexOf('loss');
  // `loss_val` is more often the value of a loss than that of the validation.
  const isValue = words.indexOf('val') > loss;
  return loss >= 0 && !isValue && words.some((word) => EVALUATION.has(word)) && !words.includes('best');
}

/** Ranks that stop at different steps wait for one another for ever. */
function checkProcesses({ module }: PythonAnalysis): void {
  const distributed = module.calls.some(({ name }) =>
    /^(init_process_group|DistributedDataParallel|DDP|FullyShardedDataParallel|FSDP|Accelerator|Fabric|initialize)$/.test(
      name,
    ),
  );
  if (distributed) {
    throw new EditRefused(
      'Several processes may run this loop, and all have to stop at the same step: average the evaluation loss over them first.',
    );
  }
}

function write(
  { loop, body, loss }: EvaluatingLoop,
  patience: number,
  analysis: PythonAnalysis,
  edits: EditList,
): void {
  const { module, root, lines } = analysis;
  const last = body.children.findLast(({ type }) => type !== 'comment');
  const used = [`best_${loss}`, 'rounds_without_best'].find((name) =>
    module.assignments.some(({ target }) => target === name),
  );
  if (used !== undefined) {
    throw new EditRefused(`The name ${used} is already used in this file.`);
  }
  if (!last || leavesEarly(body, loop) || childOf(loop, 'alternative')) {
    throw new EditRefused('The loop leaves some of its rounds early, before the evaluation loss could be compared.');
  }
  const indent = indentUnit(root, lines);
  const quote = quoteOf(module.text);
  edits.insertBefore(loop, [`best_${loss} = float(${quote}inf${quote})`, 'rounds_without_best = 0']);
  edits.insertAfter(last, [
    `if ${loss} < best_${loss}:`,
    `${indent}best_${loss} = ${loss}`,
    `${indent}rounds_without_best = 0`,
    'else:',
    `${indent}rounds_without_best += 1`,
    `if rounds_without_best >= ${patience}:`,
    `${indent}print(${quote}Stopped early: no better evaluation loss for ${patience} rounds.${quote})`,
    `${indent}break`,
  ]);
}

/** `continue` of this very loop: what stands at the end of its body would be left out. */
function leavesEarly(body: SyntaxNode, loop: SyntaxNode): boolean {
  return [...walk(body)].some((node) => node.type === 'continue_statement' && enclosing(node, LOOP) === loop);
}
