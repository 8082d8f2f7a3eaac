import { mkdir, symlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RunCheckpoints } from '../../../src/engine/runs/runCheckpoints.js';
import type { RunPlaces } from '../../../src/engine/runs/runCheckpoints.js';
import type { RunDescription } from '../../../src/model/run.js';
import { safetensors } from '../../editor/support/safetensors.js';
import { scratchFolder, writeTree } from './scratch.js';

const TENSORS = [{ name: 'w', shape: [2], values: new Float32Array([1, 2]) }];
const WEIGHTS = safetensors(TENSORS);

/** A run known by a folder, or by a file in one. */
function run(location: string, log = path.join(location, 'metrics.jsonl')): RunDescription {
  return { id: location, name: path.basename(location), location, lanes: [[{ path: log, rank: undefined }]] };
}

function placesOf(description: RunDescription, more: Partial<RunPlaces> = {}): RunPlaces {
  return {
    description,
    configuration: {},
    started: NaN,
    changed: Date.now(),
    runs: [description],
    within: [],
    ...more,
  };
}

async function found(places: RunPlaces): Promise<[string, number | null][]> {
  return (await new RunCheckpoints().of(places)).map(({ name, step }) => [name, step]);
}

describe('the checkpoints of a run', () => {
  it('are told in the order of their steps, by the names that trainers give them', async () => {
    const folder = await scratchFolder();
    await writeTree(folder, {
      'checkpoint-1000/model.safetensors': WEIGHTS,
      'checkpoint-1000/optimizer.pt': 'x',
      'checkpoint-500/model-00001-of-00002.safetensors': WEIGHTS,
      'checkpoint-500/model.safetensors.index.json': '{}',
      'checkpoint-600/adapter_model.safetensors': WEIGHTS,
      'checkpoints/epoch=3-step=1200.ckpt': 'x',
      'checkpoints/step_0001500.pt': 'x',
      'global_step100/mp_rank_00_model_states.pt': 'x',
      'global_step100/zero_pp_rank_0_mp_rank_00_optim_states.pt': 'x',
      'iter_0000200/mp_rank_00/model_optim_rng.pt': 'x',
      'ckpt/300/weights.safetensors': WEIGHTS,
      'optimizer.pt': 'x',
      'rng_state.pth': 'x',
      'training_args.bin': 'x',
      'data.npz': 'x',
      'notes.pkl': 'x',
    });
    expect(await found(placesOf(run(folder)))).toEqual([
      ['global_step100', 100],
      ['iter_0000200', 200],
      ['ckpt/300/weights.safetensors', 300],
      ['checkpoint-500', 500],
      ['checkpoint-600', 600],
      ['checkpoint-1000', 1000],
      ['checkpoints/epoch=3-step=1200.ckpt', 1200],
      ['checkpoints/step_0001500.pt', 1500],
    ]);
  });

  it('open by the file that stands for them', async () => {
    const folder = await scratchFolder();
    await writeTree(folder, {
      'checkpoint-1/model-00001-of-00002.safetensors': WEIGHTS,
      'checkpoint-1/model-00002-of-00002.safetensors': WEIGHTS,
      'checkpoint-1/model.safetensors.index.json': '{}',
      'iter_0000002/mp_rank_00/model_optim_rng.pt': 'x',
      'final/model-00001-of-00002.safetensors': WEIGHTS,
      'final/model-00002-of-00002.safetensors': WEIGHTS,
      'final/model.safetensors.index.json': '{}',
    });
    const opened = (await new RunCheckpoints().of(placesOf(run(folder)))).map((one) => path.relative(folder, one.path));
    expect(opened).toEqual([
      path.join('checkpoint-1', 'model.safetensors.index.json'),
      path.join('iter_0000002', 'mp_rank_00', 'model_optim_rng.pt'),
      path.join('final', 'model.safetensors.index.json'),
    ]);
  });

  it('say their step themselves where their names do not: beside the weights, or in the file', async () => {
    const folder = await scratchFolder();
    await writeTree(folder, {
      'best/model.safetensors': WEIGHTS,
      'best/trainer_state.json': '{\n "epoch": 1.5,\n "global_step": 350,\n "log_history": []\n}',
      'last.safetensors': safetensors(TENSORS, { global_step: '700' }),
      'broken.ckpt': 'no checkpoint',
    });
    expect(await found(placesOf(run(folder)))).toEqual([
      ['best/model.safetensors', 350],
      ['last.safetensors', 700],
      ['broken.ckpt', null],
    ]);
  });

  it('are found beside the folder of its logs', async () => {
    const folder = await scratchFolder();
    const logs = path.join(folder, 'runs', 'Nov21_10-00-00_host');
    await writeTree(folder, {
      'runs/Nov21_10-00-00_host/metrics.jsonl': '',
      'checkpoint-500/model.safetensors': WEIGHTS,
    });
    expect(await found(placesOf(run(logs)))).toEqual([[expect.stringMatching(/checkpoint-500$/), 500]]);
  });

  it('are found where the configuration says, within the folders that are looked at alone', async () => {
    const folder = await scratchFolder();
    const elsewhere = await scratchFolder();
    await writeTree(folder, { 'experiments/a/log.jsonl': '', 'saved/a/step_10.pt': 'x' });
    await writeTree(elsewhere, { 'step_20.pt': 'x' });
    const description = run(path.join(folder, 'experiments', 'a'));
    const within = [folder];
    const look = (output_dir: string) => found(placesOf(description, { within, configuration: { output_dir } }));
    expect(await look('saved/a')).toEqual([[expect.stringMatching(/step_10\.pt$/), 10]]);
    expect(await look(elsewhere)).toEqual([]);
    expect(await look('../../../../../../..')).toEqual([]);
  });

  it('are those of the run that was running, where several save into one folder', async () => {
    const folder = await scratchFolder();
    await writeTree(folder, { 'logs/a/m.jsonl': '', 'logs/b/m.jsonl': '', 'step_10.pt': 'x', 'step_20.pt': 'x' });
    const [a, b] = ['a', 'b'].map((name) => run(path.join(folder, 'logs', name)));
    const hour = 3_600_000;
    const written = async (name: string, time: number): Promise<void> =>
      utimes(path.join(folder, name), time / 1000, time / 1000);
    await written('step_10.pt', 10 * hour);
    await written('step_20.pt', 20 * hour);
    const runs = [a!, b!];
    expect(await found(placesOf(a!, { runs, started: 9.5 * hour, changed: 10.5 * hour }))).toEqual([
      [expect.stringContaining('step_10.pt'), 10],
    ]);
    expect(await found(placesOf(b!, { runs, started: 19.5 * hour, changed: 20.5 * hour }))).toEqual([
      [expect.stringContaining('step_20.pt'), 20],
    ]);
    expect(await found(placesOf(a!, { runs }))).toEqual([]);
  });

  it('are not those of runs in folders of their own below', async () => {
    const folder = await scratchFolder();
    await writeTree(folder, { 'step_1.pt': 'x', 'other/step_2.pt': 'x', 'other/m.jsonl': '' });
    const [outer, inner] = [run(folder), run(path.join(folder, 'other'))];
    expect(await found(placesOf(outer, { runs: [outer, inner] }))).toEqual([['step_1.pt', 1]]);
    expect(await found(placesOf(inner, { runs: [outer, inner] }))).toEqual([['step_2.pt', 2]]);
  });

  it('of a log that lies among others are those that are called as it', async () => {
    const folder = await scratchFolder();
    await writeTree(folder, { 'a.csv': '', 'b.csv': '', 'a-step_1.pt': 'x', 'b-step_2.pt': 'x' });
    const [a, b] = ['a.csv', 'b.csv'].map((name) => run(path.join(folder, name), path.join(folder, name)));
    expect(await found(placesOf(a!, { runs: [a!, b!] }))).toEqual([['a-step_1.pt', 1]]);
  });

  it('are looked for without following links in circles, and without failing', async () => {
    const folder = await scratchFolder();
    await mkdir(path.join(folder, 'a'));
    await symlink(folder, path.join(folder, 'a', 'again'));
    expect(await found(placesOf(run(folder)))).toEqual([]);
    expect(await found(placesOf(run(path.join(folder, 'gone'))))).toEqual([]);
  });
});
