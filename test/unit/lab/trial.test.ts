import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rankedByVerdicts, readTrials, trainShare, tryFix, verdictsFor } from '../../../src/lab/lab.js';
import type { Elsewhere, TrialEvent, TrialOptions, TrialRequest } from '../../../src/lab/lab.js';
import { writeFakeChild } from './fakeChild.js';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-trial-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const REQUEST: TrialRequest = {
  finding: { id: 'f1', run: 'r1', symptom: 'loss-spike', title: 'The loss jumped' },
  facts: { learningRate: 1e-3, optimizer: 'adamw' },
  fixes: [
    { id: 'add-warmup', title: 'Warm up', arm: 'warmup' },
    { id: 'clip-gradients', title: 'Clip', arm: 'clip-gradients' },
    { id: 'set-epoch', title: 'Tell samplers the epoch', arm: null },
    { id: 'adamw-instead-of-adam', title: 'AdamW', arm: 'adamw' },
    { id: 'layer-norm', title: 'Norms of an MLP', arm: 'layer-norm-for-plasticity' },
    { id: 'qk-norm', title: 'QK-norm', arm: 'qk-norm' },
  ],
};

function options(change: Partial<TrialOptions> = {}): TrialOptions {
  return {
    file: change.file ?? writeFakeChild(folder),
    folder: path.join(folder, 'runs'),
    evenkeel: '1.2.3',
    backend: 'auto',
    threads: 1,
    packages: null,
    seeds: 3,
    budget: 100,
    concurrency: 2,
    now: Date.now,
    ...change,
  };
}

const trained = (): number =>
  existsSync(path.join(folder, 'count-trained')) ? statSync(path.join(folder, 'count-trained')).size : 0;

