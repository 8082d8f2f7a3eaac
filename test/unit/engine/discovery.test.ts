import { chmod, rename, symlink, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Discovery } from '../../../src/engine/discovery/discovery.js';
import type { Discovered } from '../../../src/engine/discovery/discovery.js';
import { excludedBy } from '../../../src/engine/pathGlobs.js';
import { eventFile, jsonRows, scratchFolder, writeTree } from './scratch.js';

const ROWS = jsonRows(30);
const METRIC = '1700000000000 2.5 0\n1700000001000 2.25 1\n';
const EVENTS = eventFile(
  [0, 1, 2].map((step) => ({ tag: 'loss', step, value: 1 / (step + 1), wallTime: 1.7e9 + step })),
);

function discover(
  roots: readonly string[],
  exclude: readonly string[] = [],
  discovery = new Discovery(),
): Promise<Discovered> {
  return discovery.discover(roots, { isExcluded: excludedBy(exclude), now: Date.now });
}

/** Runs as "name: lane | lane", a lane as its files below the root, with rank and prefix. */
function outline(root: string, { runs }: Discovered): string[] {
  return runs.map(({ description: { name, lanes } }) => {
    const told = lanes.map((files) =>
      files
        .map(({ path: file, rank, tagPrefix }) => {
          const relative = path.relative(root, file).replaceAll('\\', '/');
          return `${relative}${rank === undefined ? '' : `@${rank}`}${tagPrefix ? `[${tagPrefix}]` : ''}`;
        })
        .join(' + '),
    );
    return `${name}: ${told.join(' | ')}`;
  });
}

/** Paths below the root. */
function namesOf(root: string, files: readonly { readonly path: string }[] = []): string[] {
  return files.map((file) => path.relative(root, file.path).replaceAll('\\', '/'));
}

async function outlineOf(files: Readonly<Record<string, string | Uint8Array>>): Promise<string[]> {
  const root = await scratchFolder();
  await writeTree(root, files);
  return outline(root, await discover([root]));
}

describe('names of runs', () => {
  it('come from the folder where the file is called like any log, from the file where it has a name', async () => {
    expect(
      await outlineOf({
        'gpt-small/metrics.jsonl': ROWS,
        'gpt-large/logs/train.jsonl': ROWS,
        'sweep/lr-3e-4.jsonl': ROWS,
        'sweep/lr-1e-3.jsonl': ROWS,
        'lightning_logs/version_3/metrics.csv': 'epoch,step,train_loss\n0,1,2.5\n0,2,2.4\n0,3,2.2\n',
      }),
    ).toEqual([
      'gpt-large: gpt-large/logs/train.jsonl',
      'gpt-small: gpt-small/metrics.jsonl',
      'lightning_logs/version_3: lightning_logs/version_3/metrics.csv',
      'lr-1e-3: sweep/lr-1e-3.jsonl',
      'lr-3e-4: sweep/lr-3e-4.jsonl',
    ]);
  });

  it("say of the lab's runs what they are, once their record stands beside their log", async () => {
    const record = (label: string, seed: number): string =>
      JSON.stringify({ evenkeelLab: 1, label, seed, backend: 'wasm', parameters: 830_000, settings: {} });
    expect(
      await outlineOf({
        'mine/metrics.jsonl': ROWS,
        'lab/baseline-seed1-0a1b/metrics.jsonl': ROWS,
        'lab/baseline-seed1-0a1b/lab-run.json': record('baseline', 1),
        'lab/qk-norm-seed2-2c3d/metrics.jsonl': ROWS,
        'lab/qk-norm-seed2-2c3d/lab-run.json': record('qk-norm', 2),
        'other/metrics.jsonl': ROWS,
        'other/lab-run.json': '{"label": "mine", "seed": 3}',
      }),
    ).toEqual([
      'Lab: baseline, seed 1: lab/baseline-seed1-0a1b/metrics.jsonl',
      'Lab: qk-norm, seed 2: lab/qk-norm-seed2-2c3d/metrics.jsonl',
      'mine: mine/metrics.jsonl',
      'other: other/metrics.jsonl',
    ]);
  });

  it('differ, by the folders or files that differ', async () => {
    expect(
      await outlineOf({
        'a/run1/metrics.jsonl': ROWS,
        'b/run1/metrics.jsonl': ROWS,
        'c/run2/metrics.jsonl': ROWS,
        'c/run2/results.csv': 'step,loss\n1,2\n2,1\n3,1\n',
      }),
    ).toEqual([
      'a/run1: a/run1/metrics.jsonl',
      'b/run1: b/run1/metrics.jsonl',
      'run2 (metrics.jsonl): c/run2/metrics.jsonl',
      'run2 (results.csv): c/run2/results.csv',
    ]);
  });
});

