import { createHash } from 'node:crypto';
import path from 'node:path';
import { groupBy } from '../../base/grouping.js';
import type { RunDescription, RunFile } from '../../model/run.js';
import { isEventFile } from './candidates.js';
import { isTrainingSplit, nameFile, stemOf } from './fileNaming.js';
import type { NamedFile } from './fileNaming.js';
import { distinctNames, folderName, isGenericStem } from './runNames.js';

/** A file whose format is known. */
export interface RecognisedFile {
  readonly path: string;
  readonly format: string;
  /** How far a checkpoint's copy of the log goes; only for formats of which a run keeps several. */
  readonly furthestStep?: number;
}

/** Files that make one run, before it has a name that no other run has. */
interface Group {
  /** Stable: the same for the same run whatever other files there are. */
  readonly key: string;
  readonly name: string;
  readonly format: string;
  readonly location: string;
  readonly lanes: readonly (readonly RunFile[])[];
  readonly copies?: readonly string[];
}

/** Puts files together into runs: ranks, splits, restarts and rotations of one run are one. In the order of paths. */
export function groupIntoRuns(files: readonly RecognisedFile[]): RunDescription[] {
  const states = files.filter(({ format }) => format === 'trainer-state');
  const logs = withoutCompressedTwins(files.filter(({ format }) => format !== 'trainer-state'));
  const groups = [...trainerStateGroups(states), ...withCopies(logGroups(logs))].sort((a, b) =>
    compare(a.location, b.location),
  );
  const names = distinctNames(groups);
  return groups.map(({ key, location, lanes, copies }, index) => ({
    id: createHash('sha256').update(key).digest('hex').slice(0, 16),
    name: names[index] as string,
    location,
    lanes,
    ...(copies ? { copies } : {}),
  }));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A log and its `.gz` side by side are the same log. */
function withoutCompressedTwins(files: readonly RecognisedFile[]): RecognisedFile[] {
  const paths = new Set(files.map((file) => file.path));
  return files.filter((file) => !(file.path.endsWith('.gz') && paths.has(file.path.slice(0, -3))));
}

/**
 * What trainers with several loggers at once call the table beside their event files: Lightning's CSVLogger, the
 * loggers of Stable-Baselines3. The event files are read: they hold the times.
 */
const COPY_NAME = /^(?:metrics\.csv|progress\.(?:csv|json))$/;

/** A table beside the event files of the same folder holds what they hold: one run, read once. */
function withCopies(groups: readonly Group[]): Group[] {
  const eventRuns = new Map(
    groups.filter(({ format }) => format === EVENT_FORMAT).map((group) => [path.resolve(group.location), group]),
  );
  const copiesOf = groupBy(
    groups.filter((group) => isCopyName(group) && eventRuns.has(path.resolve(path.dirname(group.location)))),
    (group) => path.resolve(path.dirname(group.location)),
  );
  const copies = new Set([...copiesOf.values()].flat());
  return groups
    .filter((group) => !copies.has(group))
    .map((group) => {
      const own = group.format === EVENT_FORMAT ? copiesOf.get(path.resolve(group.location)) : undefined;
      return own ? { ...group, copies: own.map(({ location }) => location) } : group;
    });
}

const EVENT_FORMAT = 'tensorboard';

function isCopyName({ location, format }: Group): boolean {
  return format !== EVENT_FORMAT && COPY_NAME.test(path.basename(location));
}

/** Each checkpoint holds the whole log up to it: the furthest one is the log. */
function trainerStateGroups(files: readonly RecognisedFile[]): Group[] {
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

function logGroups(files: readonly RecognisedFile[]): Group[] {
  const formats = new Map(files.map((file) => [file.path, file.format]));
  const keyOf = (file: NamedFile): string => `${formats.get(file.path)}\n${path.resolve(file.folder)}\n${file.pattern}`;
  const groups: Group[] = [];
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

function groupOf(key: string, members: readonly NamedFile[]): Group {
  const lanes = [...groupBy(members, laneKey)].sort(([a], [b]) => compare(a, b)).map(([, files]) => laneOf(files));
  const first = members[0] as NamedFile;
  const stem = first.pattern === 'tfevents' ? '' : stemOf(first.pattern);
  const location = members.length === 1 && first.pattern !== 'tfevents' ? first.path : first.folder;
  const format = key.slice(0, key.indexOf('\n'));
  return { key, name: isGenericStem(stem) ? folderName(first.folder) : stem, format, location, lanes };
}

/** Sorts by rank, then what has no split, then training, then evaluation. */
function laneKey({ rank, split }: NamedFile): string {
  const rankKey = rank === undefined ? '' : String(rank).padStart(8, '0');
  const splitKey = split === undefined ? '' : `${isTrainingSplit(split) ? 1 : 2}${split}`;
  return `${rankKey}\n${splitKey}`;
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
