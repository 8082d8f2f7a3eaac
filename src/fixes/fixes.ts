import type { LoopFinder } from '../loops/loopFinder.js';
import type { SourceAnalysis } from '../loops/sourceAnalysis.js';
import type { FixOutcome } from '../model/fix.js';
import type { Symptom } from '../model/symptom.js';
import { addWarmup } from './addWarmup/addWarmup.js';
import { clipGradients } from './clipGradients/clipGradients.js';
import { applyEdits } from './editing/applyEdits.js';
import { countSyntaxErrors } from './editing/brokenCode.js';
import type { Fix, FixSettings, SourceFile } from './fix.js';
import { unknownSetting } from './settings.js';

/** Every fix, in the order in which they are offered for the same symptom. */
export const FIXES: readonly Fix[] = [clipGradients, addWarmup];

export function fixesFor(symptom: Symptom): readonly Fix[] {
  return FIXES.filter((fix) => fix.description.answers.includes(symptom));
}

/** Works out what a fix comes to in one file. Nothing is written; every refusal says why. */
export function applyFix(finder: LoopFinder, id: string, file: SourceFile, settings: FixSettings): FixOutcome {
  const fix = FIXES.find((candidate) => candidate.description.id === id);
  if (!fix) {
    return { kind: 'refused', reason: `There is no fix called "${id}".` };
  }
  const unknown = unknownSetting(fix.description, settings);
  if (unknown !== null) {
    return { kind: 'refused', reason: `The fix ${id} has no setting called "${unknown}".` };
  }
  const analysis = finder.analyse(file.text, file.language);
  if (!analysis) {
    return { kind: 'refused', reason: `Fixes for ${file.language} files are not made yet.` };
  }
  const outcome = applyTo(fix, file, analysis, settings);
  return outcome.kind === 'edits' ? verify(outcome, fix, finder, file, analysis, settings) : outcome;
}

function applyTo(fix: Fix, file: SourceFile, analysis: SourceAnalysis, settings: FixSettings): FixOutcome {
  return fix.apply({ path: file.path, analysis, ...(file.line === undefined ? {} : { line: file.line }) }, settings);
}

/** The last guard before an edit is offered: what comes of it must parse, and a second application must change nothing. */
function verify(
  outcome: Extract<FixOutcome, { kind: 'edits' }>,
  fix: Fix,
  finder: LoopFinder,
  file: SourceFile,
  before: SourceAnalysis,
  settings: FixSettings,
): FixOutcome {
  const text = applyEdits(file.text, outcome.edits);
  const after = finder.analyse(text, file.language);
  if (!after || countSyntaxErrors(after.root) > countSyntaxErrors(before.root)) {
    return { kind: 'refused', reason: 'The edit would not leave valid Python behind; nothing was changed.' };
  }
  const { line: _line, ...whole } = file;
  const again = file.line === undefined ? applyTo(fix, { ...whole, text }, after, settings) : null;
  return again?.kind === 'edits'
    ? {
        kind: 'refused',
        reason: 'The edit would not be recognised when the fix is applied again; nothing was changed.',
      }
    : outcome;
}
