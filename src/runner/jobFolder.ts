import { constants } from 'node:fs';
import { access, mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import path from 'node:path';
import { JOB_FILES, JOB_STATES, TARGET_NAMES } from './jobRecord.js';
import type { JobRecord } from './jobRecord.js';

/** Where runs go that are not told another folder: below the folder that the job runs in. */
export const RUNS_FOLDER = 'evenkeel-runs';
/** Runs begun in the same second in the same folder. */
const MOST_OF_ONE_NAME = 1000;

export interface FolderWish {
  /** The folder that the job runs in, absolute. */
  readonly cwd: string;
  readonly command: readonly string[];
  /** The run's own folder, as a person named it; undefined: one of its own among others. */
  readonly out?: string | undefined;
  /** Where runs go otherwise, {@link RUNS_FOLDER} unless told; absolute, or relative to `cwd`. */
  readonly runs?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface MadeFolder {
  /** Absolute. */
  readonly folder: string;
  /** Why it is not where it was wished for. */
  readonly note?: string;
}

/** Makes the folder of a new run. Rejects in words where a named folder can't be used; one that was not named gives way. */
export async function makeRunFolder(wish: FolderWish): Promise<MadeFolder> {
  return wish.out === undefined
    ? makeNewFolder(wish)
    : { folder: await useNamedFolder(path.resolve(wish.cwd, wish.out)) };
}

async function useNamedFolder(folder: string): Promise<string> {
  try {
    await makeFolders(folder);
    await access(folder, constants.W_OK);
  } catch (error) {
    throw new Error(`${folder}: can't be written to (${codeOf(error)}): name another folder with --out`, {
      cause: error,
    });
  }
  if (await isThere(path.join(folder, JOB_FILES.record))) {
    throw new Error(`${folder}: holds a run already: name another folder with --out, or none`);
  }
  return folder;
}

/**
 * Where a further machine of a run keeps its own record and output: in the run's folder, `node-N`.
 * @param run the folder that all machines of the run share, absolute.
 * @param rank of the machine; undefined: the next one.
 */
export async function makeNodeFolder(run: string, rank: number | undefined): Promise<string> {
  await makeFolders(run);
  for (let node = rank ?? 1; node <= MOST_OF_ONE_NAME; node++) {
    const folder = path.join(run, `node-${node}`);
    if (await makeFolders(folder)) {
      return folder;
    }
    if (rank !== undefined) {
      throw new Error(
        `${folder}: machine ${node} of this run has been started already: name another folder with --out`,
      );
    }
  }
  throw new Error(`${run}: has ${MOST_OF_ONE_NAME} machines already`);
}

async function makeNewFolder(wish: FolderWish): Promise<MadeFolder> {
  const runs = path.resolve(wish.cwd, wish.runs ?? RUNS_FOLDER);
  try {
    return { folder: await makeFolderIn(runs, wish) };
  } catch (error) {
    const elsewhere = path.join(tmpdir(), `${RUNS_FOLDER}-${userInfo().username}`);
    const folder = await makeFolderIn(elsewhere, wish);
    return { folder, note: `${runs} can't be written to (${codeOf(error)}): the run is kept in ${folder}` };
  }
}

async function makeFolderIn(runs: string, { command, now }: FolderWish): Promise<string> {
  if (await makeFolders(runs)) {
    // Runs are for this machine: nobody has to remember to keep them out of a commit.
    await writeFile(path.join(runs, '.gitignore'), '*\n', { flag: 'wx' }).catch(() => undefined);
  }
  const name = `${timeStamp(now)}-${nameOfCommand(command)}`;
  for (let attempt = 1; attempt <= MOST_OF_ONE_NAME; attempt++) {
    const folder = path.join(runs, attempt === 1 ? name : `${name}-${attempt}`);
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        throw error;
      }
    }
  }
  throw new Error(`${runs}: ${MOST_OF_ONE_NAME} runs of the name ${name} are there`);
}

/**
 * Makes a folder and those around it. Not Node's own, which goes on for ever where the file system says that there is no
 * such folder to make one in, as /proc does.
 * @returns whether it was not there.
 */
