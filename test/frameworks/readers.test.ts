import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { recogniseFormat } from '../../src/readers/formats.js';
import { headOf, readAll, type RecordingSink } from '../unit/readers/recordingSink.js';
import { frameworkPython } from './python.js';

/** What a program itself knows of one of its logs; see `readers_write.py`. */
interface Truth {
  readonly file: string;
  readonly points: Readonly<Record<string, readonly (readonly [step: number, value: number | string])[]>>;
  /** Half a unit of the last digit that is printed; of the value itself where `relative`. */
  readonly tolerance: number;
  readonly relative?: boolean;
  readonly total?: number;
  readonly skipped?: Readonly<Record<string, number>>;
  readonly settings?: Readonly<Record<string, unknown>>;
}

const WRITERS = [
  'torch',
  'tensorboardX',
  'tensorflow',
  'accelerate',
  'keras',
  'lightning',
  'transformers',
  'trl-sft',
  'trl-dpo',
  'trl-grpo',
  'ray',
];
/** With which `readers_write.py` says that a package is not there. */
const MISSING = 3;

const script = path.join(path.dirname(fileURLToPath(import.meta.url)), 'readers_write.py');
const found = await frameworkPython();
const folder = mkdtempSync(path.join(os.tmpdir(), 'evenkeel-logs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a writer; returns why it can't run, undefined when it did. */
async function write(python: string, writer: string): Promise<string | undefined> {
  try {
    await promisify(execFile)(python, [script, writer, path.join(folder, writer)], { maxBuffer: 64 * 1024 * 1024 });
    return undefined;
  } catch (error) {
    const { code, stderr } = error as { code?: number; stderr?: string };
    if (code !== MISSING) {
      throw error;
    }
    return stderr?.trim().split('\n').at(-1) ?? 'a package is missing';
  }
}

function read(file: string): RecordingSink {
  const bytes = new Uint8Array(readFileSync(file));
  const answer = recogniseFormat(headOf(file, bytes));
  if ('refused' in answer) {
    throw new Error(`${file}: ${answer.refused}`);
  }
  return readAll(answer.format, bytes, [10_000], false, file);
}

function expectPoints(sink: RecordingSink, truth: Truth): void {
  for (const [tag, points] of Object.entries(truth.points)) {
    const series = sink.points.get(tag) ?? [];
    const steps = series.map(({ step }) => step);
    expect([truth.file, tag, steps]).toEqual([truth.file, tag, points.map(([step]) => step)]);
    points.forEach(([step, wanted], index) => {
      const value = series[index]?.value;
      const distance = truth.relative === true ? Math.abs(Number(wanted)) * truth.tolerance : truth.tolerance;
      const isSame = Object.is(value, Number(wanted)) || Math.abs((value ?? NaN) - Number(wanted)) <= distance;
      expect(isSame, `${truth.file}: ${tag} at ${step} is ${value}, logged was ${wanted}`).toBe(true);
    });
  }
}

describe.skipIf('missing' in found)('logs that the programs write themselves', () => {
  it.for(WRITERS)('%s', async (writer, context) => {
    const missing = 'python' in found ? await write(found.python, writer) : found.missing;
    if (missing !== undefined) {
      context.skip(missing);
    }
    const truths = JSON.parse(readFileSync(path.join(folder, writer, 'truth.json'), 'utf8')) as readonly Truth[];
    expect(truths.length).toBeGreaterThan(0);
    for (const truth of truths) {
      const sink = read(path.join(folder, writer, truth.file));
      expectPoints(sink, truth);
      expect(Object.keys(truth.points).length).toBeGreaterThan(0);
      expect(sink.problems).toEqual([]);
      if (truth.total !== undefined) {
        expect(sink.total).toBe(truth.total);
      }
      expect(Object.fromEntries(sink.skippedCounts)).toMatchObject(truth.skipped ?? {});
      expect(sink.settings).toMatchObject(truth.settings ?? {});
    }
  });
});
