import { describe, expect, it } from 'vitest';
import { fixChoices } from '../../../src/extension/presentation/fixChoices.js';
import { valueOf, valueProblem } from '../../../src/extension/presentation/fixValues.js';
import { isObservedLine, observedSignals, observedTable } from '../../../src/extension/presentation/observedTable.js';
import { runOfSource } from '../../../src/extension/presentation/runOfSource.js';
import { byNearness, mayTrain } from '../../../src/extension/presentation/sourceCandidates.js';
import {
  isAnsweredBySource,
  lineOfFix,
  problemOfFinding,
  problemOfWarning,
} from '../../../src/extension/presentation/sourceProblems.js';
import type { ReportedSignal } from '../../../src/contract/report.js';
import type { FixDescription, FixOutcome } from '../../../src/model/fix.js';
import type { TrainingLoop } from '../../../src/model/loop.js';
import { findingSummary, runSummary } from './summaries.js';

const loop: TrainingLoop = {
  framework: 'pytorch',
  from: { line: 40, character: 4 },
  to: { line: 60, character: 0 },
  backward: { line: 52 },
  step: { line: 55 },
  optimizer: 'adamw',
  scheduler: null,
  clipping: { kind: 'none' },
  amp: 'none',
  accumulation: false,
  warnings: [
    {
      rule: 'clip-before-unscale',
      severity: 'warning',
      line: 54,
      message: 'Clipped before unscale_.',
      fixes: ['unscale'],
    },
  ],
};

function insertion(line: number): FixOutcome {
  const place = { line, character: 0 };
  return {
    kind: 'edits',
    edits: [{ path: 'train.py', range: { start: place, end: place }, newText: 'x\n' }],
    notes: [],
  };
}

describe('runOfSource', () => {
  const place = { path: '/w/project/train.py', workspaceFolder: '/w', chosenRun: undefined };
  const here = runSummary({ name: 'here', location: '/w/project/runs/a', changed: 10 });
  const newer = runSummary({ name: 'newer', location: '/w/project/runs/deep/b', changed: 20 });
  const elsewhere = runSummary({ name: 'elsewhere', location: '/w/other/runs/c', status: 'live', changed: 99 });
  const outside = runSummary({ name: 'outside', location: '/tmp/d', status: 'live', changed: 99 });

  it('prefers the folder that is nearest, then what changed last', () => {
    expect(runOfSource([here, newer, elsewhere, outside], place)).toEqual({
      run: newer,
      reason: 'the most recent run in the folder project',
    });
  });

  it('prefers a live run among those of the same folder', () => {
    const live = { ...here, status: 'live' as const };
    expect(runOfSource([newer, live], place)).toEqual({ run: live, reason: 'the live run in the folder project' });
  });

  it('takes no run from outside the workspace folder by itself, but does when it was chosen', () => {
    expect(runOfSource([outside], place)).toBeUndefined();
    expect(runOfSource([outside, here], { ...place, chosenRun: 'outside' })?.run).toBe(outside);
  });

  it('forgets a choice whose run is gone, and understands backslashes', () => {
    expect(runOfSource([here], { ...place, chosenRun: 'gone' })?.run).toBe(here);
    const windows = runSummary({ location: 'C:\\w\\project\\runs\\a' });
    const source = { path: 'C:\\w\\project\\train.py', workspaceFolder: 'C:\\w', chosenRun: undefined };
    expect(runOfSource([windows], source)?.run).toBe(windows);
    expect(runOfSource([], source)).toBeUndefined();
  });
});

describe('problems in the source', () => {
  const run = runSummary({ name: 'gpt-small' });

  it('stand where the fix goes, with the evidence in one sentence', () => {
    expect(problemOfFinding(run, findingSummary(), [{ loop, outcome: insertion(53) }])).toEqual({
      line: 53,
      severity: 'error',
      message: 'Gradient norm jumped 41-fold at step 4,210 (since step 4,210, run gpt-small)',
      code: 'gradient-spike',
      fixes: ['clip-gradients'],
      finding: { run: 'gpt-small', id: 'gradient-spike:1' },
      loopLine: 40,
    });
  });

  it('come once a finding, at the loop in which the fix can be made', () => {
    const other = { ...loop, from: { line: 80, character: 0 }, to: { line: 99, character: 0 } };
    const refused = { kind: 'refused', reason: 'no' } as const;
    const problem = problemOfFinding(run, findingSummary(), [
      { loop, outcome: refused },
      { loop: other, outcome: insertion(90) },
    ]);
    expect(problem).toMatchObject({ line: 90, loopLine: 80 });
  });

  it('offer no fix that can not be made, and stand at the step without one', () => {
    const refused = problemOfFinding(run, findingSummary(), [{ loop, outcome: { kind: 'refused', reason: 'no' } }]);
    expect(refused).toMatchObject({ line: 55, fixes: [] });
    const without = problemOfFinding(run, findingSummary({ fixes: [] }), [{ loop, outcome: null }]);
    expect(without).toMatchObject({ line: 55, fixes: [] });
    expect(problemOfFinding(run, findingSummary(), [])).toBeUndefined();
  });

  it('pass over the import that a fix adds at the top', () => {
    const both = [insertion(2), insertion(53)].flatMap((outcome) => (outcome.kind === 'edits' ? outcome.edits : []));
    expect(lineOfFix({ loop, outcome: { kind: 'edits', edits: both, notes: [] } })).toBe(53);
  });

  it('are answered when the fix stands in every loop', () => {
    const there = { loop, outcome: { kind: 'already-there', line: 54 } as const };
    expect(isAnsweredBySource([there])).toBe(true);
    expect(isAnsweredBySource([there, { loop, outcome: insertion(3) }])).toBe(false);
    expect(isAnsweredBySource([])).toBe(false);
    expect(lineOfFix(there)).toBe(54);
  });

  it('include mistakes of the loop itself', () => {
    expect(problemOfWarning(loop, loop.warnings[0]!)).toMatchObject({ line: 54, code: 'clip-before-unscale' });
  });
});

