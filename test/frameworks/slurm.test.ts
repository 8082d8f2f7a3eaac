import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunReport } from '../../src/contract/report.js';
import { discoverOnce, replayRun } from '../../src/engine/replay.js';
import { isOver, JOB_FILES } from '../../src/runner/jobRecord.js';
import type { JobRecord, JobState } from '../../src/runner/jobRecord.js';
import { refreshJob, startJob, stopJob } from '../../src/runner/jobs.js';
import type { StartedJob } from '../../src/runner/jobs.js';
import { SlurmTarget } from '../../src/runner/slurm/slurmTarget.js';
import type { ObservedState } from '../../src/runner/target.js';
import { frameworkPython } from './python.js';
import { startCluster, whyNoCluster } from './slurm/cluster.js';
import type { Cluster } from './slurm/cluster.js';

/**
 * The Slurm target against a real Slurm, of Debian's packages, on loopback: what it submits, is told, tells, and leaves
 * in the run's folder.
 */

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const scratch = mkdtempSync(path.join(tmpdir(), 'evenkeel slurm ü-'));
const reason = await whyNoCluster();
const found = await frameworkPython();
const python = 'python' in found ? found.python : undefined;
/** The machine is small and may be busy with other tests. */
const PATIENCE_MS = 120_000;

/** Trains nothing, prints as trainings do, and tells which signals it hears. */
const PRINTER = `
import signal, sys, time
def heard(number, frame):
    print("heard", signal.Signals(number).name, flush=True)
    sys.exit(3)
for name in ("SIGINT", "SIGTERM"):
    signal.signal(getattr(signal, name), heard)
steps, pause = int(sys.argv[1]), float(sys.argv[2])
for step in range(1, steps + 1):
    print(f"step {step} loss {4 / step:.4f} lr 0.001", flush=True)
    time.sleep(pause)
`;

const TRAINING = `
import sys, time, torch
torch.set_num_threads(1)
torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for step in range(int(sys.argv[1])):
    x = torch.randn(32, 8)
    loss = ((model(x) - x.sum(1, keepdim=True)) ** 2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    time.sleep(0.05)
`;

let cluster: Cluster;
let target: SlurmTarget;
const before = process.env['SLURM_CONF'];
let jobs = 0;

beforeAll(async () => {
  if (reason !== undefined) {
    return;
  }
  cluster = await startCluster();
  process.env['SLURM_CONF'] = cluster.environment['SLURM_CONF'];
  const supervisor = path.join(scratch, 'supervisor.cjs');
  await build({
    entryPoints: [path.join(root, 'src/runner/supervisorMain.ts')],
    bundle: true,
    platform: 'node',
    outfile: supervisor,
    logLevel: 'error',
  });
  target = new SlurmTarget([process.execPath, supervisor]);
  writeFileSync(path.join(scratch, 'printer.py'), PRINTER);
  writeFileSync(path.join(scratch, 'train.py'), TRAINING);
});

afterAll(async () => {
  await (cluster as Cluster | undefined)?.stop();
  if (before === undefined) {
    delete process.env['SLURM_CONF'];
  } else {
    process.env['SLURM_CONF'] = before;
  }
  rmSync(scratch, { recursive: true, force: true });
});

interface Wish {
  readonly options?: Readonly<Record<string, string>>;
  readonly hook?: 'auto' | 'off';
}

function submit(command: readonly string[], { options = {}, hook = 'off' }: Wish = {}): Promise<StartedJob> {
  return startJob(
    {
      command,
      cwd: scratch,
      inherited: process.env,
      environment: { GREETING: `it's "quoted" $HOME` },
      options,
      hook,
      every: 5,
      out: path.join(scratch, `run ${++jobs}`),
    },
    { target, hooks: path.join(root, 'hooks'), now: Date.now },
  );
}

function printer(steps: number, pause = 0.05): string[] {
  return ['python3', path.join(scratch, 'printer.py'), String(steps), String(pause)];
}

