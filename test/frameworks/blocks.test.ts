import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { applyEdits } from '../../src/fixes/editing/applyEdits.js';
import { applyFix } from '../../src/fixes/fixes.js';
import { LoopFinder } from '../../src/loops/loopFinder.js';
import { packagedGrammars } from '../unit/loops/grammars.js';
import { frameworkPython } from './python.js';

/** Rewrites of a model's blocks, run by PyTorch: what becomes of weights, gradients and the residual stream. */

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.join(here, 'blocks');
const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel-blocks-'));
const found = await frameworkPython();
const finder = await LoopFinder.create(packagedGrammars);
if ('missing' in found) {
  console.warn(`skipped: rewrites of blocks, ${found.missing}`);
}

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

interface Observed {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly losses: readonly number[];
  readonly trained: boolean;
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly 'after evaluated': readonly number[];
}

async function observe(id: string, name: string): Promise<Observed> {
  const source = path.join(folder, `${name}.py`);
  const text = readFileSync(source, 'utf8');
  const outcome = applyFix(finder, id, { path: source, language: 'python', text }, {});
  if (outcome.kind !== 'edits') {
    throw new Error(JSON.stringify(outcome));
  }
  const edited = path.join(scratch, `${id}-${name}.py`);
  writeFileSync(edited, applyEdits(text, outcome.edits));
  const python = 'python' in found ? found.python : '';
  const { stdout } = await promisify(execFile)(python, [path.join(folder, 'observe.py'), source, edited]);
  return JSON.parse(stdout) as Observed;
}

describe.skipIf('missing' in found)('rewrites of blocks', () => {
  for (const name of ['nanogpt', 'llama', 'vit', 'hugging_face', 'parallel', 'encoder_layer']) {
    it(`bounds the residual stream of 24 blocks by Peri-LN: ${name}`, { timeout: 120_000 }, async () => {
      const observed = await observe('peri-ln', name);
      const depth = 24;
      expect(observed.unexpected).toEqual([]);
      expect(observed.missing.length).toBeGreaterThanOrEqual(depth);
      expect(observed.missing.every((parameter) => /_out\.(?:weight|bias)$/.test(parameter))).toBe(true);
      expect(observed.trained).toBe(true);
      expect(observed.losses.at(-1)).toBeLessThan(observed.losses[0] as number);
      // Every branch adds a normalised vector: even if all pointed the same way, the stream's deviation grows by one each.
      expect(observed.after.at(-1)).toBeLessThan((2 * depth + 2) ** 2);
      expect(observed.after.at(-1)).toBeLessThan((observed.before.at(-1) as number) / 10);
      // The norms act in evaluation too, where PyTorch has a fused path of its own.
      expect(observed['after evaluated'].at(-1)).toBeCloseTo(observed.after.at(-1) as number, 0);
    });
  }

  it('keeps the weights of blocks whose norms move to the front', { timeout: 120_000 }, async () => {
    const observed = await observe('pre-ln', 'post_ln');
    expect([observed.missing, observed.unexpected]).toEqual([[], []]);
    expect(observed.trained).toBe(true);
    // Post-LN brings the stream back to one behind every block; Pre-LN lets it grow.
    expect(observed.before.at(-1)).toBeCloseTo(1, 1);
    expect(observed.after.at(-1)).toBeGreaterThan(10);
  });
});
