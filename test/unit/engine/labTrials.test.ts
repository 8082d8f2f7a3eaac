import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabConfiguration, LabTrial } from '../../../src/contract/labProtocol.js';
import type { ReportedFinding, RunReport } from '../../../src/contract/report.js';
import { overSeeds } from '../../../src/engine/lab/runCurves.js';
import type { TrialTopic } from '../../../src/engine/lab/trialProgress.js';
import { onlyFixes, requestOf, trialRequest } from '../../../src/engine/lab/trialRequest.js';
import { LabTrials } from '../../../src/engine/lab/labTrials.js';
import type { Lab } from '../../../src/engine/lab/labTrials.js';
import { EXPERIMENTS, LabDiskError } from '../../../src/lab/lab.js';
import type { FixVerdict, Reproduction, TrialPlan, TrialRecord, TrialRequest } from '../../../src/lab/lab.js';

const SUBJECT = { run: 'run-1', finding: 'finding-1' };
const TOPIC: TrialTopic = {
  subject: SUBJECT,
  finding: { title: 'The loss diverged', symptom: 'divergence' },
  runName: 'gpt-small',
};
const REQUEST: TrialRequest = {
  finding: { id: 'finding-1', run: 'run-1', symptom: 'divergence', title: 'The loss diverged' },
  facts: {},
  fixes: [
    { id: 'zclip', title: 'ZClip', arm: 'zclip' },
    { id: 'add-warmup', title: 'Add a warmup', arm: 'warmup' },
    { id: 'lower-learning-rate', title: 'Lower the rate', arm: 'lower-learning-rate' },
  ],
};
const PLAN: TrialPlan = {
  proxy: { parameters: 92_000, settings: EXPERIMENTS[0]!.settings, rules: ['A rule.'] },
  measure: { title: 'held-out loss at the end', unit: 'nats of held-out loss', better: 'lower' },
  tried: REQUEST.fixes,
  untried: [],
};

function verdict(fix: string, word: FixVerdict['verdict'], effect: number): FixVerdict {
  const { title, arm } = REQUEST.fixes.find(({ id }) => id === fix)!;
  return {
    ...{ fix, title, arm: arm!, verdict: word, effect, interval: [effect - 0.1, effect + 0.1], seeds: 2 },
    ...{ unit: 'nats of held-out loss', metric: 'held-out-loss', baseline: 3, value: 3 + effect, note: null },
    runs: [0, 1].map((seed) => `${arm}-seed${seed}`),
  };
}

const REPRODUCTION: Reproduction = {
  ...{ reproduced: true, effect: 0.5, interval: [0.4, 0.6], unit: 'nats of held-out loss', seeds: 2 },
  ...{ metric: 'held-out-loss', baseline: 2.5, value: 3, note: null },
  healthyRuns: ['healthy-seed0', 'healthy-seed1'],
  illRuns: ['baseline-seed0', 'baseline-seed1'],
};

function record(verdicts: readonly FixVerdict[], state: TrialRecord['state'] = 'done'): TrialRecord {
  return {
    ...{ evenkeelTrial: 1, id: 'divergence-1', state, finding: REQUEST.finding, facts: {}, plan: PLAN },
    ...{ reproduction: REPRODUCTION, verdicts, seeds: [0, 1], backend: 'wasm', versions: '', evenkeel: '0' },
    ...{ begun: 1, seconds: 5, problems: [] },
  };
}

let folder: string;
let told: LabTrial[];
let ranked: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evenkeel-lab-'));
  told = [];
  ranked = [];
});

afterEach(() => rm(folder, { recursive: true }));

function configuration(): LabConfiguration {
  return { folder, packages: null, processes: 2, seeds: 2, budget: 60, version: '0' };
}

async function trialsWith(lab: Partial<Lab>): Promise<LabTrials> {
  const trials = new LabTrials({
    childFile: 'child.js',
    now: () => 0,
    onTrial: (trial) => told.push(trial),
    onRanking: (runs) => ranked.push(...runs),
    onProblem: () => undefined,
    lab: {
      tryFix: () => Promise.resolve(record([])),
      probeLadder: () =>
        Promise.resolve([
          { id: 'node', available: false, reason: 'it does not ship', msPerStep: null },
          { id: 'wasm', available: true, reason: null, msPerStep: 36 },
        ]),
      readTrials: () => Promise.resolve({ trials: [], unreadable: [] }),
      ...lab,
    },
  });
  await trials.configure(configuration());
  return trials;
}

