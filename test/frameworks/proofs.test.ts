import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/fixes/editing/applyEdits.js';
import { applyFix } from '../../src/fixes/fixes.js';
import { LoopFinder } from '../../src/loops/loopFinder.js';
import { packagedGrammars } from '../unit/loops/grammars.js';
import { CASES, type FixCase, type Observed } from './cases.js';
import { frameworkPython, runPython } from './python.js';

/** Rounding of single precision, some steps long. */
const CLOSE = 1e-4;

const here = path.dirname(fileURLToPath(import.meta.url));
const python = await frameworkPython();
const missing = 'missing' in python ? python.missing : null;
const finder = await LoopFinder.create(packagedGrammars);
/** Part of the name of a case, to run some of them only. */
const chosen = process.env['EVENKEEL_CASES'] ?? '';
const named = CASES.map((proof) => [`${proof.fix} in ${proof.script}`, proof] as const).filter(([name]) =>
  name.includes(chosen),
);

function source(script: string): string {
  return readFileSync(path.join(here, 'scripts', `${script}.py`), 'utf8');
}

/** The script as the fix leaves it; a program that fails with the reason where there is no edit. */
function edited({ fix, script, settings }: FixCase): string {
  const text = source(script);
  const outcome = applyFix(finder, fix, { path: `${script}.py`, language: 'python', text }, settings);
  return outcome.kind === 'edits'
    ? applyEdits(text, outcome.edits)
    : `raise RuntimeError(${JSON.stringify(`no edit: ${JSON.stringify(outcome)}`)})`;
}

/** Settings under the names that Python gives them. */
function pythonValues(settings: FixCase['settings']): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name.replaceAll('-', '_'), value]));
}

describe.skipIf(missing !== null)('fixes against what their papers say', () => {
  const work = mkdtempSync(path.join(os.tmpdir(), 'evenkeel-proofs-'));
  let seen: Readonly<Record<string, Observed>>;

  beforeAll(async () => {
    const jobs = [
      ...[...new Set(named.map(([, { script }]) => script))].map((script) => ({ name: script, text: source(script) })),
      ...named.map(([name, proof]) => ({
        name,
        text: edited(proof),
        ...('reference' in proof.proof && {
          reference: proof.proof.reference,
          values: ('values' in proof.proof && proof.proof.values) || pythonValues(proof.settings),
        }),
      })),
    ].map(({ text, ...job }, index) => {
      const script = path.join(work, `script${index}.py`);
      writeFileSync(script, text);
      return { ...job, script };
    });
    const list = path.join(work, 'jobs.json');
    const out = path.join(work, 'proved.json');
    writeFileSync(list, JSON.stringify(jobs));
    await runPython('python' in python ? python.python : '', [path.join(here, 'prove.py'), out, list]);
    seen = JSON.parse(readFileSync(out, 'utf8')) as Record<string, Observed>;
  });

  afterAll(() => {
    rmSync(work, { recursive: true, force: true });
  });

  it.each(named)('%s', (name, { script, proof }) => {
    const before = seen[script];
    const after = seen[name];
    expect(before?.error).toBeNull();
    expect(after?.error).toBeNull();
    if (!before || !after) {
      return;
    }
    // Where processes of their own train, only the script sees them.
    expect(after.optimizers.length > 0 || proof.kind === 'seen').toBe(true);
    switch (proof.kind) {
      case 'gradients':
        for (const { worst, changed, steps } of after.optimizers) {
          expect(worst).toBeLessThan(CLOSE);
          // A reference that never acts would prove nothing; nor would one that acts on every step, where it should not.
          expect(changed).toBeGreaterThan(0);
          expect(steps).toBe(before.optimizers[0]?.steps);
          if (proof.changes === 'some') {
            expect(changed).toBeLessThan(steps);
          }
        }
        break;
      case 'updates':
        for (const { worst, steps, changed } of after.optimizers) {
          expect(worst).toBeLessThan(CLOSE * 10);
          if (proof.acts) {
            expect(changed).toBeGreaterThan(0);
          }
          expect(steps).toBe(before.optimizers[0]?.steps);
        }
        break;
      case 'rates': {
        const [rates = []] = after.optimizers.map((optimizer) => optimizer.rates);
        const expected = proof.expected(before.optimizers[0]?.rates ?? []);
        expect(rates).toHaveLength(expected.length);
        rates.forEach((rate, step) => {
          const wanted = expected[step] ?? Number.NaN;
          expect(Math.abs(rate - wanted), `step ${step}`).toBeLessThanOrEqual(
            (proof.within ?? 1e-6) * Math.max(...expected),
          );
        });
        break;
      }
      case 'seen':
        for (const [claim, isTrue] of Object.entries(proof.holds(after, before))) {
          expect(isTrue, claim).toBe(true);
        }
        break;
    }
  });
});