describe('fixChoices', () => {
  const describeFix = (id: string): FixDescription => ({
    id,
    title: id,
    why: `why ${id}`,
    answers: [],
    contraindications: [],
    frameworks: ['pytorch'],
    settings: [],
    papers: [],
    labArm: null,
  });

  it('offers what answers a finding first and what can not be made last, with the reason', () => {
    const choices = fixChoices(
      [
        { description: describeFix('add-warmup'), outcome: insertion(30) },
        {
          description: describeFix('peri-ln'),
          outcome: { kind: 'refused', reason: 'The model comes from a library.' },
        },
        { description: describeFix('unscale'), outcome: insertion(54) },
        { description: describeFix('clip-gradients'), outcome: insertion(53) },
        { description: describeFix('zclip'), outcome: { kind: 'already-there', line: 11 } },
      ],
      [findingSummary()],
      loop,
    );
    expect(choices.map(({ fix, group }) => [fix, group])).toEqual([
      ['clip-gradients', 'findings'],
      ['unscale', 'loop'],
      ['add-warmup', 'other'],
      ['peri-ln', 'unavailable'],
      ['zclip', 'unavailable'],
    ]);
    expect(choices[3]?.detail).toBe('The model comes from a library.');
    expect(choices[4]?.description).toBe('already there, line 12');
  });
});

describe('values of a fix', () => {
  const limit = { name: 'limit', title: 'Limit', default: 1, source: 'common practice' };

  it('are numbers where the default is one', () => {
    expect(valueProblem(limit, 'one')).toBe('A number is needed, such as 1.');
    expect(valueProblem(limit, ' ')).toBe('A value is needed.');
    expect(valueProblem(limit, '0.5')).toBeUndefined();
    expect(valueOf(limit, '0.5')).toBe(0.5);
    expect(valueOf({ ...limit, default: 'linear' }, ' cosine ')).toBe('cosine');
  });
});

describe('where to look for a loop', () => {
  it('starts near the log', () => {
    const files = ['/w/lib/z.py', '/w/project/b.py', '/w/project/a.py', '/elsewhere/t.py'];
    expect([...files].sort(byNearness('/w/project/runs/x'))).toEqual([
      '/w/project/a.py',
      '/w/project/b.py',
      '/w/lib/z.py',
      '/elsewhere/t.py',
    ]);
  });

  it('passes over files that can not train', () => {
    expect(mayTrain('loss.backward()')).toBe(true);
    expect(mayTrain('def backward(): pass')).toBe(false);
  });
});

describe('the hover', () => {
  const signal = (role: string): ReportedSignal => ({
    role,
    tag: role,
    points: 3,
    nonFinite: 0,
    stepUnit: 'step',
  });
  const column = (...values: number[]) => Float64Array.from(values);

  it('is for the lines where gradients are made, clipped and used', () => {
    expect([52, 55, 41].map((line) => isObservedLine(loop, line))).toEqual([true, true, false]);
  });

  it('shows one series a role, whatever else is logged', () => {
    const signals = ['other', 'learning-rate', 'train/loss', 'gradient-norm/layer 7'].map(signal);
    expect(observedSignals(signals).map(({ role }) => role)).toEqual(['train/loss', 'learning-rate']);
  });

  it('tells newest, lowest and highest, and that the newest is NaN', () => {
    const envelope = {
      x: column(0, 2),
      xEnd: column(1, 3),
      minimum: column(1.5, Number.NaN),
      maximum: column(8, Number.NaN),
      last: column(2, Number.NaN),
      segment: Uint16Array.of(0, 0),
      overwritten: Uint8Array.of(0, 0),
      nonFiniteX: column(2, 3),
      nonFiniteValue: column(Number.POSITIVE_INFINITY, Number.NaN),
      nonFiniteTotal: 2,
    };
    const observations = [{ signal: { ...signal('train/loss'), tag: 'loss_a', nonFinite: 2 }, envelope }];
    const table = observedTable(observations, { run: runSummary({ name: 'a|b' }), reason: 'the live run' });
    expect(table).toContain('| loss\\_a (2 not finite) | NaN | 1.50 | 8.00 |');
    expect(table).toContain('Run **a\\|b**: the live run');
  });
});
