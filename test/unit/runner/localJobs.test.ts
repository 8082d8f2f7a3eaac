import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { JOB_FILES } from '../../../src/runner/jobRecord.js';
import { readRecord } from '../../../src/runner/jobFolder.js';
import { refreshJob, startJob, stopJob } from '../../../src/runner/jobs.js';
import type { JobWish, StartedJob } from '../../../src/runner/jobs.js';
import { isOver } from '../../../src/runner/jobRecord.js';
import type { JobRecord } from '../../../src/runner/jobRecord.js';
import type { LocalHandle, LocalTarget } from '../../../src/runner/local.js';
import { scratchFolder, until, writeTree } from '../engine/scratch.js';
import { builtLocalTarget } from './builtSupervisor.js';

const HOOKS = path.resolve('hooks');
/** Ten seconds of work for two cores that have nothing else to do. */
const GIGABYTE_WITHIN_MS = 300_000;
/** Where a control group with a limit of its own can be made: as root on Linux, of version 1. */
const MEMORY_GROUPS = '/sys/fs/cgroup/memory';
const LIMIT_FILE = 'memory.limit_in_bytes';
const memoryGroups = await access(path.join(MEMORY_GROUPS, LIMIT_FILE), constants.W_OK).then(
  () => MEMORY_GROUPS,
  () => undefined,
);
let target: LocalTarget;

beforeAll(async () => {
  target = await builtLocalTarget();
});

async function started(command: readonly string[], wish: Partial<JobWish> = {}): Promise<StartedJob> {
  const cwd = wish.cwd ?? (await scratchFolder());
  return startJob(
    { command, inherited: process.env, hook: 'auto', ...wish, cwd },
    { target, hooks: HOOKS, now: Date.now },
  );
}

async function over({ folder }: StartedJob, withinMs = 60_000): Promise<JobRecord> {
  let record: JobRecord | undefined;
  await until(
    'the end of the job',
    async () => {
      record = (await refreshJob(target, folder, Date.now))?.record;
      return record !== undefined && isOver(record.state);
    },
    withinMs,
  );
  return record as JobRecord;
}

const node = (script: string): string[] => [process.execPath, '-e', script];
const outputOf = ({ folder }: StartedJob): Promise<string> => readFile(path.join(folder, JOB_FILES.output), 'utf8');

async function followed(job: StartedJob): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of target.follow(job.record, job.folder, new AbortController().signal)) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

