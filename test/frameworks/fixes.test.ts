import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/fixes/editing/applyEdits.js';
import { applyFix } from '../../src/fixes/fixes.js';
import { LoopFinder } from '../../src/loops/loopFinder.js';
import { packagedGrammars } from '../unit/loops/grammars.js';
import { frameworkPython, runPython, type FrameworkPython } from './python.js';

interface Observation {
  readonly error: string | null;
  readonly optimizers: readonly (readonly { readonly rate: number; readonly norm: number | null }[])[];
  readonly clips: readonly { readonly before: number; readonly after: number; readonly limit: number }[];
}

/** Small enough that every script's gradients exceed it at first. */
const LIMIT = 0.001;
const WARMUP = 10;

/** Clips already, at a limit of its own (0.5), but too early. */
const OWN_LIMIT = 'clipped_while_scaled';

/** Scripts for frameworks that the test environment doesn't have, that need data from elsewhere, or that only define. */
const NOT_RUN = new Set([
  'apex_amp',
  'common_mistakes',
  'deepspeed_engine',
  'diffusers_text_to_image',
  'fabric_loop',
  'fsdp',
  'hf_command_line',
  'hf_trainer_v4',
  'lightning_manual',
  'timm_loss_scaler',
  'trl_sft',
  'xla',
]);

const here = path.dirname(fileURLToPath(import.meta.url));
const goldens = path.resolve(here, '../golden/fixes');
const names = readdirSync(goldens)
  .filter((name) => name.endsWith('.py'))
  .map((name) => name.slice(0, -3))
  .filter((name) => !NOT_RUN.has(name));

const python: FrameworkPython = await frameworkPython();
const missing = 'missing' in python ? python.missing : null;
console.log(missing === null ? `frameworks: ${'versions' in python ? python.versions : ''}` : `skipped: ${missing}`);

const finder = await LoopFinder.create(packagedGrammars);
const originals = new Map(names.map((name) => [name, readFileSync(path.join(goldens, `${name}.py`), 'utf8')]));
const clipped = variants('clip-gradients', { 'max-norm': LIMIT });
const warmed = variants('add-warmup', { 'warmup-steps': WARMUP });

/** The scripts that the fix changes, as it leaves them. */
function variants(fix: string, settings: Record<string, number>): ReadonlyMap<string, string> {
  const changed = new Map<string, string>();
  for (const [name, text] of originals) {
    const outcome = applyFix(finder, fix, { path: name, language: 'python', text }, settings);
    if (outcome.kind === 'edits') {
      changed.set(name, applyEdits(text, outcome.edits));
    }
  }
  return changed;
}

