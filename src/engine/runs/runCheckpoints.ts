import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { RunConfiguration, RunDescription } from '../../model/run.js';
import type { RunCheckpoint } from '../../model/runCheckpoint.js';
import { readRecord } from '../../runner/jobFolder.js';
import { findCheckpoints } from '../../runner/rescue/checkpoints.js';
import type { Checkpoint as FoundCheckpoint } from '../../runner/rescue/checkpoints.js';
import { isFile, isMainFile, mainFileIn } from '../checkpoints/mainFile.js';
import { savedStep } from '../checkpoints/savedStep.js';

/** The newest of more are told. */
const MOST_CHECKPOINTS = 2000;
/** Files that are opened for their step in one look; the others wait for the next. */
const OPENED_AT_ONCE = 16;
/** Checkpoints looked at side by side. */
const SIDE_BY_SIDE = 8;
/** Levels of folders below one that is a run's alone, and below one that may hold much else. */
const DEEP = 4;
const SHALLOW = 2;
/** The last checkpoint may be written after the last row. */
const AFTER_END_MS = 10 * 60_000;
/** Clocks of file systems and of logs differ by so much. */
const BEFORE_START_MS = 60_000;

/** Folders for logs within the folder in which a run keeps everything else: `out/runs/Nov21_host`. */
const LOG_FOLDERS = /^(?:runs|logs?|tb|tb_logs|tensorboard(?:_logs)?|lightning_logs|csv_logs|events|summar(?:y|ies)|tfevents|wandb|files|metrics|latest-run|run-\d{8}_\d{6}-\w+|offline-run-\d{8}_\d{6}-\w+|version_\d+|\.hydra|\.evenkeel)$/i; // prettier-ignore
/** Keys under which scripts are told where to save. */
const SAVED_TO = /(?:^|[/.])(?:output_?dir|out_?dir|save_?(?:dir|path|folder|to)|(?:checkpoint|ckpt)s?_?(?:dir|path|folder)|dirpath|default_root_dir|work_?dir)$/i; // prettier-ignore

/** Other files that are saved beside weights, or for which data is more likely to be the reason. */
const COMPANIONS = /^(?:optimi[sz]er|scheduler|rng_state|random_states?|scaler|training_args|sampler|dl_state|custom_checkpoint|zero_pp_rank|tokenizer|.*optim_states?)[^/\\]*$/i; // prettier-ignore
const TENSOR_FILE = /\.(?:pt|pth|ckpt|safetensors|bin|keras|pt\.tar|pth\.tar)$/i;
/** Files that hold data as often as weights: only where their names say that they are checkpoints. */
const DATA_FILE = /\.(?:npz|h5|hdf5)$/i;
const CHECKPOINT_WORD = /ckpt|checkpoint|weights|model|step|epoch|iter/i;
const SHARD = /^(.+)-\d{5}-of-\d{5}\.(safetensors|bin)$/i;
const NUMBER_FOLDER = /^\d{2,}$/;

/** What tells which checkpoints are those of a run. */
export interface RunPlaces {
  readonly description: RunDescription;
  readonly configuration: RunConfiguration;
  /** When it began, in milliseconds since the epoch; NaN where its log has no times. */
  readonly started: number;
  /** The newest change of its log, in milliseconds since the epoch. */
  readonly changed: number;
  /** All runs that are known, itself among them. */
  readonly runs: readonly RunDescription[];
  /** Folders beyond which nothing is looked at, whatever a log names. */
  readonly within: readonly string[];
}

/** Finds the checkpoints of runs in their folders. Asked again, it opens only what is new. */
export class RunCheckpoints {
  /** Steps of files and folders whose names do not tell, by path and time. */
  private readonly steps = new Map<string, number | null>();