describe('a local job', () => {
  it('keeps what it prints, and says how it ended', async () => {
    const job = await started(node('console.log("out"); console.error("err"); process.exitCode = 3'));
    expect(job.record).toMatchObject({ state: 'running', target: 'local', ended: null });
    expect(await over(job)).toMatchObject({ state: 'failed', exit: { code: 3, signal: null, cause: 'error' } });
    expect((await outputOf(job)).split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  it('is found again by another process, from its folder alone, and followed from the first byte', async () => {
    const job = await started(
      node('let n = 0; setInterval(() => { console.log(n++); if (n > 20) process.exit() }, 20)'),
    );
    await until('some output', async () => (await outputOf(job)).includes('3'));
    const record = await readRecord(job.folder);
    const text = await followed({ ...job, record: record! });
    expect(text.trim().split('\n').map(Number)).toEqual(Array.from({ length: 21 }, (_, index) => index));
    expect(await over(job)).toMatchObject({ state: 'finished' });
  });

  it('is not taken for another process that has its number now', async () => {
    const job = await started(node('setTimeout(() => undefined, 600000)'));
    const { supervisor, job: leader } = job.record.handle as LocalHandle;
    const stale = (began: string): JobRecord => ({
      ...job.record,
      handle: { supervisor: { ...supervisor, began }, job: { ...leader, began } },
    });
    expect((await target.state(stale(leader.began), job.folder)).state).toBe('running');
    expect(await target.state(stale('another boot/1'), job.folder)).toMatchObject({
      state: 'lost',
      exit: { cause: 'unseen' },
    });
    expect(await target.signal(stale('another boot/1'), job.folder, 'kill')).toMatchObject({ ok: false });
    await stopJob(target, job.folder, { reason: 'end of the test', first: 'kill' });
    expect(await over(job)).toMatchObject({ state: 'stopped' });
  });

  it('pauses and goes on, with all its processes', async () => {
    const job = await started(['sh', '-c', 'while :; do date +%N; sleep 0.02; done & wait']);
    const tell = (signal: 'pause' | 'resume') => target.signal(job.record, job.folder, signal);
    await until('output', async () => (await outputOf(job)).length > 0);
    await tell('pause');
    await until('the pause', async () => (await target.state(job.record, job.folder)).state === 'paused');
    let length = 0;
    await until('all that was printed before to be written, and nothing more', async () => {
      ({ length } = await outputOf(job));
      await delay(200);
      return (await outputOf(job)).length === length;
    });
    await tell('resume');
    await until('more output', async () => (await outputOf(job)).length > length);
    await stopJob(target, job.folder, { reason: 'end of the test' });
    expect(await over(job)).toMatchObject({ state: 'stopped', exit: { message: 'end of the test' } });
  });

  it.each([
    ['ended where it hears neither', '', ['interrupt', 'terminate', 'kill'], 300, 'SIGKILL'],
    ['left to end by itself', 'if (signal === "SIGTERM") process.exit(5);', ['interrupt', 'terminate'], 60_000, null],
  ])('is interrupted, then asked to end, then %s', async (_name, hears, expected, terminate, signal) => {
    const listen = `process.on(signal, () => { console.log(signal); ${hears} })`;
    const job = await started(
      node(`for (const signal of ["SIGINT", "SIGTERM"]) ${listen}; console.log("up"); setInterval(() => {}, 1000)`),
    );
    await until('its start', async () => (await outputOf(job)).includes('up'));
    const told: string[] = [];
    const waits = { interrupt: 300, terminate };
    await stopJob(target, job.folder, { reason: 'test', waits, onSignal: (one) => told.push(one) });
    expect(told).toEqual(expected);
    expect(await over(job)).toMatchObject({ state: 'stopped', exit: { signal, cause: 'asked' } });
    if (signal === null) {
      expect(await outputOf(job)).toBe('up\nSIGINT\nSIGTERM\n');
    }
  });

  it('that forks is over when the first process is; what a stopped one leaves behind is ended', async () => {
    const deaf = 'process.on("SIGINT", () => {}); setInterval(() => {}, 1000); console.log(process.pid)';
    const forked = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(deaf)}], { stdio: "inherit" });`;
    const childOf = async (job: StartedJob): Promise<number> => {
      await until('the child', async () => (await outputOf(job)).endsWith('\n'));
      return Number(await outputOf(job));
    };
    const go = path.join(await scratchFolder(), 'go');
    const ends = `setInterval(() => { if (require("fs").existsSync(${JSON.stringify(go)})) process.exit(0) }, 20)`;
    const job = await started(node(`${forked} ${ends}`));
    const left = await childOf(job);
    await writeFile(go, '');
    expect(await over(job)).toMatchObject({ state: 'finished', exit: { code: 0 } });
    expect(isAlive(left)).toBe(true);
    process.kill(left, 'SIGKILL');

    const stopped = await started(node(`${forked} setInterval(() => {}, 1000)`));
    const child = await childOf(stopped);
    await stopJob(target, stopped.folder, { reason: 'test' });
    await until('the end of the child', () => !isAlive(child));
  });

  it('that is killed in the middle of a line keeps the half of it', async () => {
    const job = await started(node('process.stdout.write("step 1 loss 2.0\\nstep 2 lo"); setInterval(() => {}, 1000)'));
    await until('output', async () => (await outputOf(job)).length > 20);
    process.kill((job.record.handle as LocalHandle).job.pid, 'SIGKILL');
    const { state, exit } = await over(job);
    expect([state, exit?.signal, exit?.cause]).toEqual(['failed', 'SIGKILL', 'killed']);
    expect(exit?.message).toMatch(/killed by SIGKILL, which nobody asked for here: .*memory/);
    expect(await outputOf(job)).toBe('step 1 loss 2.0\nstep 2 lo');
  });

  it.skipIf(memoryGroups === undefined)(
    'that the kernel kills for its memory, in a control group of its own, is said so',
    async () => {
      const group = path.join(memoryGroups!, `evenkeel-test-${process.pid}`);
      await mkdir(group);
      try {
        await writeFile(path.join(group, LIMIT_FILE), String(64 * 1024 * 1024));
        const greedy = 'print("step 1 loss 2.0", flush=True); held = bytearray(512 * 1024 * 1024); print(len(held))';
        const joins = `echo $$ > "${group}/cgroup.procs" && exec python3 -c '${greedy}'`;
        const job = await started(['sh', '-c', joins]);
        const { state, exit } = await over(job);
        expect([state, exit?.signal, exit?.cause]).toEqual(['failed', 'SIGKILL', 'out-of-memory']);
        expect(exit?.message).toMatch(/The kernel killed it because memory ran out/);
        expect(await outputOf(job)).toBe('step 1 loss 2.0\n');
      } finally {
        await rmdir(group);
      }
    },
  );

  it(
    'that prints a gigabyte costs a hundred megabytes, beginning and end kept',
    async () => {
      const job = await started(['sh', '-c', 'echo first; yes "$(printf %01000d 0)" | head -n 1000000; echo last']);
      expect(await over(job, GIGABYTE_WITHIN_MS)).toMatchObject({ state: 'finished' });
      const sizes = await Promise.all(
        [JOB_FILES.output, JOB_FILES.outputTail, JOB_FILES.outputTailBefore].map(
          async (name) => (await stat(path.join(job.folder, name))).size,
        ),
      );
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100 * 1024 * 1024);
      const text = await followed(job);
      expect(text.startsWith('first\n')).toBe(true);
      expect(text.endsWith('\nlast\n')).toBe(true);
      expect(text).toContain('[evenkeel] this file is full');
    },
    GIGABYTE_WITHIN_MS,
  );

  it('is over once all that it printed is kept, however slowly its reader takes it', async () => {
    const cwd = await scratchFolder();
    const onOutput = (): Promise<void> => delay(300);
    const job = await startJob(
      { command: ['sh', '-c', 'yes "a line" | head -c 1500000; echo; echo last'], inherited: {}, hook: 'off', cwd },
      {
        target,
        hooks: HOOKS,
        now: Date.now,
        attachment: { stdin: 'ignore', released: new AbortController().signal, onOutput },
      },
    );
    expect(await over(job)).toMatchObject({ state: 'finished' });
    expect((await outputOf(job)).slice(-6)).toBe('\nlast\n');
  });

  it.each([
    ['no such program', ['evenkeel-no-such-program'], 127, /no such program/],
    ['no program', ['./data.txt'], 126, /not allowed to run it/],
  ])('that is %s is refused as a shell would', async (_name, command, code, message) => {
    const cwd = await scratchFolder();
    await writeTree(cwd, { 'data.txt': 'x' });
    await expect(started(command, { cwd })).rejects.toMatchObject({
      exitCode: code,
      message: expect.stringMatching(message),
    });
    const [name] = execFileSync('ls', [path.join(cwd, 'evenkeel-runs')], { encoding: 'utf8' }).split('\n');
    expect(await readRecord(path.join(cwd, 'evenkeel-runs', name!))).toMatchObject({
      state: 'failed',
      exit: { code, cause: 'not-started' },
    });
  });

  it('has a folder of its own beside seven others begun at the same time', async () => {
    const cwd = await scratchFolder();
    const jobs = await Promise.all(
      Array.from({ length: 8 }, (_, index) => started(node(`console.log(${index})`), { cwd })),
    );
    const ends = await Promise.all(jobs.map((job) => over(job)));
    expect(ends.map(({ state }) => state)).toEqual(Array.from({ length: 8 }, () => 'finished'));
    expect(new Set(jobs.map(({ folder }) => folder)).size).toBe(8);
    expect(await Promise.all(jobs.map(outputOf))).toEqual(jobs.map((_, index) => `${index}\n`));
    expect(await readFile(path.join(cwd, 'evenkeel-runs/.gitignore'), 'utf8')).toBe('*\n');
  });

  it('runs in folders of any name, and keeps a name that is taken', async () => {
    const cwd = path.join(await scratchFolder(), 'Läufe mit "Zeichen" и $пробел');
    await mkdir(cwd);
    const script = 'import os; print(os.getcwd()); print(os.environ["EVENKEEL_OUT"])';
    const job = await started(['python3', '-c', script], { cwd, out: 'lauf 1' });
    await over(job);
    expect(await outputOf(job)).toBe(`${cwd}\n${path.join(cwd, 'lauf 1')}\n`);
    await expect(started(['true'], { cwd, out: 'lauf 1' })).rejects.toThrow(/holds a run already/);
  });

  it('goes elsewhere where nothing can be written, and says so; a folder that was named is refused', async () => {
    const cwd = await scratchFolder();
    await writeFile(path.join(cwd, 'evenkeel-runs'), 'a file in the way');
    const job = await started(node(''), { cwd });
    await over(job);
    expect(job.folder.startsWith(cwd)).toBe(false);
    expect(job.notes.join()).toMatch(/can't be written to.*is kept in/);
    await expect(started(node(''), { cwd, out: 'evenkeel-runs' })).rejects.toThrow(/name another folder with --out/);
  });
});

describe('the environment of a job', () => {
  const PROBE = 'import evenkeel, sys; print(evenkeel.__file__)';

  it('has the hook, and what the person had set', async () => {
    const cwd = await scratchFolder();
    await writeTree(cwd, { 'lib/mine.py': 'value = 7', 'lib/sitecustomize.py': 'import sys; sys.own = "ran"' });
    const environment = { PYTHONPATH: path.join(cwd, 'lib'), NODE_OPTIONS: '--max-old-space-size=512' };
    const script = `${PROBE}; import mine; print(mine.value, sys.own)`;
    const job = await started(['python3', '-c', script], { cwd, environment });
    expect(await over(job)).toMatchObject({ state: 'finished' });
    expect(await outputOf(job)).toBe(`${path.join(HOOKS, 'evenkeel.py')}\n7 ran\n`);
    const inNode = await started(node('console.log(process.env.NODE_OPTIONS)'), { cwd, environment });
    await over(inNode);
    expect(await outputOf(inNode)).toMatch(/^--max-old-space-size=512( --require ".*evenkeel\.cjs")?\n$/);
  });

  it('has the hook in a virtual environment, and behind env with a PYTHONPATH of its own', async () => {
    const cwd = await scratchFolder();
    execFileSync('python3', ['-m', 'venv', '--without-pip', path.join(cwd, 'mein venv')]);
    const python = path.join(cwd, 'mein venv', 'bin', 'python');
    for (const command of [
      [python, '-c', PROBE],
      ['env', 'PYTHONPATH=/nowhere', 'python3', '-c', PROBE],
    ]) {
      const job = await started(command, { cwd });
      expect([(await over(job)).state, await outputOf(job)]).toEqual([
        'finished',
        `${path.join(HOOKS, 'evenkeel.py')}\n`,
      ]);
    }
  });

  it('has no hook where that is off, and a note where it can not be loaded', async () => {
    const off = await started(['python3', '-c', 'import os; print("EVENKEEL_OUT" in os.environ)'], { hook: 'off' });
    await over(off);
    expect(await outputOf(off)).toBe('False\n');
    const isolated = await started(['python3', '-I', '-c', 'print(1)']);
    await over(isolated);
    expect(isolated.notes.join()).toMatch(/-I loads nothing from outside/);
  });

  it('does not show what was set for the job to others', async () => {
    const job = await started(node(''), { environment: { TRACKER_KEY: 'secret' } });
    await over(job);
    expect((await stat(path.join(job.folder, JOB_FILES.record))).mode & 0o077).toBe(0);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