describe('grouping', () => {
  it('puts the event files of a folder into one lane, the older first, and its splits beside it', async () => {
    expect(
      await outlineOf({
        'keras/train/events.out.tfevents.1700000900.host': EVENTS,
        'keras/train/events.out.tfevents.1600000000.host': EVENTS,
        'keras/validation/events.out.tfevents.1700000000.host': EVENTS,
        'estimator/events.out.tfevents.1700000000.host': EVENTS,
        'estimator/eval/events.out.tfevents.1700000000.host': EVENTS,
      }),
    ).toEqual([
      'estimator: estimator/events.out.tfevents.1700000000.host | estimator/eval/events.out.tfevents.1700000000.host[eval/]',
      'keras: keras/train/events.out.tfevents.1600000000.host[train/] + keras/train/events.out.tfevents.1700000900.host[train/]' +
        ' | keras/validation/events.out.tfevents.1700000000.host[validation/]',
    ]);
  });

  it('knows the events of a lone evaluation folder for evaluations', async () => {
    expect(await outlineOf({ 'kws/logs/validation/events.out.tfevents.1': EVENTS })).toEqual([
      expect.stringMatching(/: kws\/logs\/validation\/events\.out\.tfevents\.1\[validation\/\]$/),
    ]);
  });

  it('leaves a lone folder that is called like a split a run of its own', async () => {
    expect(
      await outlineOf({ 'runs/test/events.out.tfevents.1': EVENTS, 'runs/exp/events.out.tfevents.1': EVENTS }),
    ).toEqual(['exp: runs/exp/events.out.tfevents.1', 'runs: runs/test/events.out.tfevents.1']);
  });

  it('makes one run of the files of ranks', async () => {
    expect(
      await outlineOf({
        'ddp/rank_0.jsonl': ROWS,
        'ddp/rank_1.jsonl': ROWS,
        'ddp/rank_10.jsonl': ROWS,
        'fsdp/rank0/metrics.jsonl': ROWS,
        'fsdp/rank1/metrics.jsonl': ROWS,
      }),
    ).toEqual([
      'ddp: ddp/rank_0.jsonl@0 | ddp/rank_1.jsonl@1 | ddp/rank_10.jsonl@10',
      'fsdp: fsdp/rank0/metrics.jsonl@0 | fsdp/rank1/metrics.jsonl@1',
    ]);
  });

  it('makes one run of training and evaluation logs side by side, and of rotated logs', async () => {
    expect(
      await outlineOf({
        'pair/train_metrics.jsonl': ROWS,
        'pair/eval_metrics.jsonl': ROWS,
        'rotated/log.jsonl': ROWS,
        'rotated/log.jsonl.1': ROWS,
        'rotated/log.jsonl.2.gz': gzipSync(ROWS),
      }),
    ).toEqual([
      'pair: pair/train_metrics.jsonl[train/] | pair/eval_metrics.jsonl[eval/]',
      'rotated: rotated/log.jsonl.2.gz + rotated/log.jsonl.1 + rotated/log.jsonl',
    ]);
  });

  it('makes one run of event files and the table that another logger wrote beside them', async () => {
    const root = await scratchFolder();
    await writeTree(root, {
      'lightning_logs/version_0/events.out.tfevents.1700000000.host.1.0': EVENTS,
      'lightning_logs/version_0/metrics.csv': 'epoch,step,train_loss\n0,0,2.5\n0,1,2.25\n',
      'lightning_logs/version_0/hparams.yaml': 'lr: 0.1\n',
      'lightning_logs/version_1/metrics.csv': 'epoch,step,train_loss\n0,0,2.5\n0,1,2.25\n',
    });
    const found = await discover([root]);
    expect(outline(root, found)).toEqual([
      'lightning_logs/version_0: lightning_logs/version_0/events.out.tfevents.1700000000.host.1.0',
      'lightning_logs/version_1: lightning_logs/version_1/metrics.csv',
    ]);
    const copies = found.runs.map(({ description }) => description.copies ?? []);
    expect(copies).toEqual([[path.join(root, 'lightning_logs/version_0/metrics.csv')], []]);
    const alone = await discover([path.join(root, 'lightning_logs/version_0/metrics.csv')]);
    expect(alone.runs.map(({ description }) => description.lanes.length)).toEqual([1]);
  });

  it('makes one run of the files of ranks, however launchers and scripts call them', async () => {
    const TEXT = Array.from({ length: 20 }, (_, step) => `step ${step}: loss ${(2 / (step + 1)).toFixed(4)}\n`).join(
      '',
    );
    expect(
      await outlineOf({
        'launched/none_x1/attempt_0/0/stdout.log': TEXT,
        'launched/none_x1/attempt_0/1/stdout.log': TEXT,
        'launched/none_x1/attempt_0/1/stderr.log': TEXT,
        'launched/none_x1/attempt_1/0/stdout.log': TEXT,
        'launched/none_x1/attempt_1/1/stdout.log': TEXT,
        'a/rank_3.log': TEXT,
        'a/rank_12.log': TEXT,
        'b/train.rank0.log': TEXT,
        'b/train.rank1.log': TEXT,
        'c/events.out.tfevents.1700000000.host.rank0': EVENTS,
        'c/events.out.tfevents.1700000000.host.rank1': EVENTS,
        'd/rank_0/events.out.tfevents.1700000000.host': EVENTS,
        'd/rank_1/events.out.tfevents.1700000000.host': EVENTS,
      }),
    ).toEqual([
      'a: a/rank_3.log@3 | a/rank_12.log@12',
      'b: b/train.rank0.log@0 | b/train.rank1.log@1',
      'c: c/events.out.tfevents.1700000000.host.rank0@0 | c/events.out.tfevents.1700000000.host.rank1@1',
      'd: d/rank_0/events.out.tfevents.1700000000.host@0 | d/rank_1/events.out.tfevents.1700000000.host@1',
      'none_x1: launched/none_x1/attempt_0/0/stdout.log@0 + launched/none_x1/attempt_1/0/stdout.log@0' +
        ' | launched/none_x1/attempt_0/1/stderr.log@1' +
        ' | launched/none_x1/attempt_0/1/stdout.log@1 + launched/none_x1/attempt_1/1/stdout.log@1',
    ]);
  });

  it('makes one run of the metrics of MLflow, called as it calls it', async () => {
    const [one, two, three] = ['a', 'b', 'c'].map((digit) => digit.repeat(32)) as [string, string, string];
    const root = await scratchFolder();
    await writeTree(root, {
      [`mlruns/0/${one}/metrics/loss`]: METRIC,
      [`mlruns/0/${one}/metrics/val/loss`]: METRIC,
      [`mlruns/0/${one}/params/lr`]: '0.1',
      [`mlruns/0/${one}/meta.yaml`]: 'run_name: old\nstatus: 3\n',
      [`mlruns/0/${one}/tags/mlflow.runName`]: 'bold-owl',
      [`mlruns/0/${two}/metrics/loss`]: METRIC,
      [`mlruns/0/${two}/meta.yaml`]: 'run_name: calm-fox\nstatus: 3\n',
      [`store/0/${three}/metrics/loss`]: METRIC,
      [`store/0/${three}/tags/mlflow.runName`]: 'bold-owl',
      [`mlruns/.trash/${one}/metrics/loss`]: METRIC,
      'notes/metrics/loss': METRIC,
      'mlruns/0/meta.yaml': 'name: Default\n',
    });
    const discovery = new Discovery();
    const found = await discover([root], [], discovery);
    expect(outline(root, found)).toEqual([
      `bold-owl (aaaaaaaa): mlruns/0/${one}/metrics/loss | mlruns/0/${one}/metrics/val/loss`,
      `calm-fox: mlruns/0/${two}/metrics/loss`,
      `bold-owl (cccccccc): store/0/${three}/metrics/loss`,
    ]);
    expect(found.unreadable).toEqual([]);
    const folder = path.join(root, 'mlruns/0', one);
    const alone = await discover([folder]);
    expect(outline(root, alone)).toEqual([`bold-owl: mlruns/0/${one}/metrics/loss | mlruns/0/${one}/metrics/val/loss`]);
    expect(alone.runs[0]?.description).toMatchObject({ id: found.runs[0]?.description.id, location: folder });
    const metric = await discover([path.join(folder, 'metrics/val/loss')]);
    expect(outline(root, metric)).toEqual([`bold-owl: mlruns/0/${one}/metrics/val/loss`]);
    expect(metric.runs[0]?.description.settings).toHaveLength(3);
    await writeTree(root, { [`mlruns/0/${one}/tags/mlflow.runName`]: 'renamed-owl' });
    expect(outline(root, await discover([root], [], discovery))[0]).toMatch(/^renamed-owl: /);
  });

  it('makes one run of what W&B keeps of it', async () => {
    const folder = 'wandb/offline-run-20240131_120000-1a2b3c4d';
    const root = await scratchFolder();
    await writeTree(root, {
      [`${folder}/run-1a2b3c4d.wandb`]: Uint8Array.of(0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00, 0, 0, 0),
      [`${folder}/files/output.log`]: 'step 1: loss 2\nstep 2: loss 1\nstep 3: loss 1\n',
      [`${folder}/files/config.yaml`]: 'wandb_version: 1\nlr:\n  value: 0.1\n',
      [`${folder}/files/wandb-metadata.json`]: '{"program": "train.py"}',
      [`${folder}/files/wandb-summary.json`]: '{"loss": 1}',
      [`${folder}/logs/debug.log`]: 'step 1: loss 2\nstep 2: loss 1\nstep 3: loss 1\n',
    });
    await symlink(path.basename(folder), path.join(root, 'wandb/latest-run'));
    const { runs, unreadable } = await discover([root]);
    expect(
      runs.map(({ description: { copies, settings } }) => ({ copies, settings: namesOf(root, settings) })),
    ).toEqual([
      {
        copies: [path.join(root, folder, 'files/output.log')],
        settings: [`${folder}/files/config.yaml`, `${folder}/files/wandb-metadata.json`],
      },
    ]);
    expect(unreadable).toEqual([]);
    const console = await discover([path.join(root, folder, 'files/output.log')]);
    expect(console.runs).toHaveLength(1);
  });

  it('takes the trainer state that goes furthest', async () => {
    const state = (step: number): string =>
      JSON.stringify({ best_metric: null, global_step: step, log_history: [{ loss: 2, step }], max_steps: 900 });
    expect(
      await outlineOf({
        'llama/checkpoint-500/trainer_state.json': state(500),
        'llama/checkpoint-1000/trainer_state.json': state(1000),
        'bert/checkpoint-500/trainer_state.json': state(500),
        'bert/trainer_state.json': state(900),
      }),
    ).toEqual(['bert: bert/trainer_state.json', 'llama: llama/checkpoint-1000/trainer_state.json']);
  });
});

