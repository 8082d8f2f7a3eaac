import type { FixOutcome } from '../model/fix.js';
import type { FoundLoop } from '../loops/sourceAnalysis.js';
import { EditList, EditRefused } from './editing/editList.js';
import { syntaxErrorAround } from './editing/brokenCode.js';
import type { FixTarget } from './fix.js';

/** What a fix comes to for one loop; edits go into the list that was handed over. */
export type LoopOutcome =
  | { readonly kind: 'edited'; readonly notes: readonly string[] }
  | { readonly kind: 'already-there'; readonly line: number }
  | { readonly kind: 'refused'; readonly reason: string };

export type LoopFix = (found: FoundLoop, target: FixTarget, edits: EditList) => LoopOutcome;

export function refused(reason: string): { readonly kind: 'refused'; readonly reason: string } {
  return { kind: 'refused', reason };
}

/** Applies a fix to the loop that is meant, or to every loop of the file; joins what comes of each. */
export function applyToLoops(target: FixTarget, fix: LoopFix): FixOutcome {
  const loops = chosenLoops(target);
  if (loops.length === 0) {
    return refused(
      target.line === undefined
        ? 'No training loop was found in this file.'
        : `No training loop was found around line ${target.line + 1}.`,
    );
  }
  const all = new EditList(target.analysis.lines);
  const outcomes = loops.map((found) => {
    const own = new EditList(target.analysis.lines);
    const outcome = attempt(found, target, own, fix);
    if (outcome.kind === 'edited') {
      all.addAll(own);
    }
    return { outcome, found };
  });
  return join(outcomes, all, target);
}

function attempt(found: FoundLoop, target: FixTarget, edits: EditList, fix: LoopFix): LoopOutcome {
  const node = found.origin.kind === 'unit' ? found.origin.unit.loop : found.origin.arguments.call.node;
  const error = syntaxErrorAround(node, target.analysis);
  if (error !== null) {
    return refused(`There is a syntax error on line ${error + 1}, too close to the loop to edit it safely.`);
  }
  try {
    return fix(found, target, edits);
  } catch (problem) {
    if (problem instanceof EditRefused) {
      return refused(problem.message);
    }
    throw problem;
  }
}

function chosenLoops({ analysis, line }: FixTarget): readonly FoundLoop[] {
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