function reportWith(fixes: readonly string[]): RunReport {
  const finding = { id: 'finding-1', symptom: 'divergence', title: 'The loss diverged', findings: [] };
  return {
    id: 'run-1',
    name: 'gpt-small',
    findings: [{ ...finding, fixes: fixes.map((id) => ({ id, title: id, why: '' })) }] as unknown as ReportedFinding[],
  } as unknown as RunReport;
}

describe('a trial', () => {
  it('is told of from the ladder to its verdicts, with the curves that its runs have written so far', async () => {
    const run = path.join(folder, 'baseline-seed0');
    await mkdir(run);
    await writeFile(
      path.join(run, 'metrics.jsonl'),
      '{"step":0,"train/loss":4,"eval/loss":4}\n{"step":1,"train/loss":3}\n{"step":2,"train/lo',
    );
    let backend = '';
    const trials = await trialsWith({
      tryFix: (_request, options) => {
        backend = options.backend;
        options.onEvent?.({ kind: 'plan', plan: PLAN });
        options.onEvent?.({ kind: 'engine', backend: 'wasm' });
        options.onEvent?.({ kind: 'run-started', label: 'baseline', seed: 0, folder: run });
        options.onEvent?.({ kind: 'reproduction', reproduction: REPRODUCTION });
        options.onEvent?.({ kind: 'verdict', verdict: verdict('zclip', 'helps', -0.4) });
        return Promise.resolve(record([verdict('zclip', 'helps', -0.4), verdict('add-warmup', 'unclear', -0.1)]));
      },
    });
    const end = await trials.try(TOPIC, REQUEST, new AbortController().signal);
    expect(backend).toBe('wasm');
    expect(end.stage).toBe('done');
    expect(end.ladder.map(({ id }) => id)).toEqual(['node', 'wasm']);
    expect(end.arms.map(({ label }) => label)).toEqual([
      'baseline',
      'healthy',
      'zclip',
      'warmup',
      'lower-learning-rate',
    ]);
    expect(end.arms[0]?.curves['train/loss']).toEqual({
      ...{ steps: [0, 1], mean: [4, 3], least: [4, 3], most: [4, 3], points: 2 },
    });
    expect(end.arms[2]?.verdict).toMatchObject({
      verdict: 'helps',
      effect: -0.4,
      interval: [-0.5, -0.30000000000000004],
    });
    expect(end.arms[4]?.verdict).toBeNull();
    expect(told.at(-1)).toEqual(end);
    expect(await trials.trial(SUBJECT, 'gpt-small')).toEqual(end);
  });

  it('waits for the one before it, and says so', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const trials = await trialsWith({
      tryFix: async () => {
        await gate;
        return record([]);
      },
    });
    const other = { ...TOPIC, subject: { run: 'run-1', finding: 'finding-2' } };
    const first = trials.try(TOPIC, REQUEST, new AbortController().signal);
    const second = trials.try(other, REQUEST, new AbortController().signal);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await trials.trial(SUBJECT, ''))?.stage).toBe('preparing');
    expect((await trials.trial(other.subject, ''))?.stage).toBe('queued');
    await expect(trials.try(TOPIC, REQUEST, new AbortController().signal)).rejects.toThrow('being tried already');
    release();
    expect((await first).stage).toBe('done');
    expect((await second).stage).toBe('done');
  });

  it('that is cancelled while it waits trains nothing, and can be begun anew', async () => {
    let trained = 0;
    const trials = await trialsWith({ tryFix: () => Promise.resolve((trained++, record([]))) });
    const cancellation = new AbortController();
    cancellation.abort();
    expect((await trials.try(TOPIC, REQUEST, cancellation.signal)).stage).toBe('stopped');
    expect(trained).toBe(0);
    expect((await trials.try(TOPIC, REQUEST, new AbortController().signal)).stage).toBe('done');
  });

  it('on a disk that takes no more has failed, in words', async () => {
    const trials = await trialsWith({
      tryFix: () => Promise.reject(new LabDiskError(folder, new Error('ENOSPC: no space left on device'))),
    });
    const end = await trials.try(TOPIC, REQUEST, new AbortController().signal);
    expect(end.stage).toBe('failed');
    expect(end.problems[0]).toContain('make room');
  });

  it('that an earlier session broke off is shown as stopped', async () => {
    const trials = await trialsWith({
      readTrials: () =>
        Promise.resolve({ trials: [record([verdict('zclip', 'helps', -0.4)], 'running')], unreadable: [] }),
    });
    const kept = await trials.trial(SUBJECT, 'gpt-small');
    expect(kept).toMatchObject({ stage: 'stopped', backend: 'wasm', runName: 'gpt-small' });
    expect(kept?.arms[0]?.runs.map(({ folder: own }) => own)).toEqual(
      REPRODUCTION.illRuns.map((name) => path.join(folder, name)),
    );
    expect(await trials.trial({ run: 'run-1', finding: 'other' }, '')).toBeUndefined();
  });
});

