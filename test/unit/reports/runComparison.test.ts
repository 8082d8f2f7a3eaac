import { describe, expect, it } from 'vitest';
import { discoverOnce, replayRun } from '../../../src/engine/replay.js';
import type { ReportedSignal } from '../../../src/contract/report.js';
import type { RunComparison } from '../../../src/contract/runComparison.js';
import { compareRuns } from '../../../src/reports/runComparison.js';
import type { ComparedSide } from '../../../src/reports/runComparison.js';
import { partingOf } from '../../../src/reports/parting.js';
import { scratchFolder, writeTree } from '../engine/scratch.js';

/** Numbers of a normal distribution that are the same in every run of the test (mulberry32, Box–Muller). */
function noiseFrom(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

function course(length: number, valueAt: (step: number) => number) {
  const steps = Float64Array.from({ length }, (_, step) => step);
  return { steps, values: steps.map((step) => valueAt(step)) };
}

const decay = (step: number): number => 2 + 3 * Math.exp(-step / 200);

describe('where two curves part', () => {
  it('is nowhere when only their noise differs', () => {
    const parted = Array.from({ length: 200 }, (_, seed) => {
      const [one, other] = [noiseFrom(2 * seed + 1), noiseFrom(2 * seed + 2)];
      const [a, b] = [one, other].map((noise) => course(1000, (step) => decay(step) + 0.1 * noise())) as never[];
      return partingOf(a!, b!).parting;
    }).filter((parting) => parting !== null);
    expect(parted).toEqual([]);
  });

  it('is where the course of one changes, to within a few steps, whatever the noise', () => {
    for (const level of [0, 0.02, 0.1]) {
      const [one, other] = [noiseFrom(5), noiseFrom(6)];
      const a = course(1000, (step) => decay(step) + level * one());
      const b = course(1000, (step) => decay(step) + level * other() + (step >= 400 ? 1 : 0));
      const { parting, firstDifference } = partingOf(a, b);
      expect(Math.abs((parting?.step ?? Infinity) - 400)).toBeLessThanOrEqual(level === 0 ? 0 : 10);
      expect(firstDifference).toBe(level === 0 ? 400 : 0);
    }
  });

  it('is not at a spike of one step', () => {
    const a = course(500, decay);
    const { parting, firstDifference } = partingOf(
      a,
      course(500, (step) => decay(step) + (step === 250 ? 9 : 0)),
    );
    expect([firstDifference, parting]).toEqual([250, null]);
  });

  it('is where one stops being finite', () => {
    const { parting } = partingOf(
      course(500, decay),
      course(500, (step) => (step < 312 ? decay(step) : NaN)),
    );
    expect(parting?.step).toBe(312);
    expect(
      partingOf(
        course(90, () => NaN),
        course(90, () => NaN),
      ),
    ).toMatchObject({
      firstDifference: null,
      parting: null,
    });
  });

  it('takes rounding of single precision for none', () => {
    const { parting, firstDifference } = partingOf(
      course(500, decay),
      course(500, (step) => Math.fround(decay(step))),
    );
    expect([typeof firstDifference, parting]).toEqual(['number', null]);
  });

  it('is found in a schedule that leaves another one', () => {
    const { parting } = partingOf(
      course(1000, (step) => 1e-3 * Math.min(1, (step + 1) / 100)),
      course(1000, (step) => 1e-3 * Math.min(1, (step + 1) / 100) * (step > 600 ? 0.5 : 1)),
    );
    expect(parting?.step).toBe(601);
  });

  it('is looked for in a million steps within seconds', () => {
    const [one, other] = [noiseFrom(7), noiseFrom(8)];
    const a = course(1_000_000, () => 2 + 0.1 * one());
    const b = course(1_000_000, (step) => 2.2 + 0.1 * other() + (step >= 700_000 ? 2 : 0));
    const began = performance.now();
    const { parting } = partingOf(a, b);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(parting?.step).toBeLessThanOrEqual(700_000);
    expect(parting?.step).toBeGreaterThan(699_900);
  });
});

async function comparisonOf(one: string, other: string): Promise<RunComparison> {
  const root = await scratchFolder();
  await writeTree(root, { 'one/metrics.jsonl': one, 'other/metrics.jsonl': other });
  const options = { roles: {}, now: Date.now, signal: new AbortController().signal };
  const { runs } = await discoverOnce([root], [], options);
  const sides: ComparedSide[] = [];
  for (const run of [...runs].sort((a, b) => a.description.name.localeCompare(b.description.name))) {
    const { report, session } = await replayRun(run, options);
    const { series } = session.analysis.store;
    const seriesOf = ({ tag, rank }: ReportedSignal) => series.find((each) => each.tag === tag && each.rank === rank);
    sides.push({ report, seriesOf });
  }
  return compareRuns([sides[0]!, sides[1]!]);
}

function rows(count: number, rowAt: (step: number) => object): string {
  return Array.from({ length: count }, (_, step) => JSON.stringify({ step, ...rowAt(step) }) + '\n').join('');
}

describe('two runs compared', () => {
  it('differ in findings, in their curves, and in what only one logs', async () => {
    const comparison = await comparisonOf(
      rows(600, (step) => ({ loss: decay(step), lr: 1e-3 })),
      rows(600, (step) => ({ loss: step < 500 ? decay(step) : 'NaN', lr: 1e-3, extra: step })),
    );
    const [loss, rate] = comparison.curves;
    expect(loss).toMatchObject({ role: 'train/loss', sharedSteps: 600, firstDifference: 500, parting: { step: 500 } });
    expect(rate).toMatchObject({ role: 'learning-rate', firstDifference: null, parting: null });
    expect(comparison.onlyIn).toEqual([[], ['extra']]);
    expect(comparison.findings[0]).toMatchObject({ symptom: 'non-finite', runs: [null, { fromStep: 500 }] });
    expect(comparison.withoutSettings).toEqual([true, true]);
  });

  it('take what a resumed run wrote last', async () => {
    const again =
      rows(100, (step) => ({ loss: step < 50 ? 3 : 9 })) +
      rows(100, () => ({ loss: 3 }))
        .split('\n')
        .slice(50)
        .join('\n');
    const { curves } = await comparisonOf(
      rows(100, () => ({ loss: 3 })),
      again,
    );
    expect(curves[0]).toMatchObject({ sharedSteps: 100, firstDifference: null });
  });

  it('may have nothing in common', async () => {
    const later = rows(100, (step) => ({ step: step + 1000, loss: 2 }));
    const apart = await comparisonOf(
      rows(100, () => ({ loss: 2 })),
      later,
    );
    expect(apart.curves[0]).toMatchObject({ sharedSteps: 0, firstDifference: null, parting: null, end: null });
    const strangers = await comparisonOf(
      rows(100, () => ({ loss: 2 })),
      rows(100, () => ({ foo: 2 })),
    );
    expect(strangers).toMatchObject({ curves: [], onlyIn: [['loss'], ['foo']] });
  });
});