interface Look {
  readonly record: JobRecord;
  readonly seen: ObservedState;
}

/** Looks at the job until something holds of it. */
async function lookUntil(folder: string, holds: (look: Look) => boolean): Promise<Look> {
  const began = Date.now();
  for (;;) {
    const look = await refreshJob(target, folder, Date.now);
    if (look && holds(look)) {
      return look;
    }
    if (Date.now() - began > PATIENCE_MS) {
      throw new Error(`still ${JSON.stringify(look?.seen)}\n${outputOf(folder)}`);
    }
    await delay(200);
  }
}

const inState =
  (state: JobState) =>
  ({ record }: Look): boolean =>
    record.state === state;

const over = ({ record }: Look): boolean => isOver(record.state);

function outputOf(folder: string): string {
  try {
    return readFileSync(path.join(folder, JOB_FILES.output), 'utf8');
  } catch {
    return '';
  }
}

async function printed(folder: string, text: string): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS && !outputOf(folder).includes(text); waited += 100) {
    await delay(100);
  }
  expect(outputOf(folder)).toContain(text);
}

async function runsUnder(folder: string): Promise<RunReport[]> {
  const options = { roles: {}, now: Date.now, signal: new AbortController().signal };
  const { runs } = await discoverOnce([folder], [], options);
  return Promise.all(runs.map(async (run) => (await replayRun(run, options)).report));
}

function numberOf(record: JobRecord): string {
  return (record.handle as { job: string }).job;
}

