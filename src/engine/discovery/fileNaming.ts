import path from 'node:path';
import { withoutCompression } from '../tailing/gunzip.js';
import { isEventFile, splitRotation } from './candidates.js';

/** What the name of a log, and the folders near it, say about its place in a run. */
export interface NamedFile {
  readonly path: string;
  /** The folder in which the run's files lie, folders of ranks and splits taken off. */
  readonly folder: string;
  /** The same for all files that differ in nothing but rank, split, rotation or restart. */
  readonly pattern: string;
  readonly rank: number | undefined;
  /** "train", "validation", … where a file or folder is called so. */
  readonly split: string | undefined;
  /** Which of a process' streams a launcher wrote to the file. */
  readonly stream?: string | undefined;
  /** Orders the files of one lane: what was written first comes first. */
  readonly order: string;
}

const TRAINING_WORDS: readonly string[] = ['train', 'training'];
const EVALUATION_WORDS: readonly string[] = ['val', 'valid', 'validation', 'eval', 'evaluation', 'test', 'dev'];
const SPLIT_WORDS = [...TRAINING_WORDS, ...EVALUATION_WORDS];
const SPLIT_WORD = SPLIT_WORDS.join('|');

const RANK_IN_NAME = /(^|[._-])((?:global_?|local_?)?rank|proc|process|worker)[._-]?(\d{1,6})(?=[._-]|$)/i;
const SPLIT_IN_NAME = new RegExp(`(^|[._-])(${SPLIT_WORD})(?=[._-]|$)`, 'i');
const RANK_FOLDER = /^(?:global_?|local_?)?(?:rank|proc|process|worker)[._-]?(\d{1,6})$/i;
const SPLIT_FOLDER = new RegExp(`^(?:${SPLIT_WORD})$`, 'i');
/** OpenMMLab begins a new file in the run's folder at every start. */
const RESTART_STAMP = /^\d{8}_\d{6}(?=\.log\.json$)/;

/** What stands in a pattern for the part in which files of one run differ. */
const SLOT = '*';

export function isTrainingSplit(split: string): boolean {
  return TRAINING_WORDS.includes(split);
}

/** @param keepSplits leaves words like "train" where they are: they name a run, not a part of one. */
export function nameFile(file: string, keepSplits: boolean): NamedFile {
  const folders = peelFolders(path.dirname(file), keepSplits);
  const base = withoutCompression(path.basename(file));
  const launched = nameLaunched(file, base);
  if (launched) {
    return launched;
  }
  if (isEventFile(base)) {
    const rank = folders.rank ?? numberIn(RANK_IN_NAME.exec(base)?.[3]);
    return { path: file, ...folders, rank, pattern: 'tfevents', order: eventFileOrder(base) };
  }
  return { path: file, ...peelName(base, folders, keepSplits) };
}

/** What {@link NamedFile.pattern} says of files of a launcher. */
export const LAUNCHER_PATTERN = 'launcher';
/** `torchrun --log-dir`: `<run id>/attempt_<restarts>/<rank>/stdout.log`. */
const LAUNCHED = /^(.+)[/\\]attempt_(\d+)[/\\](\d+)[/\\](stdout|stderr)\.log$/;

function nameLaunched(file: string, base: string): NamedFile | undefined {
  const match = LAUNCHED.exec(path.join(path.dirname(path.resolve(file)), base));
  if (!match) {
    return undefined;
  }
  const [, , attempt = '', rank, stream] = match;
  // Three folders up, as the user wrote the path.
  const folder = path.join(path.dirname(file), '..', '..');
  return {
    path: file,
    folder,
    pattern: LAUNCHER_PATTERN,
    rank: numberIn(rank),
    split: undefined,
    stream,
    order: attempt.padStart(8, '0'),
  };
}

interface Peeled {
  readonly folder: string;
  readonly rank: number | undefined;
  readonly split: string | undefined;
}

function peelFolders(folder: string, keepSplits: boolean): Peeled {
  let rank: number | undefined;
  let split: string | undefined;
  let rest = folder;
  for (;;) {
    const name = path.basename(rest);
    if (rank === undefined && RANK_FOLDER.test(name)) {
      rank = numberIn(RANK_FOLDER.exec(name)?.[1]);
    } else if (!keepSplits && split === undefined && SPLIT_FOLDER.test(name)) {
      split = name.toLowerCase();
    } else {
      return { folder: rest, rank, split };
    }
    rest = path.dirname(rest);
  }
}

function peelName(base: string, peeled: Peeled, keepSplits: boolean): Omit<NamedFile, 'path'> {
  const { name, rotation } = splitRotation(base);
  let { rank, split } = peeled;
  let pattern = name;
  if (rank === undefined && RANK_IN_NAME.test(pattern)) {
    rank = numberIn(RANK_IN_NAME.exec(pattern)?.[3]);
    pattern = pattern.replace(RANK_IN_NAME, `$1$2${SLOT}`);
  }
  if (!keepSplits && split === undefined && SPLIT_IN_NAME.test(pattern)) {
    split = SPLIT_IN_NAME.exec(pattern)?.[2]?.toLowerCase();
    pattern = pattern.replace(SPLIT_IN_NAME, `$1${SLOT}`);
  }
  const order = String(9999 - rotation).padStart(4, '0') + name;
  return { folder: peeled.folder, pattern: pattern.replace(RESTART_STAMP, SLOT), rank, split, order };
}

/** Event files carry the second in which they were opened. */
function eventFileOrder(base: string): string {
  const seconds = /tfevents\.(\d+)/.exec(base)?.[1] ?? '';
  return seconds.padStart(20, '0') + base;
}

function numberIn(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

/** The file's name with words for rank, split and start taken out, without extensions; "" when nothing is left. */
export function stemOf(pattern: string): string {
  return pattern
    .replace(/(\.log)?\.(jsonl|ndjson|json|csv|tsv|log|txt|out|wandb)$/i, '')
    .replace(new RegExp(`[._-]?(?:(?:global_?|local_?)?rank|proc|process|worker)?\\${SLOT}`, 'gi'), '')
    .replace(/^[._-]+|[._-]+$/g, '');
}