async function makeFolders(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    const around = path.dirname(folder);
    if (codeOf(error) === 'EEXIST' && (await stat(folder)).isDirectory()) {
      return false;
    }
    if (codeOf(error) !== 'ENOENT' || around === folder || (await isThere(around))) {
      throw error;
    }
    await makeFolders(around);
    return makeFolders(folder);
  }
}

/** "20261121-161405", in local time, so that names sort by time and read as the clock on the wall. */
function timeStamp(now: number): string {
  const date = new Date(now);
  const digits = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(digits).join('');
  return `${day}-${[date.getHours(), date.getMinutes(), date.getSeconds()].map(digits).join('')}`;
}

const SOURCE_FILE = /\.(?:py|m?[jt]s|cjs|cts|ipynb|sh)$/i;

/** What a person would call the job: its script, its module, or else its program. */
export function nameOfCommand(command: readonly string[]): string {
  const script = command.find((word) => SOURCE_FILE.test(word));
  const module = command[command.indexOf('-m') + 1];
  const name = script?.replace(SOURCE_FILE, '') ?? (command.includes('-m') && module ? module : command[0]) ?? 'job';
  return (
    path
      .basename(name.replaceAll('\\', '/'))
      .replace(/[^\p{L}\p{N}_.-]+/gu, '-')
      .replace(/^[.-]+/, '')
      .slice(0, 60) || 'job'
  );
}

/** Writes the record as a whole: whoever reads it finds the old one or the new one. */
export async function writeRecord(folder: string, record: JobRecord): Promise<void> {
  const file = path.join(folder, JOB_FILES.record);
  const partial = `${file}.${process.pid}.partial`;
  // What a person sets for a job may be secret: keys of trackers are set this way.
  await writeFile(partial, JSON.stringify(record, null, 2) + '\n', { mode: 0o600 });
  await rename(partial, file);
}

/** The record of a run's folder; undefined where there is none, or where it is not Evenkeel's. */
export async function readRecord(folder: string): Promise<JobRecord | undefined> {
  const text = await readFile(path.join(folder, JOB_FILES.record), 'utf8').catch(() => undefined);
  try {
    const value: unknown = text === undefined ? undefined : JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Changes the record that is there. Undefined where there is none. */
export async function updateRecord(
  folder: string,
  change: (record: JobRecord) => JobRecord,
): Promise<JobRecord | undefined> {
  const before = await readRecord(folder);
  const after = before && change(before);
  if (after && after !== before) {
    await writeRecord(folder, after);
  }
  return after;
}

/** Folders of jobs right below a folder of runs, the newest first. */
export async function jobFoldersIn(runs: string): Promise<string[]> {
  const entries = await readdir(runs, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(runs, entry.name));
  const areJobs = await Promise.all(folders.map((folder) => isThere(path.join(folder, JOB_FILES.record))));
  return folders.filter((_, index) => areJobs[index]).reverse();
}

/** Asks whoever watches the job's end to say that it was asked for. */
export async function noteStopRequest(folder: string, reason: string): Promise<void> {
  await writeFile(path.join(folder, JOB_FILES.stopRequest), `${reason}\n`);
}

/** Why the job was asked to stop; undefined where nobody asked. */
export async function stopRequestOf(folder: string): Promise<string | undefined> {
  const text = await readFile(path.join(folder, JOB_FILES.stopRequest), 'utf8').catch(() => undefined);
  return text?.trim();
}

function isRecord(value: unknown): value is JobRecord {
  const record = value as Partial<Record<keyof JobRecord, unknown>> | null | undefined;
  const isText = (one: unknown): one is string => typeof one === 'string';
  const areTexts = (list: unknown): boolean => Array.isArray(list) && list.every(isText);
  return (
    typeof record === 'object' &&
    record !== null &&
    record.evenkeelJob === 1 &&
    isText(record.name) &&
    isText(record.cwd) &&
    areTexts(record.command) &&
    areTexts(record.launched) &&
    typeof record.environment === 'object' &&
    TARGET_NAMES.some((name) => name === record.target) &&
    JOB_STATES.some((state) => state === record.state)
  );
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** The system's word for what went wrong ("EACCES"), or the error's own. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error);
}
