import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildLab } from './builtLab.js';

/** Our own products of matrices against a plain loop: edges, transposed factors, batches, and any number of threads. */

const run = promisify(execFile);
const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-products-'));

interface Told {
  readonly by: string;
  readonly refusal?: string;
  readonly worst: number;
  readonly bits: number;
  readonly tensors: number;
}

beforeAll(async () => {
  await buildLab(folder, { products: path.join(import.meta.dirname, 'productsChild.ts') });
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function multiplied(threads: number, ...more: string[]): Promise<Told> {
  const { stdout } = await run(process.execPath, [path.join(folder, 'lab', 'products.js'), String(threads), ...more]);
  return JSON.parse(stdout) as Told;
}

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