describe('a trial', { timeout: 60_000 }, () => {
  it('reproduces, judges each fix that has an arm, and says why the others are not tried', async () => {
    const events: TrialEvent[] = [];
    const record = await tryFix(REQUEST, options({ onEvent: (event) => events.push(event) }));
    expect(record).toMatchObject({
      evenkeelTrial: 1,
      state: 'done',
      backend: 'wasm',
      versions: 'fake 1',
      evenkeel: '1.2.3',
      seeds: [0, 1, 2],
      problems: [],
      reproduction: { reproduced: true, seeds: 3, effect: expect.closeTo(0.5, 1) as number },
    });
    expect(record.verdicts.map(({ fix, verdict, seeds }) => [fix, verdict, seeds])).toEqual([
      ['add-warmup', 'hurts', 3],
      ['clip-gradients', 'helps', 3],
      ['qk-norm', 'no-effect', 3],
    ]);
    expect(record.plan!.untried.map(({ fix, reason }) => [fix, reason])).toEqual([
      ['set-epoch', 'the lab has no arm for it'],
      ['adamw-instead-of-adam', expect.stringContaining('has it already')],
      ['layer-norm', expect.stringContaining('MLP')],
    ]);
    expect(record.plan!.proxy.rules.join(' ')).toContain('0.001');
    // Every run that it names lies there.
    const named = [...record.reproduction!.healthyRuns, ...record.reproduction!.illRuns];
    for (const run of [...named, ...record.verdicts.flatMap(({ runs }) => runs)]) {
      expect(existsSync(path.join(folder, 'runs', run, 'metrics.jsonl')), run).toBe(true);
    }
    const kinds = events.map(({ kind }) => kind).filter((kind, index, all) => kind !== all[index - 1]);
    expect(kinds.slice(0, 3)).toEqual(['plan', 'engine', 'run-started']);
    expect(kinds.indexOf('reproduction')).toBeLessThan(kinds.indexOf('verdict'));
    expect(events.filter(({ kind }) => kind === 'run-started')).toHaveLength(15);
    expect((await readTrials(path.join(folder, 'runs'))).trials).toEqual([record]);
  });

  it('goes on from what is there', async () => {
    const first = await tryFix(REQUEST, options());
    const before = trained();
    const again = await tryFix(REQUEST, options());
    expect(trained()).toBe(before);
    expect(again.verdicts).toEqual(first.verdicts);
    expect(again.id).toBe(first.id);
  });

  it('stops where the symptom does not show', async () => {
    const clipped = { ...REQUEST, facts: { ...REQUEST.facts, clipNorm: 1 } };
    const record = await tryFix(clipped, options());
    expect(record).toMatchObject({ state: 'not-reproduced', reproduction: { reproduced: false } });
    expect(record.verdicts.every(({ verdict }) => verdict === 'not-reproduced')).toBe(true);
    expect(trained()).toBe(6);
  });

  it('raises the rate until the symptom shows, and says so', async () => {
    const request: TrialRequest = {
      ...REQUEST,
      finding: { ...REQUEST.finding, symptom: 'divergence' },
      fixes: [{ id: 'lower-learning-rate', title: 'Lower', arm: 'lower-learning-rate' }],
    };
    const record = await tryFix(request, options({ file: writeFakeChild(folder, { tooFast: 2.5e-3 }) }));
    expect(record.plan!.proxy.settings.optimizer.learningRate).toBeCloseTo(3e-3);
    expect(record.plan!.proxy.rules.join(' ')).toContain('Raised 3 times');
    expect(record).toMatchObject({ state: 'done', verdicts: [{ verdict: 'helps' }] });
  });

  it('says of a symptom without a proxy why there is none', async () => {
    const record = await tryFix({ ...REQUEST, finding: { ...REQUEST.finding, symptom: 'resume' } }, options());
    expect(record).toMatchObject({ state: 'no-proxy', plan: null, verdicts: [] });
    expect(record.problems[0]).toContain('cannot be shown on a proxy');
    expect(trained()).toBe(0);
  });

  it('trains nothing where no fix can be tried', async () => {
    const record = await tryFix({ ...REQUEST, fixes: [REQUEST.fixes[2]!] }, options());
    expect(record).toMatchObject({ state: 'done', problems: ['none of the fixes can be tried on the proxy'] });
    expect(trained()).toBe(0);
  });

  it('is cancelled with what there is, and goes on', async () => {
    const abort = new AbortController();
    const cancelled = await tryFix(
      REQUEST,
      options({ signal: abort.signal, concurrency: 1, onEvent: ({ kind }) => kind === 'verdict' && abort.abort() }),
    );
    expect(cancelled.state).toBe('stopped');
    expect(cancelled.verdicts.map(({ verdict }) => verdict)).toEqual(['hurts', 'unclear', 'unclear']);
    expect(cancelled.problems.join()).toContain('was interrupted');
    const before = trained();
    const whole = await tryFix(REQUEST, options());
    expect(whole).toMatchObject({ state: 'done', verdicts: [{}, { verdict: 'helps' }, { verdict: 'no-effect' }] });
    expect(trained()).toBe(15);
    expect(before).toBeLessThan(15);
  });

  it('names children that were killed, at whatever moment, and trains only theirs again', async () => {
    // The child of the ninth training dies in the middle of its lines.
    const more = `if (request.kind === 'train' && count('began') === 9) { tell({ message: 'started', parameters: 1 }); tell({ message: 'metrics', step: 0, values: { 'train/loss': 1 } }); process.stdout.write('{"message":"met', () => process.kill(process.pid, 'SIGKILL')); return; }`;
    const file = writeFakeChild(folder, { more });
    const record = await tryFix(REQUEST, options({ file }));
    expect(record.problems).toEqual([expect.stringMatching(/^\S+, seed \d: the child was ended by SIGKILL/)]);
    expect(record.verdicts.map(({ seeds }) => seeds).sort()).toEqual([2, 3, 3]);
    expect(record.verdicts.find(({ seeds }) => seeds === 2)).toMatchObject({ verdict: 'unclear' });
    const before = trained();
    const again = await tryFix(REQUEST, options({ file }));
    expect(again).toMatchObject({ state: 'done', problems: [] });
    expect(trained()).toBe(before + 1);
  });

  it('says when its engine has gone', async () => {
    const more = `tell({ message: 'failed', reason: 'tfjs-backend-wasm-simd.wasm is missing' }); process.exit(1);`;
    const record = await tryFix(REQUEST, options({ file: writeFakeChild(folder, { more }) }));
    expect(record.state).toBe('failed');
    expect(record.problems[0]).toContain('no engine can be used here: wasm: tfjs-backend-wasm-simd.wasm is missing');
    const later = `if (request.kind === 'train' && count('began') > 4) { ${more} }`;
    const midway = await tryFix(REQUEST, options({ file: writeFakeChild(folder, { more: later }) }));
    expect(midway.problems).toContain('baseline, seed 2: tfjs-backend-wasm-simd.wasm is missing');
    expect(await tryFix(REQUEST, options())).toMatchObject({ state: 'done', problems: [] });
  });

  it('comes to the same where others train into its folder, and says why they did not', async () => {
    const here = await tryFix(REQUEST, options());
    const folderElsewhere = path.join(folder, 'elsewhere');
    const fake = writeFakeChild(folder);
    let handed = 0;
    const elsewhere: Elsewhere = {
      async train(runs) {
        handed += runs.length;
        const task = { evenkeelLabTask: 1, folder: folderElsewhere, threads: 1, packages: null, runs } as const;
        await Promise.all([0, 1].map((index) => trainShare(task, { index, of: 2 }, { file: fake, now: Date.now })));
      },
    };
    const there = await tryFix(REQUEST, options({ folder: folderElsewhere, file: fake, elsewhere }));
    expect(handed).toBe(15);
    expect(there.verdicts).toEqual(here.verdicts);
    expect(there.reproduction).toEqual(here.reproduction);
    const lost: Elsewhere = { train: () => Promise.resolve() };
    const nothing = await tryFix(REQUEST, options({ folder: path.join(folder, 'lost'), elsewhere: lost }));
    expect(nothing.state).toBe('failed');
    expect(nothing.problems[0]).toContain('did not come to its end elsewhere');
    const refused: Elsewhere = { train: () => Promise.reject(new Error('sbatch: invalid partition')) };
    const never = await tryFix(REQUEST, options({ folder: path.join(folder, 'never'), elsewhere: refused }));
    expect(never).toMatchObject({ state: 'failed', problems: ['sbatch: invalid partition'] });
  });

  it.skipIf(process.platform === 'win32')(
    'says when the disk takes no more, keeps what is whole, and goes on',
    async () => {
      const bundle = path.join(folder, 'lab.cjs');
      await build({
        entryPoints: ['src/lab/lab.ts'],
        bundle: true,
        platform: 'node',
        outfile: bundle,
        logLevel: 'error',
      });
      const { file, ...plain } = options();
      const script = `
      const { tryFix } = require(${JSON.stringify(bundle)});
      const options = { ...${JSON.stringify(plain)}, file: ${JSON.stringify(file)}, now: Date.now };
      tryFix(${JSON.stringify(REQUEST)}, options).then(({ state }) => console.log(state), ({ name, message }) => console.log(name, message));`;
      const limited = (blocks: string): string =>
        execFileSync('bash', ['-c', `ulimit -f ${blocks}; exec "$0" -e "$1"`, process.execPath, script]).toString();
      // A log of 120 lines has more than 8 KiB; records of the trial are smaller.
      expect(limited('8')).toMatch(/^LabDiskError .*EFBIG.*runs that came to their end are kept/);
      expect(limited('unlimited')).toBe('done\n');
      expect((await readTrials(path.join(folder, 'runs'))).trials).toMatchObject([{ state: 'done', problems: [] }]);
    },
  );

  it('skips damaged records, and names them', async () => {
    await tryFix(REQUEST, options());
    const place = path.join(folder, 'runs', 'trials');
    writeFileSync(
      path.join(place, 'torn.json'),
      readFileSync(path.join(place, readdirSync(place)[0]!)).subarray(0, 99),
    );
    writeFileSync(path.join(place, 'other.json'), '[1]');
    const { trials, unreadable } = await readTrials(path.join(folder, 'runs'));
    expect(trials).toHaveLength(1);
    expect(unreadable.map((file) => path.basename(file))).toEqual(['other.json', 'torn.json']);
    expect(await readTrials(path.join(folder, 'nowhere'))).toEqual({ trials: [], unreadable: [] });
  });

  it('ranks fixes by what they did', async () => {
    const { trials } = await tryFix(REQUEST, options()).then(() => readTrials(path.join(folder, 'runs')));
    const verdicts = verdictsFor(trials, REQUEST.finding);
    expect(rankedByVerdicts(REQUEST.fixes, verdicts).map(({ id }) => id)).toEqual([
      'clip-gradients',
      'set-epoch',
      'adamw-instead-of-adam',
      'layer-norm',
      'qk-norm',
      'add-warmup',
    ]);
    expect(verdicts.get('clip-gradients')!.text).toMatch(
      /^helps on a proxy of \d+ k parameters: −0\.49 \[−0\.\d\d, −0\.\d\d\] nats of held-out loss, 3 seeds$/,
    );
    expect(verdictsFor(trials, { ...REQUEST.finding, run: 'another' }).size).toBe(0);
  });
});