  /** In the order of their steps; those without one come last, by their times. Never rejects: what cannot be looked at is not there. */
  async of(places: RunPlaces): Promise<RunCheckpoint[]> {
    const own = ownFolder(places.description);
    const found = new Map<string, FoundCheckpoint>();
    const add = (some: readonly FoundCheckpoint[]): void => some.forEach((one) => found.set(one.path, one));
    add(belongingTo(places, own, await findCheckpoints([own], 0, isFolder(places.description) ? DEEP : SHALLOW)));
    for (const { folder, since, until } of await this.furtherPlaces(places, own)) {
      const some = await findCheckpoints([folder], since, SHALLOW);
      add(withoutOtherRuns(places, own, some).filter(({ modified }) => modified <= until));
    }
    const newest = [...found.values()].sort((a, b) => b.modified - a.modified).slice(0, MOST_CHECKPOINTS);
    return this.described(newest, own);
  }

  /** Folders besides the run's own in which it may have saved, and when. */
  private async furtherPlaces(places: RunPlaces, own: string): Promise<Place[]> {
    const { started, changed } = places;
    const record = await readRecord(own).catch(() => undefined);
    const until = changed + AFTER_END_MS;
    if (record) {
      return [{ folder: record.cwd, since: record.started ?? record.created, until: (record.ended ?? changed) + AFTER_END_MS }]; // prettier-ignore
    }
    const outer = outerFolder(own);
    const named = savingFolders(places, [own, outer, ...places.within]);
    return [...new Set([outer, ...named])]
      .filter((folder) => folder !== own)
      .flatMap((folder) => {
        const isShared = places.runs.some((run) => run.id !== places.description.id && mayBeOf(folder, ownFolder(run)));
        if (!isShared) {
          return [{ folder, since: 0, until: Infinity }];
        }
        // Which of several runs has saved there, only the time can tell.
        return Number.isNaN(started) ? [] : [{ folder, since: started - BEFORE_START_MS, until }];
      });
  }

  private async described(found: readonly FoundCheckpoint[], own: string): Promise<RunCheckpoint[]> {
    const described = new Map<string, RunCheckpoint>();
    let budget = OPENED_AT_ONCE;
    for (let start = 0; start < found.length; start += SIDE_BY_SIDE) {
      const some = await Promise.all(
        found.slice(start, start + SIDE_BY_SIDE).map(async (one) => {
          const file = await openedFile(one.path);
          if (file === undefined) {
            return undefined;
          }
          const named = stepOfPath(one);
          const known = named ?? this.steps.get(versionOf(one));
          const step = known === undefined && --budget >= 0 ? await this.read(one, file) : (known ?? null);
          return { path: file, name: nameOf(one.path, file, own), step, modified: one.modified / 1000 };
        }),
      );
      some.forEach((one) => one && described.set(one.path, one));
    }
    return [...described.values()].sort(
      (a, b) => (a.step ?? Infinity) - (b.step ?? Infinity) || a.modified - b.modified || (a.path < b.path ? -1 : 1),
    );
  }

  private async read(one: FoundCheckpoint, file: string): Promise<number | null> {
    const step = await savedStep(file);
    this.steps.set(versionOf(one), step);
    return step;
  }
}

interface Place {
  readonly folder: string;
  /** Milliseconds since the epoch between which a checkpoint in it is taken for the run's. */
  readonly since: number;
  readonly until: number;
}

function versionOf({ path: file, modified }: FoundCheckpoint): string {
  return `${file}\n${modified}`;
}

/** The folder that a run's log lies in, or that the run is. */
function ownFolder(run: RunDescription): string {
  return path.resolve(isFolder(run) ? run.location : path.dirname(run.location));
}

/** Whether a run is known by a folder, and not by one file in it. */
function isFolder({ location, lanes }: RunDescription): boolean {
  return !lanes.some((files) => files.some(({ path: file }) => path.resolve(file) === path.resolve(location)));
}

/** Out of folders for logs, to the one that a person would call the run's. */
function outerFolder(own: string): string {
  let folder = own;
  while (LOG_FOLDERS.test(path.basename(folder)) || LOG_FOLDERS.test(path.basename(path.dirname(folder)))) {
    folder = path.dirname(folder);
  }
  return folder;
}

