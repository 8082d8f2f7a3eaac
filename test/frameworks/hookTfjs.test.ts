import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';

/**
 * The hook of Node inside real trainings with TensorFlow.js: what it writes is held against what each job computes of
 * itself, and the job's losses, weights and count of tensors against those of the same job without the hook.
 */

const run = promisify(execFile);
const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');
const hook = path.join(root, 'hooks/evenkeel.cjs');
const TFJS = '@tensorflow/tfjs@4.22.0';
const SECONDS = 1000;

/**
 * The folder whose node_modules hold TensorFlow.js: `EVENKEEL_TFJS` where it is set, else one of the tests' own, filled
 * on the first run. It is no dependency of the project: the package weighs 300 MB and wants an install script to run.
 */
async function tensorFlow(): Promise<{ readonly folder: string } | { readonly missing: string }> {
  const folder = process.env['EVENKEEL_TFJS'] ?? path.join(root, '.venv-frameworks', 'tfjs');
  if (!existsSync(path.join(folder, 'node_modules/@tensorflow/tfjs'))) {
    mkdirSync(folder, { recursive: true });
    try {
      const flags = ['--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retries', '0'];
      await run('npm', ['install', ...flags, TFJS], { cwd: folder });
    } catch (error) {
      return { missing: `TensorFlow.js could not be installed: ${String(error).split('\n')[0]}` };
    }
  }
  return { folder };
}

const found = await tensorFlow();
const skip = 'missing' in found;
if (skip) {
  console.warn(`skipped: the hook in trainings with TensorFlow.js, ${found.missing}`);
}
/** Spaces and letters of other scripts are in every path, since NODE_OPTIONS is split at spaces. */
const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel tfjs 実験 '));
const installed = path.join(scratch, 'hooks');

if (!skip) {
  cpSync(path.join(here, 'hook/jobs/tfjs'), scratch, { recursive: true });
  symlinkSync(path.join(found.folder, 'node_modules'), path.join(scratch, 'node_modules'));
  mkdirSync(installed);
  cpSync(hook, path.join(installed, 'evenkeel.cjs'));
}

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

type Row = Readonly<Record<string, unknown>>;

interface Truth {
  readonly rows: readonly Row[];
  readonly digest: string;
  readonly tensors: readonly number[];
}

function hooked(folder: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    EVENKEEL_OUT: folder,
    EVENKEEL_EVERY: '3',
    // A norm at every step: these steps take less time than what the hook costs.
    EVENKEEL_BUDGET: '10',
    NODE_OPTIONS: `--require "${path.join(installed, 'evenkeel.cjs')}"`,
    ...more,
  };
}

interface Ran {
  readonly stdout: string;
  readonly stderr: string;
}

/** stderr without what TensorFlow.js says of itself. */
async function job(file: string, args: readonly string[], more: NodeJS.ProcessEnv): Promise<Ran> {
  const { stdout, stderr } = await run(process.execPath, [path.join(scratch, file), ...args], {
    cwd: scratch,
    env: { ...process.env, ...more },
    maxBuffer: 1 << 26,
  });
  const own = stderr.split('\n').filter((line) => line.startsWith('evenkeel'));
  return { stdout, stderr: own.join('\n') };
}

function rowsOf(file: string): Row[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
}

function rowAt(rows: readonly Row[], step: unknown): Row {
  return Object.assign({}, ...rows.filter((row) => row['step'] === step)) as Row;
}

function truthOf(file: string): Truth {
  return JSON.parse(readFileSync(file, 'utf8')) as Truth;
}

/** The job once as it is and once watched; its numbers and its tensors must be the same. */
async function watched(file: string): Promise<{ rows: Row[]; truth: Truth }> {
  const [plain, observed] = [path.join(scratch, `${file}.plain`), path.join(scratch, `${file}.watched`)];
  const folder = path.join(scratch, 'runs', file);
  await job(file, [plain], { EVENKEEL_OUT: '' });
  const { stderr } = await job(file, [observed], hooked(folder));
  expect(stderr).toBe('');
  expect(truthOf(observed)).toEqual(truthOf(plain));
  return { rows: rowsOf(path.join(folder, 'metrics.jsonl')), truth: truthOf(observed) };
}

function close(value: unknown, truth: unknown, relative = 1e-5): void {
  expect(typeof value, `${String(value)} against ${String(truth)}`).toBe('number');
  const [given, expected] = [value as number, truth as number];
  expect(Math.abs(given - expected), `${String(given)} against ${String(expected)}`).toBeLessThanOrEqual(
    relative * Math.max(Math.abs(expected), 1e-3),
  );
}

