import type { FixOutcome } from '../model/fix.js';
import type { TrainingLoop } from '../model/loop.js';
import type { LightningTraining } from '../loops/python/lightningTraining.js';
import type { TrainingArgumentsCall } from '../loops/python/trainingArguments.js';
import type { TrainingUnit } from '../loops/python/trainingUnits.js';
import type { FoundLoop, PythonAnalysis } from '../loops/sourceAnalysis.js';
import type { SyntaxNode } from '../loops/syntax/syntaxNode.js';
import { EditList, EditRefused } from './editing/editList.js';
import { syntaxErrorAround } from './editing/brokenCode.js';
import type { FixTarget } from './fix.js';

/** What a fix comes to for one loop; edits go into the list that was handed over. */
export type LoopOutcome =
  | { readonly kind: 'edited'; readonly notes: readonly string[] }
  | { readonly kind: 'already-there'; readonly line: number }
  | { readonly kind: 'refused'; readonly reason: string };

/** The loop that a fix works on, what is known of its file, and where the edits go. */
export interface LoopContext {
  readonly loop: TrainingLoop;
  readonly found: FoundLoop;
  readonly analysis: PythonAnalysis;
  readonly edits: EditList;
}

/**
 * What a fix does for each way in which a loop can be written. Ways that it leaves out are refused; so is everything
 * for which a handler throws `EditRefused`.
 */
export interface LoopFix {
  /** `loss.backward()` and `optimizer.step()`, written out. */
  readonly unit?: (unit: TrainingUnit, context: LoopContext) => LoopOutcome;
  /** `TrainingArguments(…)` and its kin. */
  readonly arguments?: (call: TrainingArgumentsCall, context: LoopContext) => LoopOutcome;
  /** A LightningModule with automatic optimization, or the `Trainer(…)` that runs one from another file. */
  readonly lightning?: (training: LightningTraining, context: LoopContext) => LoopOutcome;
  /** Why there is nothing for it to do in a loop that a library runs, where it is not the usual reason. */
  readonly elsewhere?: string;
}

export function refused(reason: string): { readonly kind: 'refused'; readonly reason: string } {
  return { kind: 'refused', reason };
}

/** Applies a fix to the loop that is meant, or to every loop of the file; joins what comes of each. */
export function applyToLoops(target: FixTarget, fix: LoopFix): FixOutcome {
  const { analysis, line } = target;
  if (analysis.language !== 'python') {
    return refused('This fix is made in Python sources only.');
  }
  const loops = chosenLoops(analysis, line);
  if (loops.length === 0) {
    return refused(
      line === undefined
        ? 'No training loop was found in this file.'
        : `No training loop was found around line ${line + 1}.`,
    );
  }
  const all = new EditList(analysis.lines);
  const outcomes = loops.map((found) => {
    const own = new EditList(analysis.lines);
    const outcome = attempt({ found, loop: found.loop, analysis, edits: own }, fix);
    if (outcome.kind === 'edited') {
      all.addAll(own);
    }
    return { outcome, found };
  });
  return join(outcomes, all, target);
}

function attempt(context: LoopContext, fix: LoopFix): LoopOutcome {
  const error = syntaxErrorAround(placeOf(context), context.analysis);
  if (error !== null) {
    return refused(`There is a syntax error on line ${error + 1}, too close to the loop to edit it safely.`);
  }
  try {
    return handle(context, fix);
  } catch (problem) {
    if (problem instanceof EditRefused) {
      return refused(problem.message);
    }
    throw problem;
  }
}

function placeOf({ found: { origin }, analysis }: LoopContext): SyntaxNode {
  switch (origin.kind) {
    case 'unit':
      return origin.unit.loop;
    case 'arguments':
      return origin.arguments.call.node;
    default:
      return analysis.root;
  }
}

function handle(context: LoopContext, fix: LoopFix): LoopOutcome {
  const { origin } = context.found;
  const none = refused(fix.elsewhere ?? 'The library that runs this loop has no place for it.');
  switch (origin.kind) {
    case 'unit':
      return fix.unit?.(origin.unit, context) ?? none;
    case 'arguments':
      return fix.arguments?.(origin.arguments, context) ?? none;
    case 'lightning':
      return fix.lightning?.(origin.lightning, context) ?? none;
    default:
      return none;
  }
}

function chosenLoops(analysis: PythonAnalysis, line: number | undefined): readonly FoundLoop[] {
  if (line === undefined) {
    return analysis.found;
  }
  const size = ({ loop }: FoundLoop) => loop.to.line - loop.from.line;
  const around = analysis.found.filter(
    ({ loop }) =>
      (loop.from.line <= line && line <= loop.to.line) || loop.backward?.line === line || loop.step?.line === line,
  );
  return around.sort((one, other) => size(one) - size(other)).slice(0, 1);
}

function join(
  outcomes: readonly { readonly outcome: LoopOutcome; readonly found: FoundLoop }[],
  edits: EditList,
  { path }: FixTarget,
): FixOutcome {
  const notes = outcomes.flatMap(({ outcome, found }) => {
    if (outcome.kind === 'edited') {
      return outcome.notes;
    }
    return outcome.kind === 'refused' ? [`Line ${found.loop.from.line + 1} is left as it is: ${outcome.reason}`] : [];
  });
  if (!edits.isEmpty) {
    return { kind: 'edits', edits: edits.build(path), notes: [...new Set(notes)] };
  }
  const refusal = outcomes.find(({ outcome }) => outcome.kind === 'refused')?.outcome;
  const there = outcomes.find(({ outcome }) => outcome.kind === 'already-there')?.outcome;
  return there?.kind === 'already-there' ? there : (refusal as FixOutcome);
}