describe('verdicts', () => {
  it('rank the fixes of their finding, and of no other', async () => {
    const trials = await trialsWith({
      readTrials: () =>
        Promise.resolve({
          trials: [record([verdict('zclip', 'hurts', 0.4), verdict('lower-learning-rate', 'helps', -0.3)])],
          unreadable: [],
        }),
    });
    expect(ranked).toEqual(['run-1']);
    const report = reportWith(['zclip', 'add-warmup', 'lower-learning-rate']);
    const [finding] = trials.rankedReport(report).findings;
    expect(finding?.fixes.map(({ id }) => id)).toEqual(['lower-learning-rate', 'add-warmup', 'zclip']);
    expect(finding?.fixes[0]?.trial).toMatchObject({ verdict: 'helps' });
    expect(finding?.fixes[0]?.trial?.text).toMatch(/helps on a proxy of .* parameters.*−0.30/);
    expect(finding?.fixes[1]?.trial).toBeUndefined();
    const [elsewhere] = trials.rankedReport({ ...report, id: 'run-2' }).findings;
    expect(elsewhere?.fixes.map(({ id }) => id)).toEqual(['zclip', 'add-warmup', 'lower-learning-rate']);
  });

  it('are offered where the lab has a proxy of the symptom and an arm for a fix', async () => {
    const trials = await trialsWith({});
    const triable = (report: RunReport) => trials.rankedReport(report).findings[0]?.triable;
    expect(triable(reportWith(['zclip']))).toBe(true);
    expect(triable(reportWith(['set-epoch']))).toBeUndefined();
    const [finding] = reportWith(['zclip']).findings;
    const hardware = { ...reportWith([]), findings: [{ ...finding!, symptom: 'hardware' as const }] };
    expect(triable(hardware)).toBeUndefined();
  });
});

describe('a request', () => {
  const report = reportWith(['zclip', 'set-epoch']);

  it('names the arm of each fix, and that there is none', () => {
    expect(trialRequest(report, 'finding-1', {}).fixes.map(({ arm }) => arm)).toEqual(['zclip', null]);
    expect(() => trialRequest(report, 'finding-9', {})).toThrow('it has finding-1');
  });

  it('provokes the first cause of a chain that the lab has a proxy of', () => {
    const [finding] = report.findings;
    const chain = (['hardware', 'gradient-spike', 'divergence'] as const).map((symptom, step) => ({
      ...{ symptom, monitor: symptom, fromStep: step, toStep: step },
    }));
    const joined = { ...report, findings: [{ ...finding!, chain }] };
    expect(trialRequest(joined, 'finding-1', {}).finding.symptom).toBe('gradient-spike');
    expect(trialRequest(report, 'finding-1', {}).finding.symptom).toBe('divergence');
  });

  it('can be made of a record, and be narrowed to some fixes', () => {
    const again = requestOf(record([]));
    expect(again).toEqual(REQUEST);
    expect(onlyFixes(again, ['zclip']).fixes.map(({ id }) => id)).toEqual(['zclip']);
    expect(() => onlyFixes(again, ['spam'])).toThrow('zclip, add-warmup');
    const many = Array.from({ length: 20 }, (_, index) => ({
      id: `${index}`,
      title: '',
      arm: index % 2 ? 'zclip' : null,
    }));
    const tried = onlyFixes({ ...again, fixes: many }, undefined).fixes;
    expect(tried.map(({ id }) => id)).toEqual(['1', '3', '5', '7', '9', '11']);
  });
});

describe('curves over seeds', () => {
  it('are mean and range of the runs that have a finite value at a step', () => {
    const runs = [
      { steps: [0, 1, 2], values: [4, 3, NaN] },
      { steps: [0, 2], values: [2, NaN] },
    ];
    expect(overSeeds(runs)).toEqual({ steps: [0, 1], mean: [3, 3], least: [2, 3], most: [4, 3], points: 3 });
  });
});
