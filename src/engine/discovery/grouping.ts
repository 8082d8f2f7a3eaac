import { createHash } from 'node:crypto';
import path from 'node:path';
import { groupBy } from '../../base/grouping.js';
import type { RunDescription, RunFile } from '../../model/run.js';
import { wandbRunFolder } from '../../readers/settings/wandb.js';
import { isEventFile } from './candidates.js';
import { isTrainingSplit, LAUNCHER_PATTERN, nameFile, stemOf } from './fileNaming.js';
import type { NamedFile } from './fileNaming.js';
import { isOfJob, jobGroups } from './jobRuns.js';
import { isInMlflowRun, mlflowGroups } from './mlflowRuns.js';
import type { RecognisedFile, RunGroup } from './runGroup.js';
import { distinctNames, folderName, isGenericStem } from './runNames.js';

/**
 * Puts files together into runs: ranks, splits, restarts and rotations of one run are one. In the order of paths.
 * @param tracked what trackers call runs, by their absolute folder.
 * @param jobs absolute folders of jobs that Evenkeel runs.
 */
export function groupIntoRuns(
  files: readonly RecognisedFile[],
  tracked: ReadonlyMap<string, string> = new Map(),
  jobs: ReadonlySet<string> = new Set(),
): RunDescription[] {
  const of = groupBy(files, (file) =>
    isOfJob(file, jobs)
      ? 'job'
      : isInMlflowRun(file)
        ? 'mlflow'
        : file.format === 'trainer-state'
          ? 'trainer-state'
          : 'log',
  );
  const groups = [
    ...jobGroups(of.get('job') ?? [], jobs),
    ...trainerStateGroups(of.get('trainer-state') ?? []),
    ...mlflowGroups(of.get('mlflow') ?? [], tracked),
    ...withCopies(logGroups(withoutCompressedTwins(of.get('log') ?? []))).map((group) => calledAs(group, tracked)),
  ].sort((a, b) => compare(a.location, b.location));
  const names = distinctNames(groups);
  return groups.map(({ key, location, lanes, copies }, index) => ({
    id: createHash('sha256').update(key).digest('hex').slice(0, 16),
    name: names[index] as string,
    location,
    lanes,
    ...(copies ? { copies } : {}),
  }));
}

