import type { LoopFinder } from '../loops/loopFinder.js';
import type { FixOutcome } from '../model/fix.js';
import type { Symptom } from '../model/symptom.js';
import type { Fix, FixSettings, SourceFile } from './fix.js';

/** Every fix, in the order in which they are offered for the same symptom. */
export const FIXES: readonly Fix[] = [];

export function fixesFor(symptom: Symptom): readonly Fix[] {
  return FIXES.filter((fix) => fix.description.answers.includes(symptom));
}

/** Works out what a fix comes to in one file. Nothing is written; every refusal says why. */
export function applyFix(finder: LoopFinder, id: string, file: SourceFile, settings: FixSettings): FixOutcome {
  const fix = FIXES.find((candidate) => candidate.description.id === id);
  if (!fix) {
    return { kind: 'refused', reason: `There is no fix called "${id}".` };
  }
  const analysis = finder.analyse(file.text, file.language);
  if (!analysis) {
    return { kind: 'refused', reason: `Fixes for ${file.language} files are not made yet.` };
  }
  return fix.apply({ path: file.path, analysis, ...(file.line === undefined ? {} : { line: file.line }) }, settings);
}
