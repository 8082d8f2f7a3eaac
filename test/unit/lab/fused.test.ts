import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBeside } from './builtLab.js';

/** What the lab does in one kernel of its own against the same by kernels of TensorFlow.js, gradients included. */

const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-fused-'));

interface Told {
  readonly refusals: readonly string[];
  readonly later: readonly string[];
  readonly has: Readonly<Record<string, boolean>>;
  readonly worst: Readonly<Record<string, number>>;
  readonly bits: number;
  readonly tensors: number;
}

let told: (threads: number, ...more: string[]) => Promise<Told>;

beforeAll(async () => {
  told = await buildBeside(folder, path.join(import.meta.dirname, 'fusedChild.ts'));
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('kernels that do much at once', { timeout: 120_000 }, () => {
  it('compute what TensorFlow.js does, to the same bits with any number of threads', async () => {
    const [one, two, three] = [await told(1), await told(2), await told(3)];
    expect(one.refusals).toEqual([]);
    expect(Object.keys(one.worst)).toEqual(['attention', 'layer norm', 'RMS norm', 'ReLU', 'GELU', 'Adam']);
    expect(one.worst['attention']).toBeGreaterThan(0);
    for (const difference of Object.values(one.worst)) {
      // Of the largest entry.
      expect(difference).toBeLessThan(5e-6);
    }
    expect([two.bits, three.bits]).toEqual([one.bits, one.bits]);
    expect(one.tensors).toBe(0);
  });

  it.each(['attention', 'attentionGradient'])(
    'are held against TensorFlow.js before they are used: %s',
    async (kernel) => {
      const { later, has } = await told(1, kernel);
      expect(later).toEqual([expect.stringMatching(/^attention: its own gave -?[\d.e-]+ where -?[\d.e-]+ is right$/)]);
      expect(has).toEqual({ attention: false, norm: true });
    },
  );

  it('are held against plain arrays before they are used: steps of Adam', async () => {
    const { later } = await told(1, 'adam');
    expect(later).toEqual([expect.stringMatching(/^its own gave -?[\d.e-]+ where -?[\d.e-]+ is right$/)]);
  });

  it('are taken back one by one: gradients of norms', async () => {
    const { later, has } = await told(1, 'normGradient');
    expect(later).toHaveLength(2);
    expect(has).toEqual({ attention: true, norm: false });
  });
});
