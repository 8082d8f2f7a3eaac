import * as l10n from '@vscode/l10n';
import type { FindingSummary, RunSummary } from '../../contract/engineProtocol.js';
import type { Severity } from '../../model/finding.js';
import type { FixOutcome } from '../../model/fix.js';
import type { LoopWarning, TrainingLoop } from '../../model/loop.js';
import type { SourceEdit } from '../../model/sourceEdit.js';
import { findingSpan } from './findingText.js';
import { plainText } from './plainText.js';

/** An entry of the Problems panel, before the editor's own types. */
export interface SourceProblem {
  readonly line: number;
  readonly severity: Severity;
  readonly message: string;
  /** Shown behind the message: the monitor or the rule. */
  readonly code: string;
  /** Fixes to offer in the light bulb, the best first. */
  readonly fixes: readonly string[];
  /** The finding that the code links to; null for mistakes that the source alone shows. */
  readonly finding: { readonly run: string; readonly id: string } | null;
  /** The loop that a fix would change, by one of its lines. */
  readonly loopLine: number;
}

/** What the best fix of a finding comes to in one loop; null where the finding has no fix. */
export interface FixAtLoop {
  readonly loop: TrainingLoop;
  readonly outcome: FixOutcome | null;
}

/** The problem that a finding is in a file: one entry, at the loop where its fix can be made, else at the first. */
export function problemOfFinding(
  run: RunSummary,
  finding: FindingSummary,
  loops: readonly FixAtLoop[],
): SourceProblem | undefined {
  const place = loops.find(({ outcome }) => outcome?.kind === 'edits') ?? loops[0];
  if (!place) {
    return undefined;
  }
  const offered = place.outcome?.kind === 'edits' ? finding.fixes : finding.fixes.slice(1);
  return {
    line: lineOfFix(place),
    severity: finding.severity,
    message: l10n.t('{0} ({1}, run {2})', plainText(finding.title), findingSpan(finding), plainText(run.name)),
    code: finding.monitor,
    fixes: place.outcome === null ? [] : offered,
    finding: { run: run.id, id: finding.id },
    loopLine: place.loop.from.line,
  };
}

/** The problem that a mistake in the loop itself is. */
export function problemOfWarning(loop: TrainingLoop, warning: LoopWarning): SourceProblem {
  return {
    line: warning.line,
    severity: warning.severity,
    message: plainText(warning.message),
    code: warning.rule,
    fixes: warning.fixes,
    finding: null,
    loopLine: loop.from.line,
  };
}

/** Where a finding belongs in a loop: where its fix would change it, else at the optimizer's step. */
export function lineOfFix({ loop, outcome }: FixAtLoop): number {
  if (outcome?.kind === 'already-there') {
    return outcome.line;
  }
  const edit = outcome?.kind === 'edits' ? mainEdit(outcome.edits, loop) : undefined;
  return edit?.range.start.line ?? loop.step?.line ?? loop.backward?.line ?? loop.from.line;
}

/** The edit that the fix is about: the first within the loop, else the last in the file (an import comes first). */
function mainEdit(edits: readonly SourceEdit[], loop: TrainingLoop): SourceEdit | undefined {
  const isWithin = ({ range }: SourceEdit): boolean =>
    range.start.line >= loop.from.line && range.start.line <= loop.to.line;
  return edits.find(isWithin) ?? edits.at(-1);
}

/** Whether the best fix stands in every loop already: then a finding of an earlier run asks for nothing here. */
export function isAnsweredBySource(loops: readonly FixAtLoop[]): boolean {
  return loops.length > 0 && loops.every(({ outcome }) => outcome?.kind === 'already-there');
}
