import { build } from 'esbuild';
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundles } from '../../scripts/build.mjs';
import type { ExperimentResult } from '../../src/lab/lab.js';
import { buildLab } from '../unit/lab/builtLab.js';
import { frameworkPython } from './python.js';
import { startCluster, whyNoCluster } from './slurm/cluster.js';
import type { Cluster } from './slurm/cluster.js';

/** The same experiment file here, on a Slurm and on a Ray of their own: the same results, whichever machine trained. */

const root = path.resolve(import.meta.dirname, '../..');
const scratch = mkdtempSync(path.join(tmpdir(), 'evklab-'));
const dist = path.join(scratch, 'dist');
const whyNoSlurm = await whyNoCluster();
const found = await frameworkPython();
const python = 'python' in found ? found.python : '';
const hasRay = python !== '' && (await succeeds(python, ['-c', 'import ray']));
const PATIENCE_MS = 240_000;

const EXPERIMENT = {
  settings: {
    model: { depth: 1, width: 8, heads: 2, context: 8 },
    steps: 12,
    batch: 2,
    measure: { evaluateEvery: 4, detailEvery: 0, heldOut: 2 },
  },
  learningRates: [0.001, 0.1],
  arms: ['qk-norm'],
  seeds: 1,
};

let local: ExperimentResult;

function succeeds(program: string, words: readonly string[]): Promise<boolean> {
  return promisify(execFile)(program, words).then(
    () => true,
    () => false,
  );
}

async function lab(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<ExperimentResult> {
  const file = path.join(scratch, 'experiment.json');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [path.join(dist, 'cli.js'), 'lab', file, '--format', 'json', ...words],
    { cwd: scratch, env: { ...process.env, ...environment }, timeout: PATIENCE_MS },
  );
  return JSON.parse(stdout) as ExperimentResult;
}

function expectSame(result: ExperimentResult): void {
  expect(result.problems).toEqual([]);
  expect(result).toMatchObject({ complete: true, reproduced: true });
  expect(result.sensitivities).toEqual(local.sensitivities);
}

beforeAll(async () => {
  await buildLab(dist);
  for (const [bundle, name] of [
    [bundles.cli, 'cli.js'],
    [bundles.supervisor, 'supervisor.js'],
  ] as const) {
    const { outdir: _outdir, ...rest } = bundle as typeof bundle & { outdir?: string };
    await build({ ...rest, outfile: path.join(dist, name), sourcemap: false, metafile: false, logLevel: 'error' });
  }
  cpSync(path.join(root, 'hooks'), path.join(scratch, 'hooks'), { recursive: true });
  writeFileSync(path.join(scratch, 'experiment.json'), JSON.stringify(EXPERIMENT));
  local = await lab(['--out', 'local']);
}, PATIENCE_MS);

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
});

describe.skipIf(whyNoSlurm !== undefined)('on Slurm', { timeout: PATIENCE_MS }, () => {
  let cluster: Cluster | undefined;

  beforeAll(async () => {
    cluster = await startCluster();
  }, PATIENCE_MS);

  afterAll(async () => {
    await cluster?.stop();
  });

  it('trains a sweep as one job array, and goes on from what is there', async () => {
    const environment = { SLURM_CONF: cluster!.environment['SLURM_CONF'] };
    const words = ['--target', 'slurm', '--out', 'slurm'];
    expectSame(await lab(words, environment));
    const jobs = path.join(scratch, 'slurm', 'jobs');
    const [batch, ...others] = readdirSync(jobs);
    expect(others).toEqual([]);
    expect(readdirSync(path.join(jobs, batch!, 'job')).filter((name) => name.startsWith('task-'))).toHaveLength(4);
    // What is lost is handed over again, and nothing else.
    const runs = readdirSync(path.join(scratch, 'slurm')).filter((name) => name.includes('-seed'));
    expect(runs).toHaveLength(4);
    rmSync(path.join(scratch, 'slurm', runs[0]!), { recursive: true });
    expectSame(await lab(words, environment));
    expect(readdirSync(jobs)).toHaveLength(2);
  });

  it('says in one line why Slurm will not have it', async () => {
    const words = ['--target', 'slurm', '--out', 'refused', '--target-option', 'partition=nowhere'];
    const refused = lab(words, { SLURM_CONF: cluster!.environment['SLURM_CONF'] });
    await expect(refused).rejects.toThrow(/lab: .*partition/);
  });
});

describe.skipIf(!hasRay || process.platform === 'win32')('on Ray', { timeout: PATIENCE_MS }, () => {
  let head: ChildProcess;
  let address = '';

  beforeAll(async () => {
    address = `127.0.0.1:${await freePort()}`;
    const words = ['start', '--head', '--block', `--port=${address.split(':')[1]}`, '--num-cpus=2'];
    const quiet = ['--include-dashboard=false', '--disable-usage-stats', `--temp-dir=${scratch}/r`];
    // A group of its own, so that all of it ends together.
    head = spawn(path.join(path.dirname(python), 'ray'), [...words, ...quiet], { detached: true, stdio: 'ignore' });
  });

  afterAll(async () => {
    const ended = new Promise((resolve) => head.once('exit', resolve));
    head.kill('SIGTERM');
    await Promise.race([ended, delay(15_000)]);
    try {
      process.kill(-head.pid!, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  });

  it('trains it in as many jobs as are wanted', async () => {
    const options = ['--target-option', `address=${address}`, '--target-option', `python=${python}`];
    expectSame(await lab(['--target', 'ray', '--out', 'ray', '--jobs', '2', ...options]));
    const jobs = path.join(scratch, 'ray', 'jobs');
    expect(readdirSync(path.join(jobs, readdirSync(jobs)[0]!)).sort()).toEqual(['job-0', 'job-1', 'task.json']);
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