describe('settings', () => {
  async function settingsIn(files: Readonly<Record<string, string | Uint8Array>>, ask = ''): Promise<string[]> {
    const root = await scratchFolder();
    await writeTree(root, files);
    const { runs } = await discover([path.join(root, ask)]);
    return runs.map(({ description: { name, settings } }) => `${name}: ${namesOf(root, settings).join(', ')}`);
  }

  it('belong to the run that they lie beside or around', async () => {
    expect(
      await settingsIn({
        'config.yaml': 'lr: 1\nbatch_size: 2\n',
        'lightning_logs/version_0/metrics.csv': 'epoch,step,train_loss\n0,0,2.5\n0,1,2.25\n',
        'lightning_logs/version_0/events.out.tfevents.1700000000.host.1.0': EVENTS,
        'lightning_logs/version_0/hparams.yaml': 'lr: 0.1\n',
        'outputs/2024-01-31/12-00-00/.hydra/config.yaml': 'lr: 0.1\n',
        'outputs/2024-01-31/12-00-00/lightning/version_0/metrics.csv': 'epoch,step,loss\n0,0,2.5\n0,1,2.25\n',
        'exp7/config.json': '{}',
        'exp7/logs/train.jsonl': ROWS,
        'other/logs/train.jsonl': ROWS,
        'sweep/config.json': '{}',
        'sweep/lr-1.jsonl': ROWS,
        'sweep/lr-2.jsonl': ROWS,
      }),
    ).toEqual([
      'exp7: exp7/config.json',
      'lightning_logs/version_0: lightning_logs/version_0/hparams.yaml',
      'other: ',
      'lightning/version_0: outputs/2024-01-31/12-00-00/.hydra/config.yaml',
      'lr-1: ',
      'lr-2: ',
    ]);
  });

  it('are found beside a log that was named by itself', async () => {
    const files = { 'run/metrics.jsonl': ROWS, 'run/hparams.yaml': 'lr: 1\n', 'run/.hydra/config.yaml': 'lr: 1\n' };
    expect(await settingsIn(files, 'run/metrics.jsonl')).toEqual(['run: run/.hydra/config.yaml, run/hparams.yaml']);
  });
});

