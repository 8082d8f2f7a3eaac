import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/fixes/editing/applyEdits.js';
import { applyFix } from '../../src/fixes/fixes.js';
import { LoopFinder } from '../../src/loops/loopFinder.js';
import { packagedGrammars } from '../unit/loops/grammars.js';
import { MODEL_CASES, type ModelCase } from './modelCases.js';
import { frameworkPython, runPython } from './python.js';

/** Rewrites of what a model computes, run by PyTorch before and after: all of them in one process of Python. */

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.join(here, 'models');
const python = await frameworkPython();
const missing = 'missing' in python ? python.missing : null;
const finder = await LoopFinder.create(packagedGrammars);
const named = MODEL_CASES.map((one) => [`${one.fix} in ${one.script}`, one] as const);

function edited({ fix, script }: ModelCase): string {
  const text = readFileSync(path.join(folder, `${script}.py`), 'utf8');
  const outcome = applyFix(finder, fix, { path: `${script}.py`, language: 'python', text }, {});
  return outcome.kind === 'edits'
    ? applyEdits(text, outcome.edits)
    : `raise RuntimeError(${JSON.stringify(`no edit: ${JSON.stringify(outcome)}`)})`;
}

describe.skipIf(missing !== null)('rewrites of models', () => {
  const work = mkdtempSync(path.join(tmpdir(), 'evenkeel-models-'));
  let seen: Readonly<Record<string, Readonly<Record<string, unknown>>>>;

  beforeAll(async () => {
    const jobs = named.map(([name, one], index) => {
      const after = path.join(work, `after${index}.py`);
      writeFileSync(after, edited(one));
      return { name, check: one.check, before: path.join(folder, `${one.script}.py`), after };
    });
    const [list, out] = [path.join(work, 'jobs.json'), path.join(work, 'seen.json')];
    writeFileSync(list, JSON.stringify(jobs));
    await runPython('python' in python ? python.python : '', [path.join(folder, 'observe.py'), out, list]);
    seen = JSON.parse(readFileSync(out, 'utf8')) as typeof seen;
  });

  afterAll(() => {
    rmSync(work, { recursive: true, force: true });
  });

  it.each(named)('%s', (name, { holds }) => {
    const observed = seen[name];
    expect(observed?.['error']).toBeUndefined();
    for (const [claim, isTrue] of Object.entries(holds(observed as never))) {
      expect(isTrue, `${claim}: ${JSON.stringify(observed)}`).toBe(true);
    }
  });
});
