import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { ContentDigest, contentKey, glanceKey } from '../../../src/checkpoints/contentKey.js';
import type { Digest } from '../../../src/checkpoints/contentKey.js';
import { openCheckpoint } from '../../../src/checkpoints/formats.js';
import { CheckpointError } from '../../../src/checkpoints/checkpointError.js';
import { summarise } from '../../../src/checkpoints/summary.js';
import { filesOf, floats, hdf5, safetensors, samples } from './sampleFiles.js';

const ELEMENTS = 20_000;

afterEach(() => hdf5.close());

function digest(): Digest {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
}

/** Two tensors of many elements, the first of them changed at one place. */
async function checkpointOf({ at = 0, value = 0, names = ['a', 'b'], shape = [ELEMENTS] } = {}) {
  const elements = Array.from({ length: 2 * ELEMENTS }, (_, index) => Math.sin(index));
  elements[at] = value;
  const header = Object.fromEntries(
    names.map((name, index) => [
      name,
      { dtype: 'F32', shape, data_offsets: [index * ELEMENTS * 4, (index + 1) * ELEMENTS * 4] },
    ]),
  );
  return openCheckpoint(filesOf({ 'a.safetensors': safetensors(header, floats(...elements)) }));
}

describe('the content key', () => {
  it('is the same whether taken in with the statistics or without', async () => {
    const content = new ContentDigest(digest());
    await summarise(await checkpointOf(), { content });
    const key = await contentKey(await checkpointOf(), digest());
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(content.key()).toBe(key);
  });

  it.each([
    ['any element', { at: 12_345, value: 1 }],
    ['the sign of a zero', { value: -0 }],
    ['the last element', { at: 2 * ELEMENTS - 1, value: 1 }],
    ['a name', { names: ['a', 'c'] }],
    ['the shape', { shape: [ELEMENTS / 100, 100] }],
  ])('changes with %s', async (_, change) => {
    expect(await contentKey(await checkpointOf(change), digest())).not.toBe(
      await contentKey(await checkpointOf(), digest()),
    );
  });

  it('changes with the size of matrices whose spectrum is asked for', async () => {
    const keys = await Promise.all(
      [10, 20].map(async (spectrumElements) => contentKey(await checkpointOf(), digest(), { spectrumElements })),
    );
    expect(keys[0]).not.toBe(keys[1]);
  });

  it.each(Object.entries(samples()))('is had of %s', async (_, files) => {
    const content = new ContentDigest(digest());
    await summarise(await openCheckpoint(filesOf(files)), { content });
    expect(content.key()).toBe(await contentKey(await openCheckpoint(filesOf(files)), digest()));
  });

  it('is none when an element could not be read', async () => {
    const checkpoint = await checkpointOf();
    const broken = {
      ...checkpoint,
      tensors: checkpoint.tensors.map((tensor) => ({
        ...tensor,
        data: {
          order: 'row-major' as const,
          open: () => ({ next: () => Promise.reject(new CheckpointError('a bad sector')) }),
          openRowMajor: () => ({ next: () => Promise.reject(new CheckpointError('a bad sector')) }),
        },
      })),
    };
    const content = new ContentDigest(digest());
    await summarise(broken, { content });
    expect(content.key()).toBeUndefined();
    expect(await contentKey(broken, digest())).toBeUndefined();
    expect(await glanceKey(broken, digest())).toBeUndefined();
  });
});

describe('a glance', () => {
  it('tells checkpoints of two steps apart', async () => {
    expect(await glanceKey(await checkpointOf({ at: 5, value: 9 }), digest())).not.toBe(
      await glanceKey(await checkpointOf(), digest()),
    );
  });

  it('does not see all elements: it is no proof', async () => {
    expect(await glanceKey(await checkpointOf({ at: 12_345, value: 9 }), digest())).toBe(
      await glanceKey(await checkpointOf(), digest()),
    );
  });
});
