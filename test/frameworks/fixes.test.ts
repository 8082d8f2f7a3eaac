import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LoopFinder } from '../../src/loops/loopFinder.js';
import { packagedGrammars } from '../unit/loops/grammars.js';
import { editedScripts, FACTOR, GOLDEN_RUNS, LIMIT, ORIGINALS, WARMUP } from './provenFixes.js';
import { frameworkPython, runPython, type FrameworkPython } from './python.js';

interface Step {
  readonly class: string;
  readonly rate: number;
  readonly norm: number | null;
  readonly finite: boolean;
  readonly memory: { readonly largest: number | null; readonly count: number } | null;
}

interface Observation {
  readonly error: string | null;
  readonly optimizers: readonly (readonly Step[])[];
  readonly clips: readonly { readonly before: number; readonly after: number; readonly limit: number }[];
  /** Precision of every autocast region that was entered. */
  readonly casts: readonly string[];
  /** For every step of a GradScaler, whether it was enabled. */
  readonly scalings: readonly boolean[];
  readonly finite: boolean;
}

/** Clips already, at a limit of its own (0.5), but too early. */
const OWN_LIMIT = 'clipped_while_scaled';

/** Moves its weights itself. */
const WITHOUT_OPTIMIZER = 'hand_descent';

const here = path.dirname(fileURLToPath(import.meta.url));
const names = [...ORIGINALS.keys()];

const python: FrameworkPython = await frameworkPython();
const missing = 'missing' in python ? python.missing : null;
console.log(missing === null ? `frameworks: ${'versions' in python ? python.versions : ''}` : `skipped: ${missing}`);

const finder = await LoopFinder.create(packagedGrammars);
const originals = ORIGINALS;
const clipped = editedScripts(finder, GOLDEN_RUNS.clipped);
const warmed = editedScripts(finder, GOLDEN_RUNS.warmed);
const guarded = editedScripts(finder, GOLDEN_RUNS.guarded);
const lowered = editedScripts(finder, GOLDEN_RUNS.lowered);
const reset = editedScripts(finder, GOLDEN_RUNS.reset);
const decoupled = editedScripts(finder, GOLDEN_RUNS.decoupled);
const bfloat = editedScripts(finder, GOLDEN_RUNS.bfloat);
const stopped = editedScripts(finder, GOLDEN_RUNS.stopped);
const decayed = editedScripts(finder, GOLDEN_RUNS.decayed);
const lateDecayed = editedScripts(finder, GOLDEN_RUNS.lateDecayed);

/** Every text that is run, by its variant; those called "poisoned" get NaN from one backward pass. */
const VARIANTS = {
  before: originals,
  clipped,
  warmed,
  guarded,
  poisoned: new Map([...guarded.keys()].map((name) => [name, originals.get(name) ?? ''])),
  poisonedGuarded: guarded,
  lowered,
  reset,
  decoupled,
  bfloat,
  stopped,
  decayed,
  lateDecayed,
} satisfies Record<string, ReadonlyMap<string, string>>;
type Variant = keyof typeof VARIANTS;

