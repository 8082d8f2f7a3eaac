import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { parseVmStat } from '../../../../src/runner/telemetry/host/hostSource.js';
import { killsBetween, MemoryGroup } from '../../../../src/runner/telemetry/host/memoryGroup.js';
import {
  descendants,
  parsePsLine,
  parseStat,
  processesOf,
  processesWith,
} from '../../../../src/runner/telemetry/host/processTree.js';

const MIB = 1024 * 1024;

describe('the processes of a job', () => {
  it('are read from /proc, whatever the program is called', () => {
    const text =
      '4117 (a) (b c) R 4000 4100 4000 0 -1 4194304 900 0 0 0 250 50 0 0 20 0 3 0 88000 120000000 2048 18446744073709551615';
    expect(parseStat(text, 4096)).toEqual({
      pid: 4117,
      parent: 4000,
      group: 4100,
      residentBytes: 8 * MIB,
      cpuSeconds: 3,
    });
    expect(parseStat('', 4096)).toBeUndefined();
  });

  it('are read from ps', () => {
    expect(parsePsLine('  501   1   501  10240 1-02:03:04')).toEqual({
      pid: 501,
      parent: 1,
      group: 501,
      residentBytes: 10 * MIB,
      cpuSeconds: 86_400 + 7_384,
    });
    expect(parsePsLine('501 1 501 10240 0:07.25')?.cpuSeconds).toBe(7.25);
  });

  it('are what descends from it and what is left in its group', () => {
    const one = (pid: number, parent: number, group: number): Parameters<typeof descendants>[0][number] => ({
      pid,
      parent,
      group,
      residentBytes: 1,
      cpuSeconds: 0,
    });
    const all = [one(1, 0, 1), one(10, 1, 10), one(11, 10, 11), one(12, 11, 11), one(13, 1, 10), one(20, 1, 20)];
    expect(
      descendants(all, 10)
        .map(({ pid }) => pid)
        .sort(),
    ).toEqual([10, 11, 12, 13]);
    expect(descendants(all, 99)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')('are found, with the memory that they hold', async () => {
    const held = 64 * MIB;
    const script = `const { spawn } = require('node:child_process');
      spawn(process.execPath, ['-e', 'const b = Buffer.alloc(${held}, 1); console.log("here"); setTimeout(() => b, 60000)'],
        { stdio: ['ignore', 'inherit', 'ignore'] });`;
    const job = spawn(process.execPath, ['-e', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await once(job.stdout, 'data');
      const processes = await processesOf(job.pid ?? 0);
      expect(processes.length).toBe(2);
      expect(processes.reduce((sum, { residentBytes }) => sum + residentBytes, 0)).toBeGreaterThan(held);
    } finally {
      process.kill(-(job.pid ?? 0), 'SIGKILL');
    }
    await once(job, 'exit');
    // The child of the killed job goes a moment later.
    await expect.poll(() => processesOf(job.pid ?? 0), { timeout: 10_000 }).toEqual([]);
  });
});

it.skipIf(process.platform !== 'linux')('finds the processes that a scheduler has marked', async () => {
  const mark = `job ${process.pid}`;
  const job = spawn('sleep', ['60'], { env: { ...process.env, EVENKEEL_MARK: mark }, stdio: 'ignore' });
  try {
    await once(job, 'spawn');
    expect((await processesWith('EVENKEEL_MARK', mark)).map(({ pid }) => pid)).toEqual([job.pid]);
    expect(await processesWith('EVENKEEL_MARK', 'job')).toEqual([]);
  } finally {
    job.kill();
  }
});

describe.skipIf(process.platform !== 'linux')('control groups', () => {
  const reading =
    (files: Readonly<Record<string, string>>) =>
    (file: string): Promise<string> =>
      Promise.resolve(files[file] ?? '');

  it('of version 2 limit by the tightest that surrounds the job', async () => {
    const group = new MemoryGroup(
      7,
      reading({
        '/proc/7/cgroup': '0::/slurm/job_7/step_0\n',
        '/sys/fs/cgroup/slurm/job_7/step_0/memory.max': 'max\n',
        '/sys/fs/cgroup/slurm/job_7/memory.max': '8589934592\n',
        '/sys/fs/cgroup/slurm/job_7/memory.current': '4294967296\n',
        '/sys/fs/cgroup/slurm/memory.max': '17179869184\n',
        '/sys/fs/cgroup/slurm/job_7/step_0/memory.events':
          'low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 0\n',
        '/proc/vmstat': 'nr_free_pages 1\noom_kill 5\n',
      }),
    );
    expect(await group.limit()).toEqual({ 'memory/limit': 8589934592, 'memory/group': 4294967296 });
    expect(await group.kills()).toEqual([2, undefined, undefined, undefined, 5]);
  });

  it('of version 1 in a container are those at the root', async () => {
    const group = new MemoryGroup(
      7,
      reading({
        '/proc/7/cgroup': '9:name=systemd:/\n4:memory:/docker/abc\n0::/\n',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': '2147483648\n',
        '/sys/fs/cgroup/memory/memory.usage_in_bytes': '1073741824\n',
        '/sys/fs/cgroup/memory/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
      }),
    );
    expect(await group.limit()).toEqual({ 'memory/limit': 2147483648, 'memory/group': 1073741824 });
    expect(await group.kills()).toEqual([undefined, undefined, 1, undefined]);
  });

  it('without a limit say nothing', async () => {
    const group = new MemoryGroup(
      7,
      reading({
        '/proc/7/cgroup': '4:memory:/\n',
        '/sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
      }),
    );
    expect(await group.limit()).toEqual({});
  });

  it('that are gone with their processes leave the count to those around them', () => {
    expect(killsBetween([0, 3, 5], [undefined, 4, 9])).toBe(1);
    expect(killsBetween([0, 3], [2, 9])).toBe(2);
    expect(killsBetween([], [])).toBe(0);
  });
});

it('reads the pages of macOS', () => {
  const text = `Mach Virtual Memory Statistics: (page size of 16384 bytes)
Pages free:                               10000.
Pages active:                            400000.
Pages inactive:                           20000.
Pages speculative:                         3000.
Pages wired down:                        150000.
Pages purgeable:                           1000.
`;
  expect(parseVmStat(text)).toBe(34_000 * 16_384);
  expect(parseVmStat('')).toBeUndefined();
});