describe.skipIf(skip)('the hook of TensorFlow.js', () => {
  it('sees what `minimize` does, up to a loss that is not a number', { timeout: 120 * SECONDS }, async () => {
    const { rows, truth } = await watched('minimize.cjs');
    expect(rows[0]?.['config']).toMatchObject({ optimizer: 'Adam', parameters: 128, lr: 0.01, tfjs: '4.22.0' });
    expect(rows).toHaveLength(truth.rows.length + 1);
    let sampled = 0;
    for (const known of truth.rows.slice(0, -1)) {
      const row = rowAt(rows, known['step']);
      close(row['train/loss'], known['loss']);
      close(row['gradient-norm'], known['norm']);
      close(row['learning-rate'], known['rate'], 1e-9);
      expect(known['step'] === 1 || Number(row['step-time']) > 0).toBe(true);
      if (row['gradient-norm/inner'] !== undefined) {
        sampled += 1;
        for (const name of ['inner', 'bias', 'outer']) {
          close(row[`gradient-norm/${name}`], (known['each'] as Record<string, number>)[name]);
          close(row[`weight-norm/${name}`], (known['weights'] as Record<string, number>)[name]);
        }
        close(row['update-ratio/inner'], known['moved'], 1e-4);
      }
    }
    expect(sampled).toBeGreaterThanOrEqual(9);
    expect(rowAt(rows, truth.rows.length)).toMatchObject({ 'train/loss': 'NaN', 'gradient-norm': 'NaN' });
  });

  it(
    'sees gradients that an ES module applies itself, and a second optimizer',
    { timeout: 120 * SECONDS },
    async () => {
      const { rows, truth } = await watched('gradients.mjs');
      for (const known of truth.rows) {
        const row = rowAt(rows, known['step']);
        close(row['train/loss'], known['loss']);
        close(row['gradient-norm'], known['norm']);
        close(row['learning-rate'], known['rate'], 1e-9);
        close(row['optimizer_2/loss'], known['other']);
        close(row['optimizer_2/gradient-norm'], known['otherNorm']);
        expect(row['optimizer_2/learning-rate']).toBe(0.05);
      }
    },
  );

  it('sees the layers of a model that is fitted, and its validation', { timeout: 120 * SECONDS }, async () => {
    const { rows, truth } = await watched('fit.mjs');
    let sampled = 0;
    for (const known of truth.rows) {
      const row = rowAt(rows, known['step']);
      if (known['validation'] !== undefined) {
        close(row['eval/loss'], known['validation']);
        continue;
      }
      close(row['train/loss'], known['loss']);
      if (row['activation/hidden/rms'] !== undefined) {
        sampled += 1;
        close(row['activation/hidden/rms'], known['hidden']);
        close(row['activation/hidden/zeros'], known['zeros']);
        close(row['activation/squash/rms'], known['squash']);
        close(row['activation/squash/saturated'], known['saturated']);
        expect(row['activation/hidden/dormant']).toBeLessThanOrEqual(1);
      }
    }
    expect(sampled).toBeGreaterThanOrEqual(7);
    expect(Object.keys(rowAt(rows, 2))).toContain('gradient-norm/hidden/kernel');
  });

  it('sees loss and gradients of a job that was bundled into one file', { timeout: 120 * SECONDS }, async () => {
    const outfile = path.join(scratch, 'bundled.cjs');
    buildSync({
      entryPoints: [path.join(scratch, 'minimize.cjs')],
      outfile,
      bundle: true,
      platform: 'node',
      logLevel: 'error',
    });
    const folder = path.join(scratch, 'runs', 'bundled');
    const { stderr } = await job('bundled.cjs', [path.join(scratch, 'bundled.json')], hooked(folder));
    expect(stderr).toBe('');
    const losses = truthOf(path.join(scratch, 'bundled.json')).rows.map((row) => row['loss']);
    const rows = rowsOf(path.join(folder, 'metrics.jsonl'));
    // The job works its gradients out twice a step: once to know them, once to take the step.
    rows.slice(1).forEach((row, position) => {
      if (row['train/loss'] !== 'NaN') {
        close(row['train/loss'], losses[Math.floor(position / 2)]);
      }
    });
    expect(rows).toHaveLength(2 * losses.length + 1);
  });
});

const TRAINING = `
const tf = require('@tensorflow/tfjs');
const weight = tf.variable(tf.ones([4, 1]), true, 'weight');
const optimizer = tf.train.adam(0.01);
for (let step = 0; step < STEPS; step++) optimizer.minimize(() => tf.ones([2, 4]).matMul(weight).square().mean());
console.log('done');
`;