describe('walking', () => {
  it('skips bulk folders, excluded paths, and files that are no logs', async () => {
    const root = await scratchFolder();
    await writeTree(root, {
      'run/metrics.jsonl': ROWS,
      'node_modules/x/metrics.jsonl': ROWS,
      '.venv/lib/metrics.jsonl': ROWS,
      'secret/metrics.jsonl': ROWS,
      'package.json': '{}',
      'notes.txt': 'buy milk',
      'train.py': 'loss = 1',
    });
    const discovered = await discover([root], ['**/secret']);
    expect(outline(root, discovered)).toEqual(['run: run/metrics.jsonl']);
    expect(discovered.unreadable.map((item) => path.basename(item.path))).toEqual(['notes.txt']);
  });

  it('ends on links in circles and counts a folder once', async () => {
    const root = await scratchFolder();
    await writeTree(root, { 'a/metrics.jsonl': ROWS });
    await symlink(root, path.join(root, 'a/loop'));
    await symlink(path.join(root, 'a'), path.join(root, 'b'));
    expect(outline(root, await discover([root]))).toEqual(['a: a/metrics.jsonl']);
  });

  it('does not wait for what is no file, and says so', async () => {
    const { unreadable } = await discover(['/dev/null']);
    expect(unreadable).toEqual([{ path: '/dev/null', message: expect.stringMatching(/not a file/) as string }]);
  });

  it('says why a path that was asked for is not read', async () => {
    const root = await scratchFolder();
    await writeTree(root, {
      'locked.jsonl': ROWS,
      'weights.json': 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n',
    });
    await chmod(path.join(root, 'locked.jsonl'), 0);
    const asked = ['locked.jsonl', 'weights.json', 'missing.csv'].map((name) => path.join(root, name));
    const { runs, unreadable } = await discover(asked);
    const reasons = new Map(unreadable.map(({ path: file, message }) => [path.basename(file), message]));
    expect(reasons.get('weights.json')).toMatch(/LFS/);
    expect(reasons.get('missing.csv')).toMatch(/no such file/);
    // Who may read everything reads this too.
    expect(runs.length === 1 || /permission/.test(reasons.get('locked.jsonl') ?? '')).toBe(true);
  });

  it('keeps the paths and the ids stable however the path is written', async () => {
    const root = await scratchFolder();
    await writeTree(root, { 'run/metrics.jsonl': ROWS });
    const one = await discover([root]);
    const other = await discover([`${root}/./run/../`]);
    expect(other.runs[0]?.description.id).toBe(one.runs[0]?.description.id);
    expect(one.runs[0]?.description.id).toMatch(/^[0-9a-f]{16}$/);
  });

  it('finds what is new, changed, renamed and gone when asked again', async () => {
    const root = await scratchFolder();
    const discovery = new Discovery();
    await writeTree(root, { 'a/metrics.jsonl': ROWS, 'b/later.jsonl': '' });
    expect(outline(root, await discover([root], [], discovery))).toEqual(['a: a/metrics.jsonl']);
    await writeTree(root, { 'b/later.jsonl': ROWS, 'c/d/e/metrics.jsonl': ROWS });
    expect(outline(root, await discover([root], [], discovery))).toEqual([
      'a: a/metrics.jsonl',
      'later: b/later.jsonl',
      'e: c/d/e/metrics.jsonl',
    ]);
    await rename(path.join(root, 'b'), path.join(root, 'z'));
    await unlink(path.join(root, 'a/metrics.jsonl'));
    await writeFile(path.join(root, 'c/d/e/metrics.jsonl'), 'now a letter to my aunt');
    expect(outline(root, await discover([root], [], discovery))).toEqual(['later: z/later.jsonl']);
  });
});
