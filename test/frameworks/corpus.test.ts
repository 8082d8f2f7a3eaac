import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OWN_RUNS } from '../corpus/labels.js';
import { frameworkPython, runPython } from './python.js';

type Row = Readonly<Record<string, number>>;

/** Cheap ones of each kind of loop: a network, a policy, an actor and a critic, workers. */
const SAMPLE = ['mlp-larger-batches-0', 'bandit-1', 'actor-critic-0', 'rank-left-behind-1'];
/** Processors round differently, and differences grow: the first rows must agree, so closely. */
const ROWS = 40;
const CLOSE = 1e-3;

const python = await frameworkPython();
const missing = 'missing' in python ? python.missing : null;
if (missing !== null) {
  console.log(`skipped: ${missing}`);
}

describe.skipIf(missing !== null)('runs of the corpus, trained again', () => {
  const out = mkdtempSync(path.join(os.tmpdir(), 'evenkeel-corpus-'));

  beforeAll(async () => {
    const script = path.resolve(import.meta.dirname, '../corpus/training/make.py');
    await runPython('python' in python ? python.python : '', [script, out, ...SAMPLE]);
  }, 300_000);

  afterAll(() => {
    rmSync(out, { recursive: true, force: true });
  });

  it.each(SAMPLE)('%s is what is kept', (run) => {
    const files = readdirSync(path.join(OWN_RUNS, run));
    expect(readdirSync(path.join(out, run))).toEqual(files);
    for (const file of files) {
      const kept = rowsOf(path.join(OWN_RUNS, run, file));
      const again = rowsOf(path.join(out, run, file));
      expect(again.length).toBe(kept.length);
      again.slice(0, ROWS).forEach((row, index) => {
        expect(Object.keys(row)).toEqual(Object.keys(kept[index] ?? {}));
        for (const [key, value] of Object.entries(row)) {
          const usual = kept[index]?.[key] ?? Number.NaN;
          expect(Math.abs(value - usual), `${file}, row ${index}, ${key}`).toBeLessThanOrEqual(
            CLOSE * Math.abs(usual) + 1e-6,
          );
        }
      });
    }
  });

  it.each(SAMPLE)('%s has the labels that are kept', (run) => {
    expect(labelOf(out, run)).toEqual(labelOf(OWN_RUNS, run));
  });
});

function rowsOf(file: string): readonly Row[] {
  return gunzipSync(readFileSync(file))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

function labelOf(folder: string, run: string): unknown {
  return readFileSync(path.join(folder, 'LABELS.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly run: string })
    .find((row) => row.run === run);
}
