import path from 'node:path';
import { keepOnly } from '../../base/keepOnly.js';
import type { UnreadablePath } from '../../contract/report.js';
import type { RunDescription } from '../../model/run.js';
import { recogniseFormat } from '../../readers/formats.js';
import { HEAD_BYTES } from '../../readers/reader.js';
import { jobFolder } from '../../readers/settings/evenkeelJob.js';
import { globalStepIn } from '../../readers/trainerState.js';
import { describeFileError } from '../fileErrors.js';
import { recogniseFile } from '../recognition/recognisedFile.js';
import type { Recogniser } from '../recognition/userPatterns.js';
import { FolderWalker, versionOf } from './folderWalker.js';
import type { WalkedFile, WalkOptions } from './folderWalker.js';
import { groupIntoRuns } from './grouping.js';
import type { RecognisedFile } from './runGroup.js';
import { SettingsOfRuns } from './settingsOfRuns.js';
import { TrackedNames } from './trackedNames.js';

/** A run and what the file system said of its files when it was found. */
export interface DiscoveredRun {
  readonly description: RunDescription;
  /** Milliseconds since the epoch: the newest change of any of its files. */
  readonly modified: number;
  /** Differs when any of the files has changed. */
  readonly version: string;
}

export interface Discovered {
  readonly runs: readonly DiscoveredRun[];
  /** Paths that were asked for and can't be read, and files that look like logs by name but are none. */
  readonly unreadable: readonly UnreadablePath[];
  /** Milliseconds that it took but for reading what was new: what the next look will cost when nothing is. */
  readonly lookingMs: number;
}

/** How to look for runs. */
export interface DiscoverOptions extends WalkOptions {
  /** Undefined: as formats are told without patterns of the user's own. One {@link Discovery} has one. */
  readonly recognise?: Recogniser;
  /**
   * Where there is much to be read: told of what could be told when the newest files had been read. Runs may be missing
   * from it, and files from runs.
   */
  readonly onNewest?: (runs: readonly DiscoveredRun[]) => void;
}

type Judgement = { readonly format: string; readonly furthestStep?: number } | { readonly refused: string };

interface JudgedFile {
  readonly identity: string;
  readonly size: number;
  readonly modified: number;
  readonly judgement: Judgement;
}

/** Heads read side by side. */
const SIDE_BY_SIDE = 8;
/** New files that are read before {@link DiscoverOptions.onNewest} is told: as many as a screen or two of runs has. */
const NEWEST_FILES = 200;

/** Finds the runs under folders. Asked again, it looks only at what has changed. */
export class Discovery {
  private readonly walker = new FolderWalker();
  private readonly judged = new Map<string, JudgedFile>();
  private readonly names = new TrackedNames();

  /** @param roots log files, run folders, or folders of runs, as the user writes them. */
  async discover(roots: readonly string[], options: DiscoverOptions): Promise<Discovered> {
    const began = performance.now();
    const walk = await this.walker.walk(roots, options);
    keepOnly(this.judged, new Set(walk.files.map((file) => path.resolve(file.path))));
    const readingMs = await this.judge(walk.files, options);
    const { runs, refused } = await this.grouped(walk.files);
    const lookingMs = performance.now() - began - readingMs;
    return { runs, unreadable: [...walk.unreadable, ...refused], lookingMs };
  }

  /**
   * Reads the heads of logs that are new or have changed, the newest first.
   * @returns the milliseconds that it took.
   */
  private async judge(files: readonly WalkedFile[], options: DiscoverOptions): Promise<number> {
    const began = performance.now();
    const unjudged = files
      .filter((file) => file.kind === 'log' && this.judgementOf(file) === undefined)
      .sort((a, b) => b.modified - a.modified);
    for (let start = 0; start < unjudged.length; start += SIDE_BY_SIDE) {
      options.signal?.throwIfAborted();
      if (start >= NEWEST_FILES && start < NEWEST_FILES + SIDE_BY_SIDE) {
        options.onNewest?.((await this.grouped(files)).runs);
      }
      await Promise.all(
        unjudged.slice(start, start + SIDE_BY_SIDE).map(async (file) => {
          const judgement = await judgeHead(file.path, options.recognise ?? recogniseFormat);
          const { identity, size, modified } = file;
          this.judged.set(path.resolve(file.path), { identity, size, modified, judgement });
        }),
      );
    }
    return performance.now() - began;
  }

  /** Runs of the files that have been judged, and why others are no logs. */
  private async grouped(files: readonly WalkedFile[]): Promise<{ runs: DiscoveredRun[]; refused: UnreadablePath[] }> {
    const logs = files.filter(({ kind }) => kind === 'log');
    const settings = files.filter(({ kind }) => kind === 'settings');
    const recognised: RecognisedFile[] = [];
    const refused: UnreadablePath[] = [];
    for (const file of logs) {
      const judgement = this.judgementOf(file);
      if (judgement === undefined) {
        continue;
      }
      if ('refused' in judgement) {
        refused.push({ path: file.path, message: judgement.refused });
      } else {
        recognised.push({ path: file.path, ...judgement });
      }
    }
    const runs = groupIntoRuns(recognised, await this.names.of(settings), jobFoldersOf(settings));
    return { runs: withTimes(new SettingsOfRuns(settings).attach(runs), logs), refused };
  }

  /** Undefined for a file that is new, or has changed so that it may be another now. */
  private judgementOf(file: WalkedFile): Judgement | undefined {
    const known = this.judged.get(path.resolve(file.path));
    return known && stillHolds(known, file) ? known.judgement : undefined;
  }
}

function jobFoldersOf(settings: readonly WalkedFile[]): ReadonlySet<string> {
  return new Set(settings.flatMap(({ path: file }) => jobFolder(path.resolve(file)) ?? []));
}

/** A log stays one while it grows; anything else is looked at again when it changes within its head. */
function stillHolds(known: JudgedFile, file: WalkedFile): boolean {
  if (known.identity !== file.identity || file.size < known.size) {
    return false;
  }
  if (file.size === known.size && file.modified === known.modified) {
    return true;
  }
  return 'format' in known.judgement ? known.judgement.furthestStep === undefined : known.size >= HEAD_BYTES;
}

async function judgeHead(file: string, recognise: Recogniser): Promise<Judgement> {
  try {
    const { answer, head } = await recogniseFile(file, recognise);
    if ('refused' in answer) {
      return { refused: answer.refused };
    }
    const furthestStep = answer.format.id === 'trainer-state' ? globalStepIn(head.bytes) : undefined;
    return { format: answer.format.id, ...(furthestStep === undefined ? {} : { furthestStep }) };
  } catch (error) {
    return { refused: describeFileError(error) };
  }
}

function withTimes(runs: readonly RunDescription[], files: readonly WalkedFile[]): DiscoveredRun[] {
  const walked = new Map(files.map((file) => [file.path, file]));
  return runs.map((description) => {
    const own = description.lanes.flat().flatMap(({ path: file }) => walked.get(file) ?? []);
    return {
      description,
      modified: own.reduce((newest, { modified }) => Math.max(newest, modified), 0),
      version: [...own.map(versionOf), ...(description.settings ?? []).map(({ version }) => version)].join(' '),
    };
  });
}