/** A run whose folder has a name of its own goes by it: the lab's. */
function calledAs(group: RunGroup, tracked: ReadonlyMap<string, string>): RunGroup {
  const location = path.resolve(group.location);
  const name = tracked.get(location) ?? tracked.get(path.dirname(location));
  return name === undefined ? group : { ...group, name };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A log and its `.gz` side by side are the same log. */
function withoutCompressedTwins(files: readonly RecognisedFile[]): RecognisedFile[] {
  const paths = new Set(files.map((file) => file.path));
  return files.filter((file) => !(file.path.endsWith('.gz') && paths.has(file.path.slice(0, -3))));
}

/** What other loggers of a run write beside its main log is not read: no point counts twice. */
function withCopies(groups: readonly RunGroup[]): RunGroup[] {
  const mains = new Map(
    groups.flatMap((group) => {
      const folder = mainFolder(group);
      return folder === undefined ? [] : [[folder, group] as const];
    }),
  );
  const copiesOf = groupBy(
    groups.flatMap((group) => {
      const main = mains.get(copiedFolder(group) ?? '');
      return main && main !== group ? [{ main, group }] : [];
    }),
    ({ main }) => main,
  );
  const copies = new Set([...copiesOf.values()].flat().map(({ group }) => group));
  return groups
    .filter((group) => !copies.has(group))
    .map((group) => {
      const own = copiesOf.get(group);
      return own ? { ...group, copies: own.map((copy) => copy.group.location) } : group;
    });
}

const EVENT_FORMAT = 'tensorboard';
const WANDB_FORMAT = 'wandb';

/** The folder of which a run's files hold everything: event files have the times, and W&B's file has all it was given. */
function mainFolder({ format, location }: RunGroup): string | undefined {
  switch (format) {
    case EVENT_FORMAT:
      return path.resolve(location);
    case WANDB_FORMAT:
      return wandbRunFolder(path.resolve(location));
    default:
      return undefined;
  }
}

/**
 * What trainers with several loggers at once call the table beside their event files: Lightning's CSVLogger, the
 * loggers of Stable-Baselines3.
 */
const TABLE_NAME = /^(?:metrics\.csv|progress\.(?:csv|json))$/;

/** The folder whose main log holds what this one holds, by its name alone. */
function copiedFolder({ format, location }: RunGroup): string | undefined {
  const folder = path.dirname(path.resolve(location));
  const name = path.basename(location);
  if (name === 'output.log' && path.basename(folder) === 'files') {
    return wandbRunFolder(folder);
  }
  return format !== EVENT_FORMAT && TABLE_NAME.test(name) ? folder : undefined;
}

/** Each checkpoint holds the whole log up to it: the furthest one is the log. */
function trainerStateGroups(files: readonly RecognisedFile[]): RunGroup[] {
  const byFolder = groupBy(files, ({ path: file }) => outputFolder(file));
  return [...byFolder].map(([folder, states]) => {
    const furthest = states.reduce((best, state) => (reach(state) >= reach(best) ? state : best));
    return {
      key: `trainer-state\n${path.resolve(folder)}`,
      name: folderName(folder),
      format: 'trainer-state',
      location: folder,
      lanes: [[{ path: furthest.path, rank: undefined }]],
    };
  });
}

function outputFolder(file: string): string {
  const folder = path.dirname(file);
  return checkpointStep(folder) === undefined ? folder : path.dirname(folder);
}

/** The state beside the checkpoints is written last; that of a checkpoint goes as far as its name says. */
function reach({ path: file, furthestStep }: RecognisedFile): number {
  return furthestStep ?? checkpointStep(path.dirname(file)) ?? Infinity;
}

function checkpointStep(folder: string): number | undefined {
  const digits = /^checkpoint-(\d+)$/.exec(path.basename(folder))?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function logGroups(files: readonly RecognisedFile[]): RunGroup[] {
  const formats = new Map(files.map((file) => [file.path, file.format]));
  const keyOf = (file: NamedFile): string => `${formats.get(file.path)}\n${path.resolve(file.folder)}\n${file.pattern}`;
  const groups: RunGroup[] = [];
  for (const [key, members] of groupBy(
    files.map((file) => nameFile(file.path, false)),
    keyOf,
  )) {
    if (isOneRun(members)) {
      groups.push(groupOf(key, members));
    } else {
      const apart = members.map((member) => nameFile(member.path, true));
      groups.push(...[...groupBy(apart, keyOf)].map(([ownKey, own]) => groupOf(ownKey, own)));
    }
  }
  return groups;
}

/** A lone folder called "test" is a run of that name; beside "train", or within a run, it is a part of one. */
function isOneRun(members: readonly NamedFile[]): boolean {
  const splits = new Set(members.map(({ split }) => split));
  const named = [...splits].filter((split) => split !== undefined);
  return named.length === 0 || splits.has(undefined) || new Set(named.map(isTrainingSplit)).size > 1;
}

function groupOf(key: string, members: readonly NamedFile[]): RunGroup {
  const lanes = [...groupBy(members, laneKey)].sort(([a], [b]) => compare(a, b)).map(([, files]) => laneOf(files));
  const first = members[0] as NamedFile;
  const isFolder = first.pattern === 'tfevents' || first.pattern === LAUNCHER_PATTERN;
  const stem = isFolder ? '' : stemOf(first.pattern);
  const location = members.length === 1 && !isFolder ? first.path : first.folder;
  const format = key.slice(0, key.indexOf('\n'));
  return { key, name: isGenericStem(stem) ? folderName(first.folder) : stem, format, location, lanes };
}

/** Sorts by rank, then what has no split, then training, then evaluation; what a process printed and its errors run side by side. */
function laneKey({ rank, split, stream = '' }: NamedFile): string {
  const rankKey = rank === undefined ? '' : String(rank).padStart(8, '0');
  const splitKey = split === undefined ? '' : `${isTrainingSplit(split) ? 1 : 2}${split}`;
  return `${rankKey}\n${splitKey}\n${stream}`;
}

function laneOf(files: readonly NamedFile[]): RunFile[] {
  return [...files]
    .sort((a, b) => compare(a.order, b.order) || compare(a.path, b.path))
    .map(({ path: file, rank, split = evaluationFolder(file) }) => ({
      path: file,
      rank,
      ...(split === undefined ? {} : { tagPrefix: `${split}/` }),
    }));
}

/** Event files alone in a folder called "validation" still hold evaluations, though the folder names a run. */
function evaluationFolder(file: string): string | undefined {
  const folder = path.basename(path.dirname(file)).toLowerCase();
  return isEventFile(path.basename(file)) && /^(?:val|valid|validation|eval|evaluation)$/.test(folder)
    ? folder
    : undefined;
}
