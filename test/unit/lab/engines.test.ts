import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chooseBackend, probeBackend } from '../../../src/lab/lab.js';
import type { LadderOptions } from '../../../src/lab/lab.js';
import { buildLab } from './builtLab.js';

/** Engines of a folder that a person names: whatever lies there, the right reason, and no wrong number is trusted. */

const folder = mkdtempSync(path.join(tmpdir(), 'evenkeel-engines-'));
let file = '';

beforeAll(async () => {
  file = await buildLab(folder);
}, 60_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A folder in which npm has installed a package of that source. */
function installed(name: string, source: string, packageName = '@tensorflow/tfjs-node'): LadderOptions {
  const packages = path.join(folder, name);
  const place = path.join(packages, 'node_modules', packageName);
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(packages, 'package.json'), '{}');
  writeFileSync(path.join(place, 'package.json'), JSON.stringify({ name: packageName, main: 'index.js' }));
  writeFileSync(path.join(place, 'index.js'), source);
  return { file, threads: 1, packages };
}

/** TensorFlow.js's plain backend under the name of the native one; `kernel` may spoil what a kernel gives. */
const borrowed = (kernel: string): string => `
const tf = require('@tensorflow/tfjs-core');
const cpu = require(${JSON.stringify(path.resolve('node_modules/@tensorflow/tfjs-backend-cpu'))});
tf.registerBackend('tensorflow', () => new cpu.MathBackendCPU());
for (const one of tf.getKernelsForBackend('cpu')) {
  tf.registerKernel({ ...one, backendName: 'tensorflow', kernelFunc: (given) => { const result = one.kernelFunc(given); ${kernel} return result; } });
}`;

describe('an engine of a folder', { timeout: 300_000 }, () => {
  it('is trusted where it computes as the reference does', async () => {
    const right = installed('right', borrowed(''));
    expect(await probeBackend('node', right)).toEqual({ id: 'node', available: true, reason: null, msPerStep: null });
    expect(await chooseBackend(right)).toMatchObject({ id: 'node', available: true });
  });

  it('is not trusted where one kernel is slightly wrong, and the next rung is taken', async () => {
    // One entry in each sum of rows is off by one in a hundred: nothing fails.
    const wrong = installed(
      'wrong',
      borrowed(
        `if (one.kernelName === 'Sum') { const data = given.backend.data.get(result.dataId).values; data[0] *= 1.01; }`,
      ),
    );
    const state = await probeBackend('node', wrong);
    expect(state).toMatchObject({ available: false, msPerStep: null });
    expect(state.reason).toMatch(/^computes [\d.]+ where the reference has [\d.]+, so that it is not trusted$/);
    expect(await chooseBackend(wrong)).toMatchObject({ id: 'wasm', available: true });
  });

  it.each([
    [
      'a package that throws',
      `throw new Error('libtensorflow.so.2: cannot open shared object file');`,
      'libtensorflow.so.2',
    ],
    ['a package that ends the process', `console.log('hello'); process.exit(9);`, 'ended with status 9'],
    ['a package that crashes', `process.kill(process.pid, 'SIGSEGV');`, 'ended by SIGSEGV'],
    ['a package that registers nothing', 'module.exports = {};', "Backend name 'tensorflow' not found"],
    ['a package that is no JavaScript', 'PK\\u0003', 'Invalid or unexpected token'],
  ])('says why it cannot be used: %s', async (name, source, reason) => {
    const state = await probeBackend('node', installed(name.replaceAll(' ', '-'), source));
    expect(state).toMatchObject({ id: 'node', available: false });
    expect(state.reason).toContain(reason);
  });

  it('says what is missing in a folder that has nothing', async () => {
    const empty = installed('empty', '', 'another');
    expect((await probeBackend('node-gpu', empty)).reason).toContain("Cannot find module '@tensorflow/tfjs-node-gpu'");
    expect((await probeBackend('webgpu', { ...empty, packages: path.join(folder, 'nowhere') })).reason).toContain(
      "Cannot find module 'webgpu'",
    );
    expect((await probeBackend('node', { ...empty, packages: null })).reason).toContain('npm install');
  });

  it('is not waited for without end', async () => {
    const abort = AbortSignal.timeout(3000);
    const state = await probeBackend('node', { ...installed('endless', 'for (;;) {}'), signal: abort });
    expect(state).toMatchObject({ available: false, reason: 'was cancelled' });
  });
});
