import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Reading } from '../reading.js';

/** Limits from here on mean "none": version 1 writes the largest multiple of a page, version 2 the word `max`. */
const NO_LIMIT = 2 ** 60;

/** How a version of the control groups names what is wanted. */
interface Layout {
  readonly root: string;
  readonly limit: string;
  readonly current: string;
  readonly events: string;
}

const VERSION_2: Layout = {
  root: '/sys/fs/cgroup',
  limit: 'memory.max',
  current: 'memory.current',
  events: 'memory.events',
};
const VERSION_1: Layout = {
  root: '/sys/fs/cgroup/memory',
  limit: 'memory.limit_in_bytes',
  current: 'memory.usage_in_bytes',
  events: 'memory.oom_control',
};

/**
 * The control group that limits a job's memory: of a container, of a Slurm job, of a service. Linux only; says nothing
 * elsewhere.
 */
export class MemoryGroup {
  private readonly pid: number | 'self';
  private readonly groups: Promise<readonly Group[]>;

  /** @param pid a process of the group, for as long as it runs; this process when undefined. */
  constructor(pid: number | undefined, readText: ReadText = readWhole) {
    this.pid = pid ?? 'self';
    this.groups = groupsOf(this.pid, readText);
  }

  /** Bytes of the tightest limit, and what is in use of it; nothing where there is no limit. */
  async limit(): Promise<Reading> {
    const all = await Promise.all((await this.groups).map((group) => group.limitAndUse()));
    const [tightest] = all.filter(({ limit }) => limit < NO_LIMIT).sort((a, b) => a.limit - b.limit);
    return tightest === undefined
      ? {}
      : {
          'memory/limit': tightest.limit,
          ...(Number.isFinite(tightest.used) ? { 'memory/group': tightest.used } : {}),
        };
  }

  /**
   * Processes that the kernel has killed for memory, in the group and those around it, as far as they can be seen.
   * Compare two of these: see {@link killsBetween}.
   */
  async kills(): Promise<OutOfMemoryKills> {
    const groups = await this.groups;
    const counts = await Promise.all(groups.map((group) => group.kills()));
    return counts;
  }
}

/** Counters from the job's own group outwards, the machine's last; undefined where one can't be read (any more). */
export type OutOfMemoryKills = readonly (number | undefined)[];

/** Kills between two looks, by the innermost counter that is there in both: groups go when their processes do. */
export function killsBetween(before: OutOfMemoryKills, after: OutOfMemoryKills): number {
  for (const [index, first] of before.entries()) {
    const last = after[index];
    if (first !== undefined && last !== undefined) {
      return Math.max(0, last - first);
    }
  }
  return 0;
}

type ReadText = (file: string) => Promise<string>;

async function readWhole(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}

interface Group {
  limitAndUse(): Promise<{ readonly limit: number; readonly used: number }>;
  kills(): Promise<number | undefined>;
}

/** The groups from the process's own to the outermost that can be seen, then the machine. */
async function groupsOf(pid: number | 'self', readText: ReadText): Promise<readonly Group[]> {
  if (process.platform !== 'linux') {
    return [];
  }
  const text = await readText(`/proc/${pid}/cgroup`);
  const first = /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/m.exec(text)?.[1];
  const second = /^0::(.*)$/m.exec(text)?.[1];
  const [layout, own] = first === undefined ? [VERSION_2, second] : [VERSION_1, first];
  const groups = own === undefined ? [] : outwards(own).map((name) => groupAt(layout, name, readText));
  return [...groups, machine(readText)];
}

/** `/a/b`, `/a`, `/`. In a container the names lead nowhere but the root is the container's own group. */
function outwards(name: string): string[] {
  const names = [path.posix.normalize(name)];
  for (let last = names[0] ?? '/'; last !== '/' && last !== '.'; last = names.at(-1) ?? '/') {
    names.push(path.posix.dirname(last));
  }
  return names;
}

function groupAt(layout: Layout, name: string, readText: ReadText): Group {
  const file = (leaf: string): string => path.posix.join(layout.root, name, leaf);
  return {
    limitAndUse: async () => {
      const [limit, used] = await Promise.all([readText(file(layout.limit)), readText(file(layout.current))]);
      return { limit: numberIn(limit) ?? Infinity, used: numberIn(used) ?? Number.NaN };
    },
    kills: async () => countIn(await readText(file(layout.events))),
  };
}

function machine(readText: ReadText): Group {
  return {
    limitAndUse: () => Promise.resolve({ limit: Infinity, used: Number.NaN }),
    kills: async () => countIn(await readText('/proc/vmstat')),
  };
}

function countIn(text: string): number | undefined {
  const digits = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function numberIn(text: string): number | undefined {
  return /^\d+\s*$/.test(text) ? Number(text) : undefined;
}