describe.skipIf(reason !== undefined)(`Slurm${reason === undefined ? '' : `: ${reason}`}`, () => {
  it('takes a job, whose output is followed and whose metrics are found', async () => {
    expect(await target.unavailable()).toBeUndefined();
    const { folder, record } = await submit(printer(80));
    expect(record.state).toBe('queued');
    const pieces: string[] = [];
    const following = (async () => {
      for await (const piece of target.follow(record, folder, new AbortController().signal)) {
        pieces.push(Buffer.from(piece).toString());
      }
    })();
    const running = await lookUntil(folder, inState('running'));
    expect(running.seen.detail).toContain('RUNNING');
    await printed(folder, 'step 20 ');
    const whileRunning = pieces.join('').length;
    const { record: ended } = await lookUntil(folder, over);
    await following;
    expect(whileRunning).toBeGreaterThan(0);
    expect(ended).toMatchObject({ state: 'finished', exit: { code: 0, cause: 'ok' } });
    expect(pieces.join('')).toBe(outputOf(folder));
    const [run] = await runsUnder(folder);
    expect(run?.steps).toEqual({ first: 1, last: 80 });
    expect(run?.signals.find(({ role }) => role === 'train/loss')?.points).toBe(80);
  });

  it('is told apart from a job that failed, which says why', async () => {
    const { folder } = await submit([
      'python3',
      '-c',
      'import os; print(os.environ["GREETING"]); print(os.getcwd()); raise KeyError("weights")',
    ]);
    const { record } = await lookUntil(folder, over);
    expect(record).toMatchObject({ state: 'failed', exit: { code: 1, cause: 'error' } });
    expect(record.exit?.message).toContain("KeyError: 'weights'");
    expect(outputOf(folder)).toContain(`it's "quoted" $HOME\n${scratch}\n`);
  });

  it('ends a job by a signal that the training hears, and says that it was asked to', async () => {
    const { folder } = await submit(printer(2000));
    await printed(folder, 'step 3 ');
    const stopped = await stopJob(target, folder, { reason: 'asked by a test' });
    expect(stopped.ok).toBe(true);
    const { record } = await lookUntil(folder, over);
    expect(outputOf(folder)).toContain('heard SIGINT');
    expect(record).toMatchObject({ state: 'stopped', exit: { cause: 'asked', message: 'asked by a test' } });
  });

  it('lets a cancelled job be known as such whoever cancelled it', async () => {
    const { folder, record } = await submit(printer(2000));
    await printed(folder, 'step 3 ');
    await cluster.call('scancel', numberOf(record));
    const look = await lookUntil(folder, over);
    expect(look.record).toMatchObject({ state: 'stopped', exit: { cause: 'asked' } });
    expect(look.record.exit?.message).toContain('scancel');
  });

  it('holds a job and lets it go on', async () => {
    const { folder, record } = await submit(printer(2000));
    await printed(folder, 'step 3 ');
    expect(await target.signal(record, folder, 'pause')).toEqual({ ok: true, value: undefined });
    await lookUntil(folder, ({ seen }) => seen.state === 'paused');
    await delay(500);
    const held = outputOf(folder).length;
    await delay(1000);
    expect(outputOf(folder).length).toBe(held);
    expect((await target.signal(record, folder, 'resume')).ok).toBe(true);
    await lookUntil(folder, ({ seen }) => seen.state === 'running' && outputOf(folder).length > held);
    expect((await stopJob(target, folder, { reason: 'done', first: 'kill' })).ok).toBe(true);
  });

  it('runs an array, each index in a folder of its own', async () => {
    const script =
      'import os, sys; i = int(os.environ["SLURM_ARRAY_TASK_ID"]); ' +
      '[print(f"step {s} loss {i + 1 / s:.3f} lr 0.1") for s in range(1, 31)]; sys.exit(4 if i == 2 else 0)';
    const { folder, record } = await submit(['python3', '-c', script], { options: { array: '0-2' } });
    const lines: string[] = [];
    for await (const piece of target.follow(record, folder, new AbortController().signal)) {
      lines.push(...Buffer.from(piece).toString().split('\n'));
    }
    const { record: ended, seen } = await lookUntil(folder, over);
    expect(ended).toMatchObject({ state: 'failed', exit: { code: 4 } });
    expect(seen.detail).toContain('2 COMPLETED');
    expect(seen.detail).toContain('1 FAILED');
    for (const index of [0, 1, 2]) {
      expect(lines.filter((line) => line.startsWith(`[${index}] step `))).toHaveLength(30);
    }
    expect(readdirSync(folder).filter((name) => name.startsWith('task-'))).toHaveLength(3);
    const runs = await runsUnder(folder);
    expect(runs.map(({ steps }) => steps)).toEqual(Array.from({ length: 3 }, () => ({ first: 1, last: 30 })));
  });

  it('runs a script for sbatch, whose steps are its own', async () => {
    const script = path.join(scratch, 'job.sbatch');
    writeFileSync(
      script,
      `#!/bin/bash
#SBATCH --ntasks=2 --comment="two words"
#SBATCH --output=elsewhere.log
echo "tasks $SLURM_NTASKS"
srun sh -c 'echo "rank $SLURM_PROCID of $SLURM_STEP_NUM_TASKS"'
`,
      { mode: 0o755 },
    );
    const { folder, notes } = await submit([script]);
    expect(notes.join()).toContain('--output=elsewhere.log');
    expect((await lookUntil(folder, over)).record.state).toBe('finished');
    const lines = outputOf(folder).split('\n');
    for (const line of ['tasks 2', 'rank 0 of 2', 'rank 1 of 2']) {
      expect(lines.filter((one) => one === line)).toHaveLength(1);
    }
  });

  it('interrupts what such a script runs without steps', async () => {
    const script = path.join(scratch, 'plain.sbatch');
    writeFileSync(
      script,
      `#!/bin/sh\n#SBATCH --time=5\nexec ${printer(2000)
        .map((word) => `'${word}'`)
        .join(' ')}\n`,
    );
    const { folder } = await submit(['sh', script]);
    await printed(folder, 'step 3 ');
    await stopJob(target, folder, { reason: 'asked by a test' });
    const { record } = await lookUntil(folder, over);
    expect(outputOf(folder)).toContain('heard SIGINT');
    expect(record).toMatchObject({ state: 'stopped', exit: { code: 3, cause: 'asked' } });
  });

  it('says in words why a job waits, and cancels what waits', async () => {
    const { folder } = await submit(printer(3), { options: { nodes: '64' } });
    const { seen } = await lookUntil(folder, ({ seen: { detail = '' } }) => detail.includes('PartitionConfig'));
    expect(seen.state).toBe('queued');
    expect(seen.detail).toContain('more nodes than there are');
    expect((await stopJob(target, folder, { reason: 'no such nodes' })).ok).toBe(true);
    expect((await lookUntil(folder, over)).record).toMatchObject({ state: 'stopped', exit: { code: null } });
  });

  it('refuses in Slurm’s own words what it does not have', async () => {
    await expect(submit(printer(1), { options: { partition: 'nosuch' } })).rejects.toThrow(/invalid partition/i);
    await expect(submit(printer(1), { options: { gres: 'gpu:1' } })).rejects.toThrow(/generic resource/i);
  });

  it('waits for a drained node, and runs when it is back', async () => {
    await cluster.call('scontrol', 'update', `nodename=${cluster.node}`, 'state=drain', 'reason=test');
    const { folder } = await submit(printer(3));
    const { seen } = await lookUntil(folder, ({ seen: { detail = '' } }) => detail.includes('drained'));
    expect(seen.state).toBe('queued');
    await cluster.call('scontrol', 'update', `nodename=${cluster.node}`, 'state=resume');
    expect((await lookUntil(folder, over)).record.state).toBe('finished');
  });

  it('knows how a job ended when Slurm has forgotten it', async () => {
    const { folder, record } = await submit(printer(3));
    await lookUntil(folder, over);
    const forgotten = { ...record, handle: { job: '999999', cluster: null } };
    expect(await target.state(forgotten, folder)).toMatchObject({ state: 'finished', exit: { code: 0 } });
  });

  it.skipIf(python === undefined)('watches a training by the hook and its node, over a requeue', async () => {
    const { folder, record } = await submit([python ?? '', path.join(scratch, 'train.py'), '120'], { hook: 'auto' });
    const metrics = path.join(folder, JOB_FILES.metrics);
    const rows = (file: string): Record<string, unknown>[] =>
      readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    for (let waited = 0; waited < PATIENCE_MS; waited += 200) {
      if (readdirSync(folder).includes(JOB_FILES.metrics) && rows(metrics).length > 20) {
        break;
      }
      await delay(200);
    }
    await cluster.call('scontrol', 'requeue', numberOf(record));
    const { seen } = await lookUntil(folder, inState('queued'));
    expect(seen.detail).toContain('started anew once');
    // Slurm lets a requeued job wait for two minutes.
    await cluster.call('scontrol', 'update', `jobid=${numberOf(record)}`, 'starttime=now');
    const { record: ended } = await lookUntil(folder, over);
    expect(ended).toMatchObject({ state: 'finished', exit: { code: 0 } });
    expect(readdirSync(folder)).not.toContain('process-2');
    expect(rows(metrics).filter(({ step }) => step === 1).length).toBe(2);
    const runs = await runsUnder(folder);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ segments: 2, steps: { first: 0, last: 120 } });
    const roles = runs[0]?.signals.map(({ role }) => role) ?? [];
    for (const role of ['train/loss', 'gradient-norm', 'cpu/utilization', 'memory/machine', 'memory/process']) {
      expect(roles).toContain(role);
    }
    const held = runs[0]?.signals.find(({ role }) => role === 'memory/process');
    expect(held?.points).toBeGreaterThan(0);
    const sampled = rows(path.join(folder, JOB_FILES.machine)).map(({ step }) => step);
    expect(sampled.some((step) => typeof step === 'number' && step > 0)).toBe(true);
  });

  it('leaves nothing behind', async () => {
    await cluster.stop();
    mkdirSync(scratch, { recursive: true });
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'stat=,args=']);
    const own = stdout.split('\n').filter((line) => /slurm(?:ctld|d|stepd)|munged|supervisor\.cjs/.test(line));
    expect(own.filter((line) => !line.startsWith('Z'))).toEqual([]);
  });
});
