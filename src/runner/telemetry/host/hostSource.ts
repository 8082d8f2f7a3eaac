import { execFile } from 'node:child_process';
import { readFile, statfs } from 'node:fs/promises';
import os from 'node:os';
import { promisify } from 'node:util';
import type { Reading, TelemetrySource } from '../reading.js';
import { MemoryGroup } from './memoryGroup.js';
import { diskTrafficOf, processesOf, processesWith } from './processTree.js';
import type { ProcessUsage } from './processTree.js';

const TIME_LIMIT_MS = 10_000;

/** The variable by which Slurm marks the processes of a job on a node. */
const SLURM_JOB = 'SLURM_JOB_ID';

export interface HostSourceOptions {
  /** The job's first process, for what it and its children use; without it, what Slurm marks as the job's. */
  readonly pid?: number | undefined;
  /** The run's folder: the disk that logs and, as a rule, checkpoints go to. */
  readonly folder: string;
}

interface CpuTimes {
  readonly busy: number;
  readonly all: number;
}

/** What the job had used when it was last looked at, since it began. */
interface JobUse {
  readonly at: number;
  readonly cpuSeconds: ReadonlyMap<number, number>;
  readonly read: ReadonlyMap<number, number>;
  readonly written: ReadonlyMap<number, number>;
}

/** Processor, memory and disk, of the machine and of the job, from what the operating system tells everybody. */
export class HostSource implements TelemetrySource {
  readonly name = 'the operating system';
  private readonly options: HostSourceOptions;
  private readonly group: MemoryGroup;
  private cpu: CpuTimes | undefined;
  private job: JobUse | undefined;

  constructor(options: HostSourceOptions) {
    this.options = options;
    this.group = new MemoryGroup(options.pid);
  }

  async read(): Promise<Reading> {
    const [memory, disk, job, limit] = await Promise.all([
      memoryInUse(),
      freeDisk(this.options.folder),
      this.readJob(),
      this.group.limit(),
    ]);
    return { ...this.readCpu(), ...memory, ...limit, ...job, ...disk };
  }

  /** Percent of all processors since the last reading. */
  private readCpu(): Reading {
    const now = cpuTimes();
    const before = this.cpu;
    this.cpu = now;
    const passed = before === undefined ? 0 : now.all - before.all;
    return before === undefined || passed <= 0
      ? {}
      : { 'cpu/utilization': round((100 * (now.busy - before.busy)) / passed) };
  }

  private async processes(): Promise<readonly ProcessUsage[]> {
    const { pid } = this.options;
    const slurmJob = process.env[SLURM_JOB];
    return pid !== undefined ? processesOf(pid) : slurmJob ? processesWith(SLURM_JOB, slurmJob) : [];
  }

  private async readJob(): Promise<Reading> {
    const processes = await this.processes();
    if (processes.length === 0) {
      return {};
    }
    const traffic = await Promise.all(processes.map((one) => diskTrafficOf(one.pid)));
    const by = <Value>(value: (index: number) => Value | undefined): Map<number, Value> =>
      new Map(
        processes.flatMap((one, index) => {
          const of = value(index);
          return of === undefined ? [] : [[one.pid, of] as const];
        }),
      );
    const now: JobUse = {
      at: performance.now(),
      cpuSeconds: by((index) => processes[index]?.cpuSeconds),
      read: by((index) => traffic[index]?.read),
      written: by((index) => traffic[index]?.written),
    };
    const before = this.job;
    this.job = now;
    return {
      'memory/process': processes.reduce((sum, { residentBytes }) => sum + residentBytes, 0),
      'cpu/processes': processes.length,
      ...(before === undefined ? {} : rates(before, now)),
    };
  }
}

/** What was used between two readings. A process that has come or gone between them counts from its first reading. */
function rates(before: JobUse, now: JobUse): Reading {
  const seconds = (now.at - before.at) / 1000;
  if (seconds <= 0) {
    return {};
  }
  const grown = (what: 'cpuSeconds' | 'read' | 'written'): number | undefined => {
    const both = [...now[what]].filter(([pid]) => before[what].has(pid));
    return both.length === 0
      ? undefined
      : both.reduce((sum, [pid, value]) => sum + Math.max(0, value - (before[what].get(pid) ?? value)), 0) / seconds;
  };
  const [cpu, read, written] = [grown('cpuSeconds'), grown('read'), grown('written')];
  return {
    ...(cpu === undefined ? {} : { 'cpu/process': round(100 * cpu) }),
    ...(read === undefined ? {} : { 'disk/read': Math.round(read) }),
    ...(written === undefined ? {} : { 'disk/write': Math.round(written) }),
  };
}

function cpuTimes(): CpuTimes {
  let idle = 0;
  let all = 0;
  for (const { times } of os.cpus()) {
    idle += times.idle;
    all += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { busy: all - idle, all };
}

/**
 * Bytes that programs hold, file caches left out: these give way when memory is wanted. No monitor judges it: others
 * use the machine, too.
 */
async function memoryInUse(): Promise<Reading> {
  const total = os.totalmem();
  const available =
    process.platform === 'linux'
      ? await availableOnLinux()
      : process.platform === 'darwin'
        ? await availableOnMac()
        : os.freemem();
  return available === undefined ? {} : { 'memory/machine': total - available, 'memory/total': total };
}

async function availableOnLinux(): Promise<number | undefined> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kibibytes = /^MemAvailable:\s*(\d+) kB$/m.exec(text)?.[1];
  return kibibytes === undefined ? undefined : 1024 * Number(kibibytes);
}

async function availableOnMac(): Promise<number | undefined> {
  try {
    const { stdout } = await promisify(execFile)('vm_stat', { timeout: TIME_LIMIT_MS });
    return parseVmStat(stdout);
  } catch {
    return undefined;
  }
}

/** @returns bytes in pages of macOS that are free or can be had for the asking. */
export function parseVmStat(text: string): number | undefined {
  const pageBytes = Number(/page size of (\d+) bytes/.exec(text)?.[1]);
  const pages = ['free', 'inactive', 'speculative', 'purgeable'].map((kind) =>
    Number(new RegExp(`^Pages ${kind}:\\s*(\\d+)\\.`, 'm').exec(text)?.[1]),
  );
  const bytes = pageBytes * pages.reduce((sum, count) => sum + count, 0);
  return Number.isFinite(bytes) ? bytes : undefined;
}

async function freeDisk(folder: string): Promise<Reading> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return { 'disk/free': bavail * bsize };
  } catch {
    return {};
  }
}

function round(percent: number): number {
  return Math.round(10 * percent) / 10;
}
