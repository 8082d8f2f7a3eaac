import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { applyEdits } from '../../../src/fixes/editing/applyEdits.js';
import { applyFix } from '../../../src/fixes/fixes.js';
import { LoopFinder } from '../../../src/loops/loopFinder.js';
import type { FixOutcome } from '../../../src/model/fix.js';
import { packagedGrammars } from '../loops/grammars.js';

/** What tests of rewrites of models share. The files that they edit are run by PyTorch in `test/frameworks`. */

type Settings = Readonly<Record<string, number | string>>;

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../frameworks/models');
const finder = await LoopFinder.create(packagedGrammars);

/** Text of a model in `test/frameworks/models`. */
export function sample(name: string): string {
  return readFileSync(path.join(folder, `${name}.py`), 'utf8');
}

export function outcomeOf(id: string, text: string, settings: Settings = {}): FixOutcome {
  return applyFix(finder, id, { path: 'model.py', language: 'python', text }, settings);
}

/** The text as the fix leaves it. */
export function fixed(id: string, text: string, settings: Settings = {}): string {
  const outcome = outcomeOf(id, text, settings);
  if (outcome.kind !== 'edits') {
    throw new Error(JSON.stringify(outcome));
  }
  return applyEdits(text, outcome.edits);
}

/** Lines that the edit adds, in order, without their indentation. */
export function added(id: string, text: string): readonly string[] {
  const before = new Set(text.split('\n'));
  return fixed(id, text)
    .split('\n')
    .filter((line) => !before.has(line) && line.trim() !== '')
    .map((line) => line.trim());
}

/** Line ends and what they stand for must be those of the file; applied twice must be applied once. */
export function staysClean(id: string, text: string): void {
  const once = fixed(id, text);
  expect(outcomeOf(id, once).kind).toBe('already-there');
  const windows = fixed(id, text.replaceAll('\n', '\r\n'));
  expect(windows.replaceAll('\r\n', '\n')).toBe(once);
  expect(windows.replaceAll('\r\n', '')).not.toContain('\n');
  const tabs = fixed(
    id,
    text.replaceAll(/^(?: {4})+/gm, (spaces) => '\t'.repeat(spaces.length / 4)),
  );
  expect(tabs).not.toMatch(/^\t* {4}/m);
}

/** The fix changes nothing, and gives a reason that says more than no. */
export function isLeftAlone(id: string, text: string, settings: Settings = {}): void {
  const outcome = outcomeOf(id, text, settings);
  expect(outcome.kind, JSON.stringify(outcome)).toBe('refused');
  expect(outcome.kind === 'refused' && outcome.reason.length > 20).toBe(true);
}
