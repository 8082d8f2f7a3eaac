import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** One process of a job. What the platform does not tell is undefined. */
export interface ProcessUsage {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** Bytes of memory that it holds; what processes share counts in each. */
  readonly residentBytes: number;
  /** Seconds of processor time since it began. */
  readonly cpuSeconds: number | undefined;
}

/** Bytes that a process has had read from and written to disks since it began. */
export interface DiskTraffic {
  readonly read: number;
  readonly written: number;
}

const TIME_LIMIT_MS = 10_000;
/** Clock ticks a second in /proc: `USER_HZ`, 100 on every architecture that Linux is used on. */
const TICKS_PER_SECOND = 100;
/** Bytes of a page where nothing else is known; ARM machines have pages of up to 64 KiB. */
const USUAL_PAGE_BYTES = 4096;

/**
 * The processes of a job: what descends from it, and what is still in its process group though its parent has gone.
 * Empty when the job is gone, or where the platform has no cheap way to tell (Windows).
 */
export async function processesOf(root: number): Promise<readonly ProcessUsage[]> {
  const all = process.platform === 'linux' ? await fromProc() : process.platform === 'win32' ? [] : await fromPs();
  return descendants(all, root);
}

/**
 * The processes on this machine that were started with a variable of this value, but for this one: a scheduler marks so
 * what belongs to a job. Those of other users can't be seen. Linux only, empty elsewhere.
 */
export async function processesWith(variable: string, value: string): Promise<readonly ProcessUsage[]> {
  if (process.platform !== 'linux') {
    return [];
  }
  const wanted = `${variable}=${value}`;
  const all = await fromProc();
  const marked = await Promise.all(
    all.map(async ({ pid }) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return pid !== process.pid && environment.split('\0').includes(wanted);
    }),
  );
  return all.filter((_, index) => marked[index]);
}

/** @returns the processes of `all` that are `root`, descend from it, or are in its group. */
export function descendants(all: readonly ProcessUsage[], root: number): readonly ProcessUsage[] {
  const children = new Map<number, ProcessUsage[]>();
  for (const one of all) {
    const siblings = children.get(one.parent);
    if (siblings) {
      siblings.push(one);
    } else {
      children.set(one.parent, [one]);
    }
  }
  const found = new Map(
    all.filter(({ pid, group }) => pid === root || group === root).map((one) => [one.pid, one] as const),
  );
  const open = [...found.keys()];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (!found.has(child.pid)) {
        found.set(child.pid, child);
        open.push(child.pid);
      }
    }
  }
  return [...found.values()];
}

async function fromProc(): Promise<ProcessUsage[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const texts = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  const pageBytes = await (pageBytesOfMachine ??= measuredPageBytes());
  return texts.flatMap((text) => parseStat(text, pageBytes) ?? []);
}

let pageBytesOfMachine: Promise<number> | undefined;

/** Node knows its own memory in bytes, /proc has it in pages: what lies between is a power of two. */
async function measuredPageBytes(): Promise<number> {
  const text = await readFile('/proc/self/stat', 'utf8').catch(() => '');
  const pages = parseStat(text, 1)?.residentBytes ?? 0;
  const exponent = Math.round(Math.log2(process.memoryUsage.rss() / pages));
  return pages > 0 ? 2 ** exponent : USUAL_PAGE_BYTES;
}

/**
 * @param text of `/proc/<pid>/stat`; the name of the program stands in brackets and may hold blanks and brackets.
 * @param pageBytes bytes of a page of memory.
 */
export function parseStat(text: string, pageBytes: number): ProcessUsage | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 0 || close < open) {
    return undefined;
  }
  const pid = Number(text.slice(0, open));
  // Fields from the third on: state, parent, group ... 14 and 15 are user and system time, 24 the resident pages.
  const fields = text
    .slice(close + 1)
    .trim()
    .split(' ');
  if (fields[0] === 'Z') {
    return undefined; // It has ended; its parent has not asked how.
  }
  const field = (number: number): number => Number(fields[number - 3]);
  const usage = {
    pid,
    parent: field(4),
    group: field(5),
    residentBytes: field(24) * pageBytes,
    cpuSeconds: (field(14) + field(15)) / TICKS_PER_SECOND,
  };
  return Object.values(usage).every(Number.isFinite) ? usage : undefined;
}

async function fromPs(): Promise<ProcessUsage[]> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-axo', 'pid=,ppid=,pgid=,rss=,time='], {
      timeout: TIME_LIMIT_MS,
      env: { ...process.env, LC_ALL: 'C' },
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout.split('\n').flatMap((line) => parsePsLine(line) ?? []);
  } catch {
    return [];
  }
}

/** @param line `pid ppid pgid rss time`, memory in KiB and time as `[[dd-]hh:]mm:ss[.cc]`. */
export function parsePsLine(line: string): ProcessUsage | undefined {
  const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(?:(\d+)-)?([\d:.]+)\s*$/.exec(line);
  if (!match) {
    return undefined;
  }
  const [pid, parent, group, kibibytes] = match.slice(1, 5).map(Number) as [number, number, number, number];
  const seconds = (match[6] ?? '').split(':').reduce((sum, part) => 60 * sum + Number(part), 0);
  return {
    pid,
    parent,
    group,
    residentBytes: kibibytes * 1024,
    cpuSeconds: seconds + 86_400 * Number(match[5] ?? 0),
  };
}

/** Undefined where the platform does not tell, or not to this user. */
export async function diskTrafficOf(pid: number): Promise<DiskTraffic | undefined> {
  const text = process.platform === 'linux' ? await readFile(`/proc/${pid}/io`, 'utf8').catch(() => '') : '';
  const read = /^read_bytes: (\d+)$/m.exec(text)?.[1];
  const written = /^write_bytes: (\d+)$/m.exec(text)?.[1];
  return read === undefined || written === undefined ? undefined : { read: Number(read), written: Number(written) };
}