describe.skipIf(missing !== null)('fixes under real frameworks', () => {
  const work = mkdtempSync(path.join(os.tmpdir(), 'evenkeel-frameworks-'));
  let seen: Readonly<Record<string, Observation>>;

  function observation(name: string, variant: Variant): Observation {
    const found = seen[`${name}.${variant}.py`];
    if (!found) {
      throw new Error(`${name} was not run`);
    }
    return found;
  }

  beforeAll(async () => {
    const scripts = Object.entries<ReadonlyMap<string, string>>(VARIANTS).flatMap(([variant, texts]) =>
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
    expect(before.optimizers.length > 0).toBe(name !== WITHOUT_OPTIMIZER);
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
      // A closure computes the gradients only inside the step, and weights that are moved by hand have none to watch: there
      // the clipping itself is what can be seen.
      const onlyClips = after.optimizers.flat().every(({ norm }) => norm === null);
      const unbounded = onlyClips
        ? after.clips.map((clip) => clip.before)
        : before.optimizers.flat().map(({ norm }) => norm ?? 0);
      const bounded = onlyClips
        ? after.clips.map((clip) => clip.after)
        : after.optimizers.flat().map(({ norm }) => norm ?? 0);
      expect(Math.max(...unbounded)).toBeGreaterThan(LIMIT * 1.5);
      expect(bounded.length).toBeGreaterThan(0);
      // Clipped gradients are rounded to the precision of the model: bfloat16 keeps eight bits.
      expect(Math.max(...bounded)).toBeLessThanOrEqual(LIMIT * (name.includes('bf16') ? 1.008 : 1.001));
      // Clipped while still scaled, gradients would end far below the limit.
      expect(Math.max(...bounded)).toBeGreaterThan(LIMIT * 0.5);
      if (!onlyClips) {
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

  it.each([...guarded.keys()])(
    '%s: skip-non-finite-steps leaves out the step that would destroy the weights',
    (name) => {
      const before = observation(name, 'before');
      const healthy = observation(name, 'guarded');
      const poisoned = observation(name, 'poisoned');
      const after = observation(name, 'poisonedGuarded');
      expect(after.error).toBeNull();
      // A run without NaN is the same as before.
      expect(healthy.optimizers.map(rates)).toEqual(before.optimizers.map(rates));
      expect(poisoned.optimizers.flat().some(({ finite }) => !finite)).toBe(true);
      expect(poisoned.finite).toBe(false);
      expect(after.optimizers.flat().every(({ finite }) => finite)).toBe(true);
      expect(after.finite).toBe(true);
      expect(after.optimizers.flat().length).toBeLessThan(before.optimizers.flat().length);
      expect(after.optimizers.flat().length).toBeGreaterThan(before.optimizers.flat().length / 2);
    },
  );

  it.each([...lowered.keys()])('%s: lower-learning-rate lowers every rate by the same share', (name) => {
    const before = observation(name, 'before').optimizers;
    const after = observation(name, 'lowered');
    expect(after.error).toBeNull();
    expect(after.optimizers.map(({ length }) => length)).toEqual(before.map(({ length }) => length));
    const first = after.optimizers.map((steps, index) => (steps[0]?.rate ?? 0) / (before[index]?.[0]?.rate ?? 1));
    expect(Math.min(...first)).toBeCloseTo(FACTOR, 2);
  });

  it.each([...reset.keys()])('%s: reset-momentum leaves nothing of what was before the checkpoint', (name) => {
    const runs = observation(name, 'before').optimizers;
    const after = observation(name, 'reset');
    expect(after.error).toBeNull();
    runs.forEach((steps, index) => {
      const first = after.optimizers[index]?.[0];
      const resumes = steps[0]?.memory;
      if (resumes) {
        expect(resumes.largest).toBeGreaterThan(0);
        expect(resumes.count).toBeGreaterThan(1);
        expect(first?.memory).toEqual({ largest: 0, count: 0 });
        expect(first?.rate).toBe(steps[0]?.rate);
      }
    });
  });

  it('reset-momentum was tried on a run that resumes', () => {
    const resumed = [...reset.keys()].flatMap((name) => observation(name, 'before').optimizers);
    expect(resumed.some(([first]) => first?.memory)).toBe(true);
  });

  it.each([...decoupled.keys()])('%s: adamw-instead-of-adam steps AdamW at the same rates', (name) => {
    const before = observation(name, 'before').optimizers;
    const after = observation(name, 'decoupled');
    expect(after.error).toBeNull();
    expect(before.flat().some((step) => step.class === 'Adam')).toBe(true);
    expect(after.optimizers.flat().every((step) => step.class === 'AdamW')).toBe(true);
    expect(after.optimizers.map(rates)).toEqual(before.map(rates));
  });

  it.each([...bfloat.keys()])('%s: bf16-instead-of-fp16 runs in bfloat16 and without a loss scale', (name) => {
    const before = observation(name, 'before');
    const after = observation(name, 'bfloat');
    expect(after.error).toBeNull();
    // Without a GPU, the Trainer leaves float16 out altogether.
    expect(before.casts.length === 0 || before.casts.includes('torch.float16') || before.scalings.includes(true)).toBe(
      true,
    );
    expect(after.casts.length).toBeGreaterThan(0);
    expect(new Set(after.casts)).toEqual(new Set(['torch.bfloat16']));
    expect(after.scalings).not.toContain(true);
    expect(after.optimizers.map(rates)).toEqual(before.optimizers.map(rates));
    expect(after.finite).toBe(true);
  });

  it.each([...stopped.keys()])(
    '%s: early-stopping ends a run that only gets worse, and changes nothing before',
    (name) => {
      const before = observation(name, 'before').optimizers.flat();
      const after = observation(name, 'stopped');
      const steps = after.optimizers.flat();
      expect(after.error).toBeNull();
      expect(steps.length).toBeGreaterThan(3);
      expect(steps.length).toBeLessThan(before.length / 2);
      expect(steps.map(({ norm }) => norm)).toEqual(before.slice(0, steps.length).map(({ norm }) => norm));
    },
  );

  it.each([...decayed.keys()])('%s: linear-decay falls in a straight line to zero', (name) => {
    const [before = []] = observation(name, 'before').optimizers;
    const after = observation(name, 'decayed');
    const full = before[0]?.rate ?? Number.NaN;
    expect(after.error).toBeNull();
    expect(after.optimizers).toHaveLength(1);
    expect(after.optimizers[0]).toHaveLength(before.length);
    expect(after.optimizers[0]?.[0]?.rate).toBeCloseTo(full, 10);
    expect(fallsLinearlyToZero(rates(after.optimizers[0] ?? []), full)).toBe(true);
  });

  it.each([...lateDecayed.keys()])('%s: linear-decay over the last half holds the rate in the first', (name) => {
    const [before = []] = observation(name, 'before').optimizers;
    const after = observation(name, 'lateDecayed');
    const full = before[0]?.rate ?? Number.NaN;
    const [steps = []] = after.optimizers.map(rates);
    const half = Math.ceil(steps.length / 2);
    expect(after.error).toBeNull();
    expect(steps.slice(0, half).every((rate) => close(rate, full, full))).toBe(true);
    expect(fallsLinearlyToZero(steps.slice(half), full)).toBe(true);
  });
});

function rates(steps: readonly Step[]): readonly number[] {
  return steps.map(({ rate }) => rate);
}

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
