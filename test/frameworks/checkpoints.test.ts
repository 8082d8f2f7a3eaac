import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { CheckpointError } from '../../src/checkpoints/checkpointError.js';
import {
  averageIntoFile,
  convertToSafetensors,
  extractWeightsIntoFile,
  resetMomentumInCopy,
} from '../../src/engine/checkpoints/repairs.js';
import { reportCheckpoint } from '../../src/engine/checkpoints/reports.js';
import type { CheckpointReport, TensorSummary } from '../../src/model/tensor.js';
import { frameworkPython } from './python.js';

const COUNTS = ['count', 'nan', 'inf', 'zeros'] as const;
const MEASURES = ['min', 'max', 'mean', 'std', 'l2', 'absMax'] as const;

/** What numpy says of a tensor, or why there are to be no statistics; see `write.py`. */
interface Truth extends Readonly<Partial<Record<(typeof COUNTS)[number] | (typeof MEASURES)[number], number>>> {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly noStats?: string;
  readonly deadRows?: number;
  readonly deadColumns?: number;
  readonly spectralNorm?: number;
}

interface Written {
  readonly file: string;
  readonly format: string;
  readonly opaque?: string;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly tensors: Readonly<Record<string, Truth>>;
}

const LIBRARIES = ['torch', 'safetensors', 'numpy', 'gguf', 'onnx', 'h5py', 'keras'];
const MISSING = 3;

