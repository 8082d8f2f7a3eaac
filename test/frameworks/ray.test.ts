import { build } from 'esbuild';
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { discoverOnce, replayRun } from '../../src/engine/replay.js';
import { isOver, JOB_FILES } from '../../src/runner/jobRecord.js';
import type { JobRecord } from '../../src/runner/jobRecord.js';
import { refreshJob, startJob, stopJob } from '../../src/runner/jobs.js';
import type { StartedJob } from '../../src/runner/jobs.js';
import { RayTarget } from '../../src/runner/ray.js';
import { frameworkPython } from './python.js';

/** The Ray target against a real cluster of one node: where a command runs, what comes back of it, and its end. */

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const scratch = mkdtempSync(path.join(tmpdir(), 'evkray-'));
const found = await frameworkPython();
const python = 'python' in found ? found.python : '';
const reason = await whyNoRay();
const PATIENCE_MS = 180_000;

async function whyNoRay(): Promise<string | undefined> {
  if ('missing' in found) {
    return found.missing;
  }
  if (process.platform === 'win32') {
    return 'the cluster is started as on Linux';
  }
  return promisify(execFile)(python, ['-c', 'import ray']).then(
    () => undefined,
    () => 'Ray is not installed',
  );
}

const PRINTER = `
import os, signal, sys, time
def heard(number, frame):
    print("heard", signal.Signals(number).name, flush=True)
    sys.exit(3)
signal.signal(signal.SIGINT, heard)
print("greeting", os.environ.get("GREETING"), flush=True)
for step in range(1, int(sys.argv[1]) + 1):
    print(f"step {step} loss {4 / step:.4f} lr 0.001", flush=True)
    time.sleep(0.02)
sys.exit(int(sys.argv[2]))
`;

let cluster: ChildProcess | undefined;
let address = '';
let target: RayTarget;
let jobs = 0;

beforeAll(async () => {
  if (reason !== undefined) {
    return;
  }
  const port = await freePort();
  address = `127.0.0.1:${port}`;
  const words = ['start', '--head', '--block', `--port=${port}`, '--num-cpus=2', '--include-dashboard=false'];
  // A group of its own, so that all of it ends together; "ray stop" would end every cluster of the machine.
  cluster = spawn(
    path.join(path.dirname(python), 'ray'),
    [...words, '--disable-usage-stats', `--temp-dir=${scratch}/r`],
    {
      detached: true,
      stdio: 'ignore',
    },
  );
  const supervisor = path.join(scratch, 'supervisor.cjs');
  await build({
    entryPoints: [path.join(root, 'src/runner/supervisorMain.ts')],
    bundle: true,
    platform: 'node',
    outfile: supervisor,
    logLevel: 'error',
  });
  target = new RayTarget([supervisor], path.join(root, 'hooks/ray_driver.py'));
  writeFileSync(path.join(scratch, 'printer.py'), PRINTER);
});

afterAll(async () => {
  if (cluster?.pid !== undefined) {
    const ended = new Promise((resolve) => cluster?.once('exit', resolve));
    cluster.kill('SIGTERM');
    await Promise.race([ended, delay(15_000)]);
    try {
      process.kill(-cluster.pid, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  }
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function submit(command: readonly string[], options: Readonly<Record<string, string>> = {}): Promise<StartedJob> {
  return startJob(
    {
      command,
      cwd: scratch,
      inherited: process.env,
      environment: { GREETING: 'it’s "quoted"' },
      options: { address, python, ...options },
      hook: 'off',
      out: path.join(scratch, `run ${++jobs}`),
    },
    { target, hooks: path.join(root, 'hooks'), now: Date.now },
  );
}

function printer(steps: number, status = 0): string[] {
  return [python, path.join(scratch, 'printer.py'), String(steps), String(status)];
}

function outputOf(folder: string): string {
  return readFileSync(path.join(folder, JOB_FILES.output), 'utf8');
}

async function over(folder: string): Promise<JobRecord> {
  for (let waited = 0; waited < PATIENCE_MS; waited += 200) {
    const look = await refreshJob(target, folder, Date.now);
    if (look && isOver(look.record.state)) {
      return look.record;
    }
    await delay(200);
  }
  throw new Error(`still running:\n${outputOf(folder)}`);
}

async function printed(folder: string, text: string): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS && !outputOf(folder).includes(text); waited += 100) {
    await delay(100);
  }
  expect(outputOf(folder)).toContain(text);
}

describe.skipIf(reason !== undefined)(`Ray${reason === undefined ? '' : `: ${reason}`}`, () => {
  it('runs a command, whose output and status come back', async () => {
    // The cluster may not be there yet: the first job is asked for until it is.
    let ended: JobRecord | undefined;
    let folder = '';
    for (let attempt = 0; attempt < 20 && ended?.exit?.code !== 5; attempt++) {
      ({ folder } = await submit(printer(50, 5)));
      ended = await over(folder);
    }
    expect(ended).toMatchObject({ state: 'failed', exit: { code: 5 } });
    expect(outputOf(folder)).toContain('greeting it’s "quoted"\nstep 1 loss');
    const options = { roles: {}, now: Date.now, signal: new AbortController().signal };
    const { runs } = await discoverOnce([folder], [], options);
    const reports = await Promise.all(runs.map(async (run) => (await replayRun(run, options)).report));
    expect(reports.map(({ steps }) => steps)).toEqual([{ first: 1, last: 50 }]);
  });

  it('interrupts the command where it runs', async () => {
    const { folder } = await submit(printer(100_000));
    await printed(folder, 'step 3 ');
    expect((await stopJob(target, folder, { reason: 'asked by a test' })).ok).toBe(true);
    expect(outputOf(folder)).toContain('heard SIGINT');
    expect(await over(folder)).toMatchObject({ state: 'stopped', exit: { cause: 'asked' } });
  });

  it('leaves nothing running when its near end is killed', async () => {
    const { folder } = await submit(printer(100_001));
    await printed(folder, 'step 3 ');
    await stopJob(target, folder, { reason: 'asked by a test', first: 'kill' });
    for (let waited = 0; waited < 30_000; waited += 500) {
      const { stdout } = await promisify(execFile)('ps', ['-eo', 'args=']);
      if (!stdout.includes('printer.py 100001')) {
        return;
      }
      await delay(500);
    }
    expect.unreachable('the command runs on');
  });

  it('says what is wrong with a command that is not there, and with a cluster that is not', async () => {
    const missing = await submit(['no-such-program']);
    expect((await over(missing.folder)).exit).toMatchObject({ code: 127 });
    expect(outputOf(missing.folder)).toContain('no-such-program: No such file or directory');
    const nowhere = await submit(printer(1), { address: `127.0.0.1:${await freePort()}` });
    const record = await over(nowhere.folder);
    expect(record.state).toBe('failed');
    expect(outputOf(nowhere.folder)).toMatch(/evenkeel: no Ray cluster at|[Tt]imed out|Could not/);
  });
});
