import { afterEach, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../../src/checkpoints/checkpointError.js';
import { openCheckpoint } from '../../../src/checkpoints/formats.js';
import { judgeCheckpoint } from '../../../src/checkpoints/judging/rules.js';
import { summarise } from '../../../src/checkpoints/summary.js';
import { bytesOf, filesOf, floats, hdf5, little, safetensors, samples, torchPickle, torchZip } from './sampleFiles.js';

afterEach(() => hdf5.close());

describe.each(Object.entries(samples()))('%s', (kind, files) => {
  it('has the tensor with its numbers', async () => {
    const checkpoint = await openCheckpoint(filesOf(files));
    expect(checkpoint.format).toBe(kind.split(' ')[0] === 'sharded' ? 'safetensors' : kind.split(' ')[0]);
    const [tensor] = await summarise(checkpoint);
    expect(tensor).toMatchObject({ dtype: 'f32', shape: [16], role: 'weight' });
    expect(tensor?.stats).toMatchObject({ count: 16, zeros: 1, min: -8, max: 7, absMax: 8, nan: 0, inf: 0 });
  });

  // Each look at an HDF5 file starts a thread: `hdf5.test.ts` damages more of them in one.
  const isThreaded = /^(hdf5|keras)/.test(kind);

  it('is told as truncated, or keeps what is whole, wherever it ends', { timeout: 60_000 }, async () => {
    for (const [name, bytes] of Object.entries(files)) {
      const step = Math.max(1, Math.floor(bytes.length / (isThreaded ? 6 : 60)));
      for (let end = 0; end < bytes.length; end += step) {
        const outcome = await outcomeOf({ ...files, [name]: bytes.slice(0, end) });
        if (outcome instanceof Error) {
          expect(outcome).toBeInstanceOf(CheckpointError);
        } else {
          expect(Array.isArray(outcome)).toBe(true);
        }
      }
    }
  });

  it('survives damage: an answer or a refusal, soon, whatever bytes change', { timeout: 60_000 }, async () => {
    const random = generator(kind.length * 7919);
    for (let round = 0; round < (isThreaded ? 8 : 150); round++) {
      const damagedFiles = Object.fromEntries(
        Object.entries(files).map(([name, bytes]) => [name, mutated(bytes, random)]),
      );
      const started = performance.now();
      const outcome = await outcomeOf(damagedFiles);
      if (outcome instanceof Error) {
        expect(outcome, `round ${round}: ${outcome.stack ?? ''}`).toBeInstanceOf(CheckpointError);
      }
      expect(performance.now() - started, `round ${round}`).toBeLessThan(5000);
    }
  });
});

async function outcomeOf(files: Readonly<Record<string, Uint8Array>>): Promise<unknown> {
  const outcome = await openCheckpoint(filesOf(files)).then(summarise, (error: unknown) => error);
  await hdf5.close();
  return outcome;
}

/** A linear congruential generator: the same damage every time. */
function generator(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function mutated(bytes: Uint8Array, random: (below: number) => number): Uint8Array {
  const copy = bytes.slice();
  const extremes = [0, 1, 0x7f, 0x80, 0xff];
  for (let change = random(4); change >= 0; change--) {
    const at = random(copy.length);
    const value = random(2) === 0 ? (extremes[random(5)] ?? 0) : random(256);
    copy.fill(value, at, at + (random(4) === 0 ? 8 : 1));
  }
  return random(8) === 0 ? bytesOf(copy.subarray(0, random(copy.length)), copy.subarray(random(copy.length))) : copy;
}

describe('what is no checkpoint', () => {
  const cases: readonly (readonly [string, string | Uint8Array, RegExp])[] = [
    [
      'a pointer of Git LFS',
      'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12345\n',
      /pointer of Git LFS.*12345/,
    ],
    ['a web page', '<!DOCTYPE html><html>', /web page/],
    ['an empty file', '', /empty/],
    ['zeros', new Uint8Array(4096), /never written/],
    ['something else', 'hello, world, this is text', /no checkpoint/],
  ];
  it.each(cases)('%s is refused as such', async (_, content, reason) => {
    await expect(openCheckpoint(filesOf({ 'a.bin': bytesOf(content) }))).rejects.toThrow(reason);
  });
});

describe('claims that are not believed', () => {
  it('a view that repeats one number a trillion times', async () => {
    const pickle = torchPickle({ w: { key: '0', shape: [1_000_000, 1_000_000], strides: [0, 0] } });
    const [tensor] = await summarise(await openCheckpoint(filesOf({ 'a.pt': torchZip(pickle, { 0: floats(1) }) })));
    expect(tensor?.noStats).toMatch(/repeats/);
  });

  it.each([
    ['neg', /resolve_neg/],
    ['conj', /resolve_conj/],
  ] as const)('a storage for what a view of it stands for, marked %s', async (pending, reason) => {
    const pickle = torchPickle({
      w: { key: '0', shape: [2], strides: [1], pending },
      plain: { key: '0', shape: [2], strides: [1] },
    });
    const checkpoint = await openCheckpoint(filesOf({ 'a.pt': torchZip(pickle, { 0: floats(1, 2) }) }));
    const [marked, plain] = await summarise(checkpoint);
    expect([marked?.stats, marked?.noStats]).toEqual([undefined, expect.stringMatching(reason)]);
    expect(plain?.stats?.mean).toBe(1.5);
  });

  it.each([
    '../b.safetensors',
    '/b.safetensors',
    '..\\b.safetensors',
    'x/../../b.safetensors',
    'C:\\b.safetensors',
    '',
  ])('an index that leads outside its folder, to "%s"', async (shard) => {
    const tensor = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
    const files = filesOf({
      'model.safetensors.index.json': bytesOf(JSON.stringify({ weight_map: { a: 'a.safetensors', b: shard } })),
      'a.safetensors': safetensors({ a: tensor }, floats(1)),
      [shard]: safetensors({ b: tensor }, floats(2)),
    });
    const asked: string[] = [];
    const sibling = (name: string) => {
      asked.push(name);
      return files.sibling(name);
    };
    const { tensors, problems } = await openCheckpoint({ ...files, sibling });
    expect(tensors.map(({ name }) => name)).toEqual(['a']);
    expect(asked).toEqual(['a.safetensors']);
    expect(problems.map(({ message }) => message).join()).toMatch(/outside its folder nothing is read/);
  });

  it('a header of exabytes', async () => {
    const bytes = bytesOf(little(8, 2 ** 31), '{"a":1}', new Uint8Array(100));
    await expect(openCheckpoint(filesOf({ 'a.safetensors': bytes }))).rejects.toThrow(CheckpointError);
  });

  it('a tensor that lies outside the file keeps its name', async () => {
    const bytes = safetensors({ w: { dtype: 'F32', shape: [1000], data_offsets: [0, 4000] } }, floats(1, 2));
    const checkpoint = await openCheckpoint(filesOf({ 'a.safetensors': bytes }));
    const [tensor] = await summarise(checkpoint);
    expect([tensor?.name, tensor?.noStats]).toEqual(['w', expect.stringContaining('truncated')]);
    expect(checkpoint.problems[0]?.message).toMatch(/truncated/);
  });

  it.each([
    [
      'memo bomb',
      bytesOf(
        [0x80, 2],
        ']q',
        [0],
        ...Array.from({ length: 60 }, (_, i) => bytesOf('](', 'h', [i], 'h', [i], 'eq', [i + 1])),
        '.',
      ),
    ],
    ['a list in itself', bytesOf([0x80, 2], ']q', [0], 'h', [0], 'a.')],
    ['a string of four gigabytes', bytesOf([0x80, 2], 'X', [255, 255, 255, 255], 'x.')],
    ['marks without end', bytesOf([0x80, 2], '('.repeat(200_000), '.')],
    ['nested tuples', bytesOf([0x80, 2], ')', new Uint8Array(150_000).fill(0x85), '.')],
    ['millions of dictionaries', bytesOf([0x80, 2], '('.repeat(1), '}'.repeat(3_000_000), 't.')],
    ['a number of a gigabyte', bytesOf([0x80, 2], [0x8b, 0, 0, 0, 64], 'x.')],
  ])('a pickle with %s ends soon', async (_, bytes) => {
    const started = performance.now();
    const outcome = await openCheckpoint(filesOf({ 'a.pkl': bytes })).catch((error: unknown) => error);
    if (outcome instanceof Error) {
      expect(outcome).toBeInstanceOf(CheckpointError);
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('findings', () => {
  const judged = async (...values: number[]) => {
    const file = safetensors(
      { 'a.weight': { dtype: 'F32', shape: [values.length], data_offsets: [0, values.length * 4] } },
      floats(...values),
    );
    const checkpoint = await openCheckpoint(filesOf({ 'a.safetensors': file }));
    return judgeCheckpoint({ ...checkpoint, tensors: await summarise(checkpoint) });
  };

  it('tell of NaN, and leave masks and healthy weights alone', async () => {
    expect((await judged(1, NaN, 2)).map(({ monitor, symptom }) => [monitor, symptom])).toEqual([
      ['non-finite-tensors', 'non-finite'],
    ]);
    expect(await judged(0, -Infinity, -Infinity, 0)).toEqual([]);
    expect(await judged(1, 2, 3)).toEqual([]);
  });
});