const programs = path.join(path.dirname(fileURLToPath(import.meta.url)), 'checkpoints');
const corpus = path.resolve(programs, '../../../../shared/corpus/checkpoints/burn-fixtures');
const found = await frameworkPython();
const folder = mkdtempSync(path.join(os.tmpdir(), 'evenkeel-checkpoints-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function python(program: string, ...args: readonly string[]): Promise<string> {
  if (!('python' in found)) {
    throw new Error(found.missing);
  }
  const { stdout } = await promisify(execFile)(found.python, [path.join(programs, program), ...args], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

describe.skipIf('missing' in found)('checkpoints that real libraries write', () => {
  it.each(LIBRARIES)('%s: every type and layout, with the statistics of numpy', async (library) => {
    const place = path.join(folder, library);
    let written: Written[];
    try {
      written = JSON.parse(await python('write.py', library, place)) as Written[];
    } catch (error) {
      const { code, stderr } = error as { code?: number; stderr?: string };
      if (code !== MISSING) {
        throw error;
      }
      console.warn(`skipped: ${stderr ?? library}`);
      return;
    }
    for (const { file, format, tensors, opaque, values = {} } of written) {
      const report = await reportCheckpoint(path.join(place, file), { spectrumElements: 1 << 20 });
      expect([file, report.format, report.problems]).toEqual([file, format, []]);
      expect(report.tensors.map(({ name }) => name).sort()).toEqual(Object.keys(tensors).sort());
      expect(report.values).toMatchObject(values);
      for (const tensor of report.tensors) {
        expectStatistics(`${file} ${tensor.name}`, tensor, tensors[tensor.name] as Truth);
      }
      expect(report.opaque.map(({ global }) => global)).toEqual(
        opaque === undefined ? [] : expect.arrayContaining([opaque]),
      );
    }
  });
});

function expectStatistics(where: string, { dtype, shape, stats, noStats }: TensorSummary, truth: Truth): void {
  expect([where, dtype, shape]).toEqual([where, truth.dtype, truth.shape]);
  if (truth.noStats !== undefined) {
    expect([where, noStats]).toEqual([where, expect.stringContaining(truth.noStats)]);
    return;
  }
  expect(noStats, where).toBeUndefined();
  for (const key of COUNTS) {
    expect(stats?.[key], `${where} ${key}`).toBe(truth[key]);
  }
  for (const key of MEASURES) {
    const expected = truth[key];
    if (expected !== undefined) {
      const scale = Math.max(Math.abs(expected), 1e-9 * (truth.absMax ?? 0), Number.MIN_VALUE);
      expect(Math.abs((stats?.[key] ?? NaN) - expected) / scale, `${where} ${key}`).toBeLessThan(1e-9);
    }
  }
  const counted = [...(stats?.histogram.negative ?? []), ...(stats?.histogram.positive ?? [])];
  const isBoolean = dtype === 'bool';
  expect(
    counted.reduce((sum, one) => sum + one, 0),
    `${where} histogram`,
  ).toBe((truth.count ?? 0) - (truth.nan ?? 0) - (truth.inf ?? 0) - (truth.zeros ?? 0));
  if (truth.deadRows !== undefined && !isBoolean) {
    expect([stats?.rows?.dead, stats?.columns?.dead], where).toEqual([truth.deadRows, truth.deadColumns]);
  }
  if (stats?.spectrum && truth.spectralNorm !== undefined) {
    const ratio = stats.spectrum.largestSingularValue / truth.spectralNorm;
    expect(ratio, `${where} spectral norm`).toBeGreaterThan(0.95);
    expect(ratio, `${where} spectral norm`).toBeLessThan(1.00001);
  }
}

describe.skipIf('missing' in found)('hostile pickles', () => {
  it('do harm under Python, are named here, and do nothing here', async () => {
    const place = path.join(folder, 'hostile');
    mkdirSync(place);
    await python('hostile.py', 'write', place);
    const harm = JSON.parse(await python('hostile.py', 'load', place)) as Record<string, boolean>;
    const harmless = Object.keys(harm).filter((name) => !harm[name]);
    expect(harmless).toEqual([]);
    expect(Object.keys(harm).length).toBeGreaterThanOrEqual(40);
    const marker = path.join(folder, 'marker');
    process.env['EVENKEEL_MARKER'] = marker;
    for (const name of Object.keys(harm)) {
      const { findings } = await reportCheckpoint(path.join(place, name));
      expect([name, findings[0]?.monitor, findings[0]?.severity]).toEqual([name, 'suspicious-pickle', 'error']);
    }
    expect(existsSync(marker)).toBe(false);
    expect(readdirSync(place)).toHaveLength(Object.keys(harm).length);
  });
});

describe.skipIf('missing' in found)('repairs', () => {
  it('make what PyTorch loads and trains on with', async () => {
    const place = path.join(folder, 'repairs');
    mkdirSync(place);
    await python('resume.py', 'train', place);
    const at = (name: string): string => path.join(place, name);
    const { signal } = new AbortController();
    for (const name of ['adam', 'adam-legacy', 'adam-plain', 'sgd', 'sgd-legacy', 'sgd-plain']) {
      await resetMomentumInCopy(at(`${name}.pt`), at(`${name}-reset.pt`), signal);
    }
    const weights = [0, 1, 2].map((index) => at(`weights-${index}.pt`));
    await averageIntoFile(weights, at('average.pt'), signal);
    await averageIntoFile(weights, at('average.safetensors'), signal);
    await extractWeightsIntoFile(at('adam.pt'), at('weights.safetensors'), signal);
    await convertToSafetensors(at('weights-0.pt'), at('converted.safetensors'), signal);
    expect(JSON.parse(await python('resume.py', 'check', place))).toHaveLength(6);
  });
});

describe.skipIf(!existsSync(corpus))('checkpoints of other people', () => {
  it.each(existsSync(corpus) ? readdirSync(corpus) : [])('%s is opened, or refused with the reason', async (name) => {
    let report: CheckpointReport | undefined;
    let refusal: unknown;
    try {
      report = await reportCheckpoint(path.join(corpus, name));
    } catch (error) {
      refusal = error;
    }
    if (name.endsWith('.tar')) {
      expect((refusal as CheckpointError).message).toContain('a tar archive');
    } else if (name.includes('broken')) {
      expect(refusal).toBeInstanceOf(CheckpointError);
    } else {
      expect(refusal).toBeUndefined();
      expect(report?.format).toBe(
        name.endsWith('.safetensors') ? 'safetensors' : name.includes('legacy') ? 'torch-legacy' : report?.format,
      );
      expect(report?.tensors.filter(({ stats }) => !stats)).toEqual([]);
    }
  });
});
