import { realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { Engine } from '../../engine/engine.js';
import { describeFileError } from '../../engine/fileErrors.js';
import { FixableSource } from '../../engine/sources/fixableSource.js';
import { readSourceFile } from '../../engine/sources/sourceFiles.js';
import { textDigest } from '../../engine/sources/textDigest.js';
import { fixInput, noChange } from '../../engine/tools/sourceTools.js';
import { applyEdits } from '../../fixes/editing/applyEdits.js';

const input = fixInput.extend({
  before: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('What propose_fix gave as `before`: the file is left alone when it has changed since then'),
});

/** The one tool that changes a file. */
export const APPLY_FIX = {
  name: 'apply_fix',
  title: 'Apply a fix',
  description:
    'Makes the change that propose_fix has shown, in the file itself. Show the diff to the user first, and call this only once they agree.',
  input,
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
} as const;

export interface ApplyServices {
  readonly engine: Engine;
  readonly folders: readonly string[];
  /** Whether the user agrees. */
  readonly confirm: (question: string) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** @throws {Error} that says why the file is left alone. */
export async function applyFixTo(
  { file, fix, settings = {}, line, cell, before }: z.infer<typeof input>,
  services: ApplyServices,
): Promise<object> {
  await mustLieIn(file, services.folders);
  const source = new FixableSource(await readSourceFile(file));
  const { text: old } = source.file;
  if (before !== undefined && textDigest(old) !== before) {
    throw new Error(`${file}: it has changed since its diff was made: ask propose_fix again`);
  }
  const asked = { ...source.program, fix, settings, ...source.lineOf({ cell, line }) };
  const outcome = source.inFile(await services.engine.fix(asked));
  if (outcome.kind !== 'edits') {
    return noChange(outcome, source);
  }
  const text = applyEdits(old, outcome.edits);
  const diff = source.diffTo(text);
  if (!(await services.confirm(`Change ${file} (${fix})?\n\n${diff}`))) {
    return { outcome: 'declined', reason: 'the user does not want this change' };
  }
  services.signal.throwIfAborted();
  await write(file, old, text);
  return { outcome: 'applied', diff, notes: outcome.notes };
}

/** Links are followed first: what counts is where the file really lies. */
async function mustLieIn(file: string, folders: readonly string[]): Promise<void> {
  const real = await realpath(file).catch((error: unknown) => {
    throw new Error(`${file}: ${describeFileError(error)}`);
  });
  const roots = await Promise.all(folders.map((folder) => realpath(folder)));
  if (!roots.some((root) => real === root || real.startsWith(root + path.sep))) {
    throw new Error(
      `${file}: it lies outside of ${folders.join(', ')}: start evenkeel mcp with its folder to change it`,
    );
  }
}

/** Whoever saved the file while the user was asked keeps what they wrote. */
async function write(file: string, before: string, after: string): Promise<void> {
  if ((await readSourceFile(file)).text !== before) {
    throw new Error(`${file}: it was changed meanwhile and is left as it is: ask propose_fix again`);
  }
  try {
    await writeFile(file, after);
  } catch (error) {
    throw new Error(`${file}: ${describeFileError(error)}`, { cause: error });
  }
}
