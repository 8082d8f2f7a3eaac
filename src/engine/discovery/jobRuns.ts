import path from 'node:path';
import { groupBy } from '../../base/grouping.js';
import type { RunFile } from '../../model/run.js';
import type { RecognisedFile, RunGroup } from './runGroup.js';
import { folderName } from './runNames.js';

/** Rows of the hook: of the one process, or of each of several. */
export const HOOKED = /^(?:metrics|rank_(\d{1,6}))\.jsonl$/;
/** Rows about the machines. */
export const MACHINE = /^machine(?:_\d{1,6})?\.jsonl$/;
const PRINTED = /^output\.log$/;

const OWN = [HOOKED, MACHINE, PRINTED];

/** What one index of a job array writes, below the folder of the job: each is a run of its own. */
const INDEX_FOLDER = /^task-\d+$/;

/** What a further machine of the same run prints and tells of itself, below the folder of the run. */
const NODE_FOLDER = /^node-\d+$/;

/** Whether a file is one that Evenkeel itself keeps of a job. @param jobs absolute folders of jobs. */
export function isOfJob({ path: file }: RecognisedFile, jobs: ReadonlySet<string>): boolean {
  const folder = path.dirname(path.resolve(file));
  const isJobs = jobs.has(folder) || (INDEX_FOLDER.test(path.basename(folder)) && jobs.has(path.dirname(folder)));
  return isJobs && OWN.some((name) => name.test(path.basename(file)));
}

/**
 * A job's folder holds one run: what the hook saw and what the machine did. What the job printed is read where the hook
 * saw nothing; else it would count the same steps twice.
 */
export function jobGroups(files: readonly RecognisedFile[], jobs: ReadonlySet<string>): RunGroup[] {
  const byFolder = groupBy(files, ({ path: file }) => runFolder(path.dirname(file), jobs));
  return [...byFolder].map(([folder, members]) => {
    const named = (name: RegExp): RecognisedFile[] => members.filter((file) => name.test(path.basename(file.path)));
    const [hooked, machine, printed] = [named(HOOKED), named(MACHINE), named(PRINTED)];
    const logs = hooked.length > 0 ? hooked : printed;
    return {
      key: `evenkeel-job\n${path.resolve(folder)}`,
      name: folderName(folder),
      format: logs[0]?.format ?? machine[0]?.format ?? '',
      location: folder,
      lanes: [...logs.map(laneOf).sort(byRank), ...machine.map(laneOf)],
      ...(hooked.length > 0 && printed.length > 0 ? { copies: printed.map(({ path: file }) => file) } : {}),
    };
  });
}

function runFolder(folder: string, jobs: ReadonlySet<string>): string {
  const around = path.dirname(folder);
  return NODE_FOLDER.test(path.basename(folder)) && jobs.has(path.resolve(around)) ? around : folder;
}

function laneOf({ path: file }: RecognisedFile): readonly RunFile[] {
  const rank = HOOKED.exec(path.basename(file))?.[1];
  return [{ path: file, rank: rank === undefined ? undefined : Number(rank) }];
}

function byRank([one]: readonly RunFile[], [other]: readonly RunFile[]): number {
  return (one?.rank ?? -1) - (other?.rank ?? -1);
}
