import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointReport, ComparisonReport } from '../../../src/model/tensor.js';
import { floats, safetensors, samples } from '../checkpoints/sampleFiles.js';
import { buildCli, runCli } from './builtCli.js';

const FORMATS = samples();
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'evenkeel-checkpoint-cli-'));
  await buildCli();
  const files = {
    'a.safetensors': weights(1, 2, 3, 4),
    'b.safetensors': weights(1, 2, 3, 5),
    'broken.safetensors': weights(1, NaN, 3, 4),
    'cut.safetensors': weights(1, 2, 3, 4).subarray(0, 20),
    'pointer.safetensors': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n',
    'two.safetensors': safetensors(
      {
        small: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
        large: { dtype: 'F32', shape: [3], data_offsets: [4, 16] },
      },
      floats(1, 2, 3, 4),
    ),
    'notes.txt': 'buy milk',
    'a.pt': FORMATS['torch-zip']?.['a.pt'] ?? '',
    'a.h5': FORMATS['hdf5 latest']?.['a.h5'] ?? '',
    'cut.h5': (FORMATS['hdf5 latest']?.['a.h5'] ?? new Uint8Array(0)).subarray(0, 3000),
  };
  await Promise.all(Object.entries(files).map(([name, bytes]) => writeFile(path.join(folder, name), bytes)));
});

afterAll(() => rm(folder, { recursive: true }));

function weights(...values: number[]): Uint8Array {
  return safetensors({ 'a.weight': { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] } }, floats(...values));
}

async function report<Report = CheckpointReport>(...parameters: string[]): Promise<Report & { version: number }> {
  const { stdout, stderr } = await runCli(folder, 'checkpoint', ...parameters, '--format', 'json');
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Report & { version: number };
}

describe('evenkeel checkpoint', () => {
  it('tells the tensors and their statistics as JSON', async () => {
    expect(await report('a.safetensors')).toMatchObject({
      version: 1,
      path: 'a.safetensors',
      format: 'safetensors',
      tensors: [
        {
          name: 'a.weight',
          dtype: 'f32',
          shape: [2, 2],
          role: 'weight',
          bytes: 16,
          stats: { count: 4, nan: 0, inf: 0, zeros: 0, min: 1, max: 4, mean: 2.5, absMax: 4 },
        },
      ],
      findings: [],
      problems: [],
    });
  });

  it('tells them in text, with what is wrong', async () => {
    const { code, stdout } = await runCli(folder, 'checkpoint', 'broken.safetensors');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^broken\.safetensors {2}safetensors · 1 tensor · 16 B$/m);
    expect(stdout).toContain('[non-finite]');
    expect(stdout).toMatch(/a\.weight/);
  });

  it('exits as --fail-on asks', async () => {
    expect((await runCli(folder, 'checkpoint', 'broken.safetensors', '--fail-on', 'error')).code).toBe(1);
    expect((await runCli(folder, 'checkpoint', 'a.safetensors', '--fail-on', 'info')).code).toBe(0);
  });

  it('reads HDF5 with the library that lies beside it', async () => {
    const { format, tensors, values } = await report('a.h5');
    expect([format, tensors.map(({ name, stats }) => [name, stats?.absMax])]).toEqual(['hdf5', [['a', 8]]]);
    expect(values).toMatchObject({ attribute11: 11 });
  });

  it('tells of so many tensors as --top asks, the largest', async () => {
    const { tensors } = await report('two.safetensors', '--top', '1');
    expect(tensors.map(({ name }) => name)).toEqual(['large']);
    expect((await runCli(folder, 'checkpoint', 'two.safetensors', '--top', '0')).code).toBe(2);
  });

  it('compares two', async () => {
    const compared = await report<ComparisonReport>('a.safetensors', 'b.safetensors');
    expect(compared).toMatchObject({ version: 1, path: 'b.safetensors', comparedWith: { path: 'a.safetensors' } });
    expect(compared.tensors.map(({ name }) => name)).toEqual(['a.weight']);
    const { code, stdout } = await runCli(folder, 'checkpoint', 'a.safetensors', 'b.safetensors');
    expect([code, stdout]).toEqual([0, expect.stringContaining('a.weight')]);
  });

  it.each([
    ['missing.pt', /^evenkeel: missing\.pt: .*(no such file|does not exist|ENOENT)/i],
    ['pointer.safetensors', /^evenkeel: pointer\.safetensors: .*Git LFS.*12,?345 bytes.*git lfs pull/],
    ['cut.safetensors', /^evenkeel: cut\.safetensors: .*truncated/],
    ['cut.h5', /^evenkeel: cut\.h5: .*truncated.*download or save it again/],
    ['notes.txt', /^evenkeel: notes\.txt: .*no checkpoint that is read here.*one of:.*safetensors/],
    ['.', /^evenkeel: \.: a folder without a checkpoint.*model\.safetensors/],
  ])('refuses %s in one line, with 2', async (file, reason) => {
    const { code, stdout, stderr } = await runCli(folder, 'checkpoint', file);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(reason);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});

describe('evenkeel checkpoint …: repairs', () => {
  it('write a new file, tell which tensors, and leave the old one', async () => {
    const before = await readFile(path.join(folder, 'a.pt'));
    const { code, stdout } = await runCli(folder, 'checkpoint', 'to-safetensors', 'a.pt', 'new.safetensors', '--format', 'json'); // prettier-ignore
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      { version: 1, path: 'new.safetensors', changed: ['weight'], notes: expect.any(Array) as unknown },
    ]);
    expect(await readFile(path.join(folder, 'a.pt'))).toEqual(before);
    expect((await report('new.safetensors')).tensors[0]?.stats).toMatchObject({ count: 16, max: 7 });
  });

  it('average in text', async () => {
    const done = await runCli(folder, 'checkpoint', 'average', 'mean.safetensors', 'a.safetensors', 'b.safetensors');
    expect([done.code, done.stdout]).toEqual([0, 'mean.safetensors: 1 tensor averaged\n']);
    expect((await report('mean.safetensors')).tensors[0]?.stats?.max).toBe(4.5);
  });

  it('never write over a file, and make none of what they cannot read', async () => {
    const taken = await runCli(folder, 'checkpoint', 'weights', 'a.pt', 'b.safetensors');
    expect([taken.code, taken.stderr]).toEqual([2, expect.stringMatching(/b\.safetensors/)]);
    expect(await readFile(path.join(folder, 'b.safetensors'))).toEqual(Buffer.from(weights(1, 2, 3, 5)));
    const unread = await runCli(folder, 'checkpoint', 'to-safetensors', 'notes.txt', 'none.safetensors');
    expect([unread.code, unread.stdout]).toEqual([2, '']);
    await expect(readFile(path.join(folder, 'none.safetensors'))).rejects.toThrow('ENOENT');
  });

  it('say that there is no momentum to reset', async () => {
    const { code, stderr } = await runCli(folder, 'checkpoint', 'reset-momentum', 'a.safetensors', 'reset.safetensors');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/momentum/)]);
  });
});
