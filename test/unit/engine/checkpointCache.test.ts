import { copyFile, open, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CheckpointNews } from '../../../src/contract/checkpointProtocol.js';
import { doCheckpointTask } from '../../../src/engine/checkpoints/tasks.js';
import type { TensorSummary } from '../../../src/model/tensor.js';
import { noise, safetensors } from '../../editor/support/safetensors.js';
import { scratchFolder } from './scratch.js';

/** Longer than the coarsest clock that the cache reckons with. */
const RESTED_MS = 2100;
const MEGABYTES = 32;

interface Inspection {
  readonly tensors: readonly TensorSummary[];
  readonly news: readonly CheckpointNews[];
  /** By all threads of this process, from files; NaN where the system does not count them. */
  readonly bytesRead: number;
}

async function inspect(file: string, cache: string): Promise<Inspection> {
  const before = await bytesReadSoFar();
  const news: CheckpointNews[] = [];
  await doCheckpointTask({ type: 'inspect', path: file, cache }, (one) => news.push(one));
  const bytesRead = (await bytesReadSoFar()) - before;
  return { tensors: news.flatMap((one) => (one.type === 'read' ? one.progress.tensors : [])), news, bytesRead };
}

async function bytesReadSoFar(): Promise<number> {
  const io = await readFile('/proc/self/io', 'utf8').catch(() => '');
  return Number(/^rchar: (\d+)$/m.exec(io)?.[1] ?? NaN);
}

/** Eight tensors, NaN among them, so that what is kept has to be more than JSON can say. */
async function written(): Promise<{ file: string; cache: string }> {
  const folder = await scratchFolder();
  const file = path.join(folder, 'model.safetensors');
  const elements = (MEGABYTES * 2 ** 20) / 4 / 8;
  const tensors = Array.from({ length: 8 }, (_, at) => ({
    name: `layers.${at}.weight`,
    shape: [1024, elements / 1024],
    values: noise(elements, 0.02, at),
  }));
  tensors[3]!.values.fill(NaN);
  await writeFile(file, safetensors(tensors));
  return { file, cache: path.join(folder, 'cache') };
}

/** Another value for an element in the middle of the last tensor, where no glance looks. */
async function changeOneElement(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  const { size } = await handle.stat();
  await handle.write(new Uint8Array(new Float32Array([1234]).buffer), 0, 4, size - 2 ** 20);
  await handle.close();
}

describe('statistics of a checkpoint that was read before', () => {
  it.skipIf(process.platform !== 'linux')('are shown without reading its elements again', async () => {
    const { file, cache } = await written();
    await delay(RESTED_MS);
    const first = await inspect(file, cache);
    const second = await inspect(file, cache);
    expect(first.bytesRead).toBeGreaterThan(MEGABYTES * 2 ** 20);
    expect(second.bytesRead).toBeLessThan(2 ** 20);
    expect(second.tensors).toEqual(first.tensors);
    expect(second.tensors[3]?.stats?.min).toBeNaN();
    expect(second.news.at(-1)).toEqual(first.news.at(-1));
    expect(second.news.filter(({ type }) => type === 'judged')).toHaveLength(1);
  });

  it('are computed anew when one element has changed, whatever size and time say', async () => {
    const { file, cache } = await written();
    // Whole seconds: of finer times, setting one back loses digits.
    const time = new Date(Math.floor(Date.now() / 1000) * 1000);
    await utimes(file, time, time);
    await delay(RESTED_MS);
    await inspect(file, cache);
    await changeOneElement(file);
    await utimes(file, time, time);
    expect((await stat(file)).mtimeMs).toBe(time.getTime());
    const after = await inspect(file, cache);
    expect(after.tensors[7]?.stats?.max).toBe(1234);
  });

  it('are not relied on when the file was written just before it was read', async () => {
    const { file, cache } = await written();
    await inspect(file, cache);
    await changeOneElement(file);
    expect((await inspect(file, cache)).tensors[7]?.stats?.max).toBe(1234);
  });

  it('are those of a copy, too', async () => {
    const { file, cache } = await written();
    const first = await inspect(file, cache);
    const copy = path.join(path.dirname(file), 'copy.safetensors');
    await copyFile(file, copy);
    const second = await inspect(copy, cache);
    expect(second.tensors).toEqual(first.tensors);
    expect(await readdir(cache)).toHaveLength(1);
  });

  it('are computed where nothing can be kept, or what was kept is damaged', async () => {
    const { file, cache } = await written();
    await writeFile(cache, 'a file where the folder should be');
    const first = await inspect(file, cache);
    expect(first.tensors).toHaveLength(8);
    const other = `${cache}2`;
    await inspect(file, other);
    const [entry] = await readdir(other);
    await writeFile(path.join(other, entry!), 'damaged');
    expect((await inspect(file, other)).tensors).toEqual(first.tensors);
  });
});