describe.skipIf(skip)('the hook of TensorFlow.js in hostile jobs', () => {
  async function hostile(name: string, code: string, more: NodeJS.ProcessEnv = {}): Promise<Ran & { folder: string }> {
    const folder = path.join(scratch, 'runs', name);
    writeFileSync(path.join(scratch, `${name}.cjs`), code);
    return { ...(await job(`${name}.cjs`, [], hooked(folder, more))), folder };
  }
  const short = TRAINING.replace('STEPS', '12');

  it('leaves a program without TensorFlow.js alone', { timeout: 60 * SECONDS }, async () => {
    const { stdout, stderr, folder } = await hostile('nothing', 'console.log(Object.keys(globalThis).length)');
    expect([Number(stdout) > 0, stderr, existsSync(folder)]).toEqual([true, '', false]);
  });

  it('trains on when the folder cannot be written', { timeout: 60 * SECONDS }, async () => {
    writeFileSync(path.join(scratch, 'a-file'), '');
    const { stdout, stderr } = await hostile('unwritable', short, {
      EVENKEEL_OUT: path.join(scratch, 'a-file', 'inside'),
    });
    expect(stdout).toContain('done');
    expect(stderr.match(/stepped aside/g)).toHaveLength(1);
  });

  it('stops at its limit of bytes, and says so', { timeout: 60 * SECONDS }, async () => {
    const { stdout, stderr, folder } = await hostile('limited', TRAINING.replace('STEPS', '400'), {
      EVENKEEL_DISK_MB: '0.02',
    });
    expect(stdout).toContain('done');
    expect(stderr).toContain('the limit of 0.02 MB is reached');
    expect(rowsOf(path.join(folder, 'metrics.jsonl')).length).toBeGreaterThan(20);
    expect(readFileSync(path.join(folder, 'metrics.jsonl')).length).toBeLessThan(25_000);
  });

  it('trains on and leaves whole lines when the disk is full', { timeout: 60 * SECONDS }, async () => {
    const folder = path.join(scratch, 'runs', 'full');
    writeFileSync(path.join(scratch, 'full.cjs'), TRAINING.replace('STEPS', '800'));
    // A file may have 8 blocks of 1,024 bytes, as if the disk had no more.
    const limited = ['-c', 'ulimit -f 8; exec "$@"', 'bash', process.execPath, path.join(scratch, 'full.cjs')];
    const { stdout, stderr } = await run('bash', limited, { env: { ...process.env, ...hooked(folder) } });
    expect(stdout).toContain('done');
    expect(stderr.match(/evenkeel: stepped aside/g)).toHaveLength(1);
    expect(rowsOf(path.join(folder, 'metrics.jsonl')).length).toBeGreaterThan(5);
  });

  it('leaves whole lines when it is killed', { timeout: 60 * SECONDS }, async () => {
    const killed = `${TRAINING.replace('STEPS', '200')}process.kill(process.pid, 'SIGKILL');`;
    await expect(hostile('killed', killed)).rejects.toThrow();
    expect(rowsOf(path.join(scratch, 'runs/killed/metrics.jsonl')).length).toBeGreaterThan(1);
  });

  it('gives two trainings folders of their own, threads included', { timeout: 60 * SECONDS }, async () => {
    const threads = `const { Worker, isMainThread } = require('node:worker_threads');
if (isMainThread) new Worker(__filename);\n${short}`;
    const { folder, stderr } = await hostile('threads', threads);
    expect(stderr).toBe('');
    expect(readdirSync(folder).sort()).toEqual(['metrics.jsonl', 'process-2']);
    for (const file of ['metrics.jsonl', 'process-2/metrics.jsonl']) {
      expect(rowsOf(path.join(folder, file))).toHaveLength(13);
    }
  });

  it(
    'steps aside once where the backend fails, and leaves the error to the job',
    { timeout: 60 * SECONDS },
    async () => {
      const failing = `${TRAINING.replace('STEPS', '3')}
try { optimizer.minimize(() => { throw new Error('of the job'); }); } catch (error) { console.log(error.message); }
const read = tf.Tensor.prototype.dataSync;
tf.Tensor.prototype.dataSync = () => { throw new Error('cannot be read now'); };
for (let step = 0; step < 5; step++) optimizer.minimize(() => tf.ones([2, 4]).matMul(weight).square().mean());
tf.Tensor.prototype.dataSync = read;
console.log('finished');`;
      const { stdout, stderr } = await hostile('failing', failing);
      expect(stdout).toContain('of the job');
      expect(stdout).toContain('finished');
      expect(stderr.match(/stepped aside/g)).toHaveLength(1);
    },
  );

  it('saves a checkpoint when it is asked to', { timeout: 60 * SECONDS }, async () => {
    const control = path.join(scratch, 'control.json');
    const checkpoint = path.join(scratch, 'checkpoints', 'asked.safetensors');
    writeFileSync(
      control,
      JSON.stringify({ id: 7, command: 'save-checkpoint', path: checkpoint.replace('.safetensors', '.pt') }),
    );
    await hostile('asked', short, { EVENKEEL_CONTROL: control });
    expect(JSON.parse(readFileSync(`${control}.answer`, 'utf8'))).toMatchObject({
      id: 7,
      event: 'checkpoint',
      path: checkpoint,
    });
    const bytes = readFileSync(checkpoint);
    const size = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.subarray(8, 8 + size).toString()) as Record<string, { data_offsets?: number[] }>;
    expect(Object.keys(header)).toContain('weight');
    expect(Object.keys(header).filter((name) => name.startsWith('optimizer.'))).not.toEqual([]);
    const last = Math.max(...Object.values(header).map((tensor) => tensor.data_offsets?.[1] ?? 0));
    expect(bytes.length).toBe(8 + size + last);
  });
});
