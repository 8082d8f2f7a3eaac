import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHECKPOINT_RULES } from '../../src/checkpoints/judging/rules.js';
import { COMPARISON_RULES } from '../../src/checkpoints/judging/comparisonRules.js';
import { reportCheckpoint, reportComparison } from '../../src/engine/checkpoints/reports.js';
import { frameworkPython } from './python.js';

interface Case {
  readonly case: string;
  readonly files: readonly string[];
  /** Ids of the rules that speak of the last file, or of what became of the first in the last. */
  readonly shows: readonly string[];
}

const found = await frameworkPython();
const folder = mkdtempSync(path.join(os.tmpdir(), 'evenkeel-judged-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf('missing' in found)('checkpoints of real trainings', () => {
  let cases: readonly Case[] = [];

  beforeAll(async () => {
    if ('python' in found) {
      const program = path.join(import.meta.dirname, 'checkpoints', 'judged.py');
      const { stdout } = await promisify(execFile)(found.python, [program, folder]);
      cases = JSON.parse(stdout) as readonly Case[];
    }
  }, 300_000);

  it('show what went wrong in them, and nothing where nothing did', async () => {
    const told: Record<string, readonly string[]> = {};
    const expected: Record<string, readonly string[]> = {};
    for (const { case: name, files, shows } of cases) {
      const [first, second] = files;
      const report = second === undefined ? await reportCheckpoint(first!) : await reportComparison(first!, second);
      told[name] = [...new Set(report.findings.map(({ monitor }) => monitor))];
      expected[name] = shows;
    }
    expect(told).toEqual(expected);
  }, 120_000);

  it('let every rule speak once', () => {
    const rules = [...CHECKPOINT_RULES, ...COMPARISON_RULES].map(({ id }) => id);
    // Pickles that do harm are a matter of their own: see checkpoints.test.ts.
    const spoken = new Set([...cases.flatMap(({ shows }) => shows), 'suspicious-pickle']);
    expect(rules.filter((rule) => !spoken.has(rule))).toEqual([]);
  });

  it('that are well are well each for itself, too', async () => {
    for (const { case: name, files } of cases.filter(({ shows }) => shows.length === 0)) {
      for (const file of files) {
        const { findings } = await reportCheckpoint(file);
        expect([name, findings.map(({ title }) => title)]).toEqual([name, []]);
      }
    }
  }, 120_000);
});
