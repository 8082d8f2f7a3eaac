import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../../src/checkpoints/formats.js';
import { blocksOf } from '../../../src/checkpoints/hdf5/blocks.js';
import type { Hdf5Dataset } from '../../../src/checkpoints/hdf5/library.js';
import { summarise } from '../../../src/checkpoints/summary.js';
import { reportCheckpoint } from '../../../src/engine/checkpoints/reports.js';
import { Hdf5Threads } from '../../../src/engine/checkpoints/hdf5/threads.js';
import { filesOf, fixture, hdf5 } from './sampleFiles.js';

afterEach(() => hdf5.close());

describe('HDF5', () => {
  it('is never read beyond the file that was named', async () => {
    const { tensors, problems } = await reportCheckpoint(path.join(__dirname, 'fixtures/outside.h5'));
    const told = Object.fromEntries(tensors.map(({ name, stats, noStats }) => [name, stats?.max ?? noStats]));
    expect(told).toEqual({
      kept: 3,
      elsewhere: expect.stringMatching(/unable to open external raw data file/) as unknown,
      virtual: 'its elements lie in other files, which are not followed',
    });
    expect(problems.map(({ message }) => message)).toEqual([
      '/linked: a link to another file (earliest.h5), which is not followed',
    ]);
  });

  it.each([
    ['earliest.h5', 0.6],
    ['latest.h5', 0.95],
  ])('shows what precedes the cut of a truncated file: %s', async (name, share) => {
    const whole = fixture(name);
    const { datasets } = await hdf5.open(filesOf({ 'a.h5': whole }).main);
    const cut = await hdf5.open(filesOf({ 'a.h5': whole.slice(0, Math.floor(whole.length * share)) }).main);
    expect(cut.problems[0]).toMatch(/^truncated: \d+ of the \d+ bytes are there/);
    expect(datasets.map(({ path: place }) => place)).toEqual(
      expect.arrayContaining(cut.datasets.map(({ path: place }) => place)),
    );
    for (const { path: place, shape } of cut.datasets) {
      const start = shape.map(() => 0);
      // Never zeros in place of what is missing.
      const read = cut.read(place, start, shape).then(
        () => 'read',
        (error: unknown) => String(error),
      );
      expect(await read).toMatch(/^read$|truncated/);
    }
  });

  it('is given up when the library takes too long', async () => {
    const impatient = new Hdf5Threads(1);
    await expect(impatient.open(filesOf({ 'a.h5': fixture('latest.h5') }).main)).rejects.toThrow(
      /more than 0\.001 seconds/,
    );
    await impatient.close();
  });

  it('fails as its file does', async () => {
    const { main } = filesOf({ 'a.h5': fixture('latest.h5') });
    const failing = { size: main.size, read: () => Promise.reject(new Error('EIO: i/o error, read')) };
    await expect(hdf5.open(failing)).rejects.toThrow('EIO: i/o error, read');
  });

  it('waits for a slow disk', async () => {
    const { main } = filesOf({ 'a.h5': fixture('earliest.h5') });
    const threads = new Hdf5Threads();
    const slow = {
      size: main.size,
      read: async (offset: number, target: Uint8Array) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        return main.read(offset, target.subarray(0, 5000));
      },
    };
    expect((await threads.open(slow)).datasets.map((one) => one.path)).toEqual(['/weight']);
    await threads.close();
  });

  it('gives no elements once it is closed', async () => {
    const checkpoint = await openCheckpoint(filesOf({ 'a.h5': fixture('latest.h5') }));
    await hdf5.close();
    expect((await summarise(checkpoint))[0]?.noStats).toMatch(/ended/);
  });
});

describe('blocks of a dataset', () => {
  const MB = 1024 * 1024;
  const cases: readonly (readonly [readonly number[], readonly number[] | undefined, number])[] = [
    [[], undefined, 4],
    [[0, 3], undefined, 4],
    [[7], undefined, 3 * MB],
    [[3, 5, 4], undefined, MB],
    [[3, 5, 4], undefined, 4 * MB],
    [[9, 6], [4, 5], MB],
    [[100, 3], [30, 2], MB / 4],
    [[5, 200], [5, 10], MB],
    [[2, 3, 2], [2, 3, 2], 8 * MB],
    [[2, 3, 2], [2, 3, 2], 20 * MB],
  ];
  it.each(cases)('of %j in chunks of %j have each element once, in order', (shape, chunks, size) => {
    const dataset: Hdf5Dataset = { path: '/a', shape, kind: 'float', size, address: 0, ...(chunks && { chunks }) };
    const found: number[] = [];
    for (const { start, count } of blocksOf(dataset)) {
      expect(count.reduce((product, one) => product * one, size)).toBeLessThanOrEqual(96 * MB);
      found.push(...placesIn(shape, start, count));
    }
    const total = shape.reduce((product, one) => product * one, 1);
    expect(found).toEqual(Array.from({ length: total }, (_, index) => index));
  });
});

/** Row-major numbers of the elements of a block, in its own row-major order. */
function placesIn(shape: readonly number[], start: readonly number[], count: readonly number[]): number[] {
  return shape.reduce<number[]>(
    (places, length, axis) =>
      places.flatMap((place) =>
        Array.from({ length: count[axis] ?? 0 }, (_, step) => place * length + (start[axis] ?? 0) + step),
      ),
    [0],
  );
}
