import type { FixOutcome } from '../model/fix.js';
import type { TrainingLoop } from '../model/loop.js';
import type { TfjsTraining } from '../loops/javascript/tfjsTraining.js';
import type { FunctionalTraining } from '../loops/python/functionalTraining.js';
import type { KerasTraining } from '../loops/python/kerasTraining.js';
import type { LightningTraining } from '../loops/python/lightningTraining.js';
import type { TrainingArgumentsCall } from '../loops/python/trainingArguments.js';
import type { Route } from '../loops/python/trainingEvents.js';
import type { TrainingUnit } from '../loops/python/trainingUnits.js';
import type { FoundJavaScriptLoop, FoundLoop, JavaScriptAnalysis, PythonAnalysis } from '../loops/sourceAnalysis.js';
import type { SyntaxNode } from '../loops/syntax/syntaxNode.js';
import { EditList, EditRefused } from './editing/editList.js';
import { syntaxErrorAround } from './editing/brokenCode.js';
import type { FixTarget } from './fix.js';

/** What a fix comes to for one loop; edits go into the list that was handed over. */
export type LoopOutcome =
  | { readonly kind: 'edited'; readonly notes: readonly string[] }
  | { readonly kind: 'already-there'; readonly line: number; readonly what?: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** The loop that a fix works on, what is known of its file, and where the edits go. */
interface Context<Found, Analysis> {
  readonly loop: TrainingLoop;
  readonly found: Found;
  readonly analysis: Analysis;
  readonly edits: EditList;
}

export type LoopContext = Context<FoundLoop, PythonAnalysis>;
export type JavaScriptLoopContext = Context<FoundJavaScriptLoop, JavaScriptAnalysis>;
type AnyContext = LoopContext | JavaScriptLoopContext;

/**
 * What a fix does for each way in which a loop can be written. Ways that it leaves out are refused; so is everything
 * for which a handler throws `EditRefused`.
 */
export interface LoopFix {
  /** `loss.backward()` and `optimizer.step()`, written out. */
  readonly unit?: (unit: TrainingUnit, context: LoopContext) => LoopOutcome;
  /** `unit` needs no optimizer: it may be asked about loops that move their weights by hand, too. */
  readonly withoutOptimizer?: true;
  /** `TrainingArguments(…)` and its kin. */
  readonly arguments?: (call: TrainingArgumentsCall, context: LoopContext) => LoopOutcome;
  /** A LightningModule with automatic optimization, or the `Trainer(…)` that runs one from another file. */
  readonly lightning?: (training: LightningTraining, context: LoopContext) => LoopOutcome;
  /** `model.compile(…)` and `model.fit(…)` of Keras. */
  readonly keras?: (training: KerasTraining, context: LoopContext) => LoopOutcome;
  /** A step whose gradients are a value: JAX, TensorFlow's tapes. */
  readonly functional?: (training: FunctionalTraining, context: LoopContext) => LoopOutcome;
  /** TensorFlow.js. */
  readonly tfjs?: (training: TfjsTraining, context: JavaScriptLoopContext) => LoopOutcome;
  /** Why there is nothing for it to do in a loop that a library runs, where it is not the usual reason. */
  readonly elsewhere?: string;
}

export function refused(reason: string): { readonly kind: 'refused'; readonly reason: string } {
  return { kind: 'refused', reason };
}

/** Applies a fix to the loop that is meant, or to every loop of the file; joins what comes of each. */
export function applyToLoops(target: FixTarget, fix: LoopFix): FixOutcome {
  const { analysis, line } = target;
  if (analysis.language === 'settings') {
    return refused('This fix is made in Python, JavaScript and TypeScript sources only.');
  }
  if (analysis.language === 'javascript' && !fix.tfjs) {
    return refused('This fix is made in Python sources only.');
  }
  const contexts: readonly AnyContext[] =
    analysis.language === 'python'
      ? chosenLoops(analysis.found, line).map((found) => contextOf(found, analysis))
      : chosenLoops(analysis.found, line).map((found) => contextOf(found, analysis));
  if (contexts.length === 0) {
    return refused(
      line === undefined
        ? 'No training loop was found in this file.'
        : `No training loop was found around line ${line + 1}.`,
    );
  }
  const all = new EditList(analysis.lines);
  const outcomes = contexts.map((context) => {
    const outcome = attempt(context, fix);
    if (outcome.kind === 'edited') {
      all.addAll(context.edits);
    }
    return { outcome, loop: context.loop };
  });
  return join(outcomes, all, target);
}

function contextOf<Found extends { readonly loop: TrainingLoop }, Analysis extends PythonAnalysis | JavaScriptAnalysis>(
  found: Found,
  analysis: Analysis,
): Context<Found, Analysis> {
  return { found, loop: found.loop, analysis, edits: new EditList(analysis.lines) };
}

function attempt(context: AnyContext, fix: LoopFix): LoopOutcome {
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

function placeOf({ found: { origin, places }, analysis }: AnyContext): SyntaxNode {
  return origin.kind === 'lightning' ? analysis.root : places.node;
}

const NO_PLACE = 'The library that runs this loop has no place for it.';

function handle(context: AnyContext, fix: LoopFix): LoopOutcome {
  const none = refused(fix.elsewhere ?? NO_PLACE);
  if (!isPython(context)) {
    return fix.tfjs?.(context.found.origin.tfjs, context) ?? none;
  }
  const { origin } = context.found;
  switch (origin.kind) {
    case 'unit':
      return inUnit(origin.unit, context, fix);
    case 'arguments':
      if (origin.arguments.isForeign) {
        return refused(
          `This ${origin.arguments.className} is that of TRL before 0.12: neither it nor its trainer is one of transformers, and their arguments are others.`,
        );
      }
      return fix.arguments?.(origin.arguments, context) ?? none;
    case 'lightning':
      return fix.lightning?.(origin.lightning, context) ?? none;
    case 'keras':
      return fix.keras?.(origin.keras, context) ?? none;
    case 'functional':
      return fix.functional?.(origin.functional, context) ?? none;
  }
}

/** `p.data.add_(p.grad, alpha=-lr)` leaves nothing that could be built, scheduled or stepped otherwise. */
function inUnit(unit: TrainingUnit, context: LoopContext, fix: LoopFix): LoopOutcome {
  const lineOf = (route: Route) => {
    const event = unit.steps.find((step) => step.event.route === route)?.event;
    return event ? context.analysis.lines.lineAt(event.node.start) + 1 : null;
  };
  const inHook = lineOf('in-hook');
  if (inHook !== null) {
    return refused(
      `The optimizer steps inside the backward pass, in a hook (line ${inHook}): each weight moves as soon as its gradient is there, and no place of the loop has them all.`,
    );
  }
  const byHand = fix.withoutOptimizer ? null : lineOf('by-hand');
  if (byHand !== null) {
    return refused(
      `The weights are moved by hand on line ${byHand}: there is no optimizer that this fix could work on.`,
    );
  }
  return fix.unit?.(unit, context) ?? refused(fix.elsewhere ?? NO_PLACE);
}

function isPython(context: AnyContext): context is LoopContext {
  return context.analysis.language === 'python';
}

function chosenLoops<Found extends { readonly loop: TrainingLoop }>(
  found: readonly Found[],
  line: number | undefined,
): readonly Found[] {
  if (line === undefined) {
    return found;
  }
  const size = ({ loop }: Found) => loop.to.line - loop.from.line;
  const around = found.filter(
    ({ loop }) =>
      (loop.from.line <= line && line <= loop.to.line) || loop.backward?.line === line || loop.step?.line === line,
  );
  return around.sort((one, other) => size(one) - size(other)).slice(0, 1);
}

function join(
  outcomes: readonly { readonly outcome: LoopOutcome; readonly loop: TrainingLoop }[],
  edits: EditList,
  { path }: FixTarget,
): FixOutcome {
  const notes = outcomes.flatMap(({ outcome, loop }) => {
    if (outcome.kind === 'edited') {
      return outcome.notes;
    }
    return outcome.kind === 'refused' ? [`Line ${loop.from.line + 1} is left as it is: ${outcome.reason}`] : [];
  });
  if (!edits.isEmpty) {
    return { kind: 'edits', edits: edits.build(path), notes: [...new Set(notes)] };
  }
  const refusal = outcomes.find(({ outcome }) => outcome.kind === 'refused')?.outcome;
  const there = outcomes.find(({ outcome }) => outcome.kind === 'already-there')?.outcome;
  return there?.kind === 'already-there' ? there : (refusal as FixOutcome);
}