/** Whether a run of another folder may have saved here as well. */
function mayBeOf(folder: string, otherOwn: string): boolean {
  return isBelow(otherOwn, folder) || outerFolder(otherOwn) === folder;
}

function savingFolders({ configuration, within }: RunPlaces, bases: readonly string[]): string[] {
  const wanted = Object.entries(configuration).flatMap(([key, value]) =>
    typeof value === 'string' && value !== '' && SAVED_TO.test(key) ? [value] : [],
  );
  return wanted.flatMap((value) =>
    bases
      .map((base) => path.resolve(base, value))
      .filter((folder) => within.some((root) => isBelow(folder, path.resolve(root)) && folder !== path.resolve(root))),
  );
}

function isBelow(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}

/** What lies in the run's own folder; where several logs share it, what is called as this one. */
function belongingTo(places: RunPlaces, own: string, found: readonly FoundCheckpoint[]): FoundCheckpoint[] {
  const { description, runs } = places;
  const isShared = runs.some((run) => run.id !== description.id && ownFolder(run) === own);
  const stem = path.parse(description.location).name;
  return withoutOtherRuns(places, own, found).filter(
    ({ path: file }) => !isShared || path.relative(own, file).startsWith(stem),
  );
}

/** Without what lies in folders of other runs, unless this run's folder lies in theirs. */
function withoutOtherRuns({ description, runs }: RunPlaces, own: string, found: readonly FoundCheckpoint[]) {
  const others = runs
    .filter(({ id }) => id !== description.id)
    .map(ownFolder)
    .filter((folder) => !isBelow(own, folder));
  return found.filter(({ path: file }) => !others.some((folder) => isBelow(file, folder)));
}

/** The step by the name, or by that of the folder around it. */
function stepOfPath({ path: file, step }: FoundCheckpoint): number | null | undefined {
  const folder = path.basename(path.dirname(file));
  return step !== null && !SHARD.test(path.basename(file))
    ? step
    : NUMBER_FOLDER.test(folder)
      ? Number(folder)
      : undefined;
}

/** The file that opens for what was found; undefined for what is no checkpoint that can be opened. */
async function openedFile(found: string): Promise<string | undefined> {
  const name = path.basename(found);
  const shard = SHARD.exec(name);
  if (shard) {
    const index = path.join(path.dirname(found), `${shard[1] ?? ''}.${shard[2] ?? ''}.index.json`);
    return (await isFile(index)) ? index : found;
  }
  if (await isFile(found)) {
    return isModelFile(name) ? found : undefined;
  }
  return mainFile(found);
}

/** In a folder that is a checkpoint, or one level deeper where each process has a folder of its own. */
async function mainFile(folder: string): Promise<string | undefined> {
  const known = await mainFileIn(folder);
  if (known !== undefined) {
    return known;
  }
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name);
  const model = names.filter(isModelFile).sort()[0];
  if (model !== undefined) {
    return path.join(folder, model);
  }
  for (const inner of entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
    .slice(0, 4)) {
    const below = path.join(folder, inner);
    const deeper = await readdir(below).catch(() => []);
    const first = (await mainFileIn(below)) ?? deeper.filter(isModelFile).sort().map((name) => path.join(below, name))[0]; // prettier-ignore
    if (first !== undefined) {
      return first;
    }
  }
  return undefined;
}

function isModelFile(name: string): boolean {
  return (
    isMainFile(name) ||
    (!COMPANIONS.test(name) && (TENSOR_FILE.test(name) || (DATA_FILE.test(name) && CHECKPOINT_WORD.test(name))))
  );
}

/** A checkpoint that is a folder is called as the folder; a lone file by its own name. */
function nameOf(found: string, file: string, own: string): string {
  const shown = SHARD.test(path.basename(found)) ? file : found;
  const relative = path.relative(own, shown);
  return (relative.startsWith('..') ? path.join(path.basename(path.dirname(shown)), path.basename(shown)) : relative)
    .split(path.sep)
    .join('/');
}