describe.skipIf(missing !== null)('fixes under real frameworks', () => {
  const work = mkdtempSync(path.join(os.tmpdir(), 'evenkeel-frameworks-'));
  let seen: Readonly<Record<string, Observation>>;

  function observation(name: string, variant: 'before' | 'clipped' | 'warmed'): Observation {
    const found = seen[`${name}.${variant}.py`];
    if (!found) {
      throw new Error(`${name} was not run`);
    }
    return found;
  }

  beforeAll(async () => {
    const scripts = Object.entries({ before: originals, clipped, warmed }).flatMap(([variant, texts]) =>
      [...texts].map(([name, text]) => {
        const file = path.join(work, `${name}.${variant}.py`);
        writeFileSync(file, text);
        return file;
      }),
    );
    const out = path.join(work, 'observed.json');
    await runPython('python' in python ? python.python : '', [path.join(here, 'observe.py'), out, ...scripts]);
    seen = JSON.parse(readFileSync(out, 'utf8')) as Record<string, Observation>;
  });

  afterAll(() => {
    rmSync(work, { recursive: true, force: true });
  });

  it.each(names)('%s runs as it was written', (name) => {
    const before = observation(name, 'before');
    expect(before.error).toBeNull();
    expect(before.optimizers.length).toBeGreaterThan(0);
  });

  it('clip-gradients lets clipping see gradients without their loss scale', () => {
    const norms = (variant: 'before' | 'clipped') =>
      observation(OWN_LIMIT, variant)
        .optimizers.flat()
        .map(({ norm }) => norm ?? 0);
    expect(Math.max(...norms('before'))).toBeLessThan(0.5 / 1000);
    expect(Math.max(...norms('clipped'))).toBeGreaterThan(0.25);
    expect(Math.max(...norms('clipped'))).toBeLessThanOrEqual(0.5 * 1.001);
  });

  it.each([...clipped.keys()].filter((name) => name !== OWN_LIMIT))(
    '%s: clip-gradients bounds what every step sees',
    (name) => {
      const before = observation(name, 'before');
      const after = observation(name, 'clipped');
      expect(after.error).toBeNull();
      // A closure computes the gradients only inside the step: there the clipping itself is what can be seen.
      const inClosure = after.optimizers.flat().every(({ norm }) => norm === null);
      const unbounded = inClosure
        ? after.clips.map((clip) => clip.before)
        : before.optimizers.flat().map(({ norm }) => norm ?? 0);
      const bounded = inClosure
        ? after.clips.map((clip) => clip.after)
        : after.optimizers.flat().map(({ norm }) => norm ?? 0);
      expect(Math.max(...unbounded)).toBeGreaterThan(LIMIT * 1.5);
      expect(bounded.length).toBeGreaterThan(0);
      expect(Math.max(...bounded)).toBeLessThanOrEqual(LIMIT * 1.001);
      // Clipped while still scaled, gradients would end far below the limit.
      expect(Math.max(...bounded)).toBeGreaterThan(LIMIT * 0.5);
      if (!inClosure) {
        // Clipped once a step, however many batches go into one.
        expect(after.clips).toHaveLength(after.optimizers.flat().length);
        expect(after.optimizers.map((steps) => steps.length)).toEqual(before.optimizers.map((steps) => steps.length));
      }
    },
  );

  it.each([...warmed.keys()])('%s: add-warmup rises, then follows the schedule that was there', (name) => {
    const before = observation(name, 'before').optimizers;
    const after = observation(name, 'warmed');
    expect(after.error).toBeNull();
    expect(after.optimizers).toHaveLength(before.length);
    after.optimizers.forEach((steps, index) => {
      expectWarmup(
        before[index]?.map(({ rate }) => rate) ?? [],
        steps.map(({ rate }) => rate),
      );
    });
  });
});

function expectWarmup(before: readonly number[], after: readonly number[]): void {
  const full = before[0] ?? Number.NaN;
  expect(after).toHaveLength(before.length);
  expect(after[0]).toBeLessThanOrEqual(full * 0.11);
  for (let step = 1; step < Math.min(WARMUP, after.length); step += 1) {
    // A schedule of its own may fall a little at the same time, but not undo the rise.
    expect(after[step]).toBeGreaterThan(after[step - 1] ?? Number.NaN);
  }
  const late = after.slice(WARMUP + 1);
  const asBefore = late.every((rate, index) => close(rate, before[WARMUP + 1 + index] ?? Number.NaN, full));
  const delayed = late.every((rate, index) => close(rate, before[1 + index] ?? Number.NaN, full));
  // Linear decay to zero is drawn anew over the steps that are left.
  const redrawn = fallsLinearlyToZero(before, full) && fallsLinearlyToZero(after.slice(WARMUP), full);
  expect(asBefore || delayed || redrawn).toBe(true);
}

function fallsLinearlyToZero(rates: readonly number[], full: number): boolean {
  const falls = rates.slice(1).map((rate, index) => (rates[index] ?? Number.NaN) - rate);
  const first = falls[0] ?? Number.NaN;
  const last = rates.at(-1) ?? Number.NaN;
  return first > 0 && falls.every((fall) => close(fall, first, full)) && last <= first * 1.01;
}

function close(one: number, other: number, scale: number): boolean {
  return Math.abs(one - other) <= 1e-3 * scale;
}
