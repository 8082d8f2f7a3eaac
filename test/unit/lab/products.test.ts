import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBeside } from './builtLab.js';

/** Our own products of matrices against a plain loop: edges, transposed factors, batches, and any number of threads. */

const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-products-'));

interface Told {
  readonly by: string;
  readonly refusal?: string;
  readonly worst: number;
  readonly bits: number;
  readonly tensors: number;
}

let multiplied: (threads: number, ...more: string[]) => Promise<Told>;

beforeAll(async () => {
  multiplied = await buildBeside(folder, path.join(import.meta.dirname, 'productsChild.ts'));
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe('products of matrices on WebAssembly', { timeout: 120_000 }, () => {
  it('are those of a plain loop, to the same bits with any number of threads', async () => {
    const [one, two, three] = [await multiplied(1), await multiplied(2), await multiplied(3)];
    expect(one.by).toMatch(/^kernels of its own \(.*one thread\)$/);
    expect(three.by).toMatch(/^kernels of its own \(.*3 threads\)$/);
    // Sums of up to 600 products of numbers below a half.
    expect(one.worst).toBeLessThan(2e-5);
    expect(one.worst).toBeGreaterThan(0);
    expect([two.bits, three.bits]).toEqual([one.bits, one.bits]);
    expect([two.worst, three.worst]).toEqual([one.worst, one.worst]);
    expect(one.tensors).toBe(0);
  });

  it('are held against a plain loop before they are used, and left to what was there where they are wrong', async () => {
    const { refusal, worst } = await multiplied(1, 'spoilt');
    expect(refusal).toMatch(/^its own gave -?[\d.]+ where -?[\d.]+ is right$/);
    expect(worst).toBeLessThan(2e-5);
  });
});
