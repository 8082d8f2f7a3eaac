import path from 'node:path';
import type { UnreadablePath } from '../../contract/report.js';
import type { RunDescription } from '../../model/run.js';
import { recogniseFormat } from '../../readers/formats.js';
import { HEAD_BYTES } from '../../readers/reader.js';
import { describeFileError } from '../fileErrors.js';
import { readHead } from '../fileHead.js';
import type { Recogniser } from '../userPatterns.js';
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
  /** Milliseconds that walking through the folders took: what the next look will cost when nothing is new. */
  readonly walkingMs: number;
}

/** How to look for runs. */
export interface DiscoverOptions extends WalkOptions {
  /** Undefined: as formats are told without patterns of the user's own. One {@link Discovery} has one. */
  readonly recognise?: Recogniser;
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

/** Finds the runs under folders. Asked again, it looks only at what has changed. */
export class Discovery {
  private readonly walker = new FolderWalker();
  private readonly judged = new Map<string, JudgedFile>();
  private readonly names = new TrackedNames();

  /** @param roots log files, run folders, or folders of runs, as the user writes them. */
  async discover(roots: readonly string[], options: DiscoverOptions): Promise<Discovered> {
    const began = performance.now();
    const walk = await this.walker.walk(roots, options);
    const walkingMs = performance.now() - began;
    const unreadable = [...walk.unreadable];
    const recognised: RecognisedFile[] = [];
    const logs = walk.files.filter(({ kind }) => kind === 'log');
    const settings = walk.files.filter(({ kind }) => kind === 'settings');
    for (let start = 0; start < logs.length; start += SIDE_BY_SIDE) {
      options.signal?.throwIfAborted();
      const files = logs.slice(start, start + SIDE_BY_SIDE);
      const judgements = await Promise.all(files.map((file) => this.judge(file, options.recognise ?? recogniseFormat)));
      judgements.forEach((judgement, index) => {
        const file = files[index] as WalkedFile;
        if ('refused' in judgement) {
          unreadable.push({ path: file.path, message: judgement.refused });
        } else {
          recognised.push({ path: file.path, ...judgement });
        }
      });
    }
    const runs = groupIntoRuns(recognised, await this.names.of(settings));
    return { runs: withTimes(new SettingsOfRuns(settings).attach(runs), logs), unreadable, walkingMs };
  }

  private async judge(file: WalkedFile, recognise: Recogniser): Promise<Judgement> {
    const key = path.resolve(file.path);
    const known = this.judged.get(key);
    if (known && stillHolds(known, file)) {
      return known.judgement;
    }
    const judgement = await judgeHead(file.path, recognise);
    this.judged.set(key, { identity: file.identity, size: file.size, modified: file.modified, judgement });
    return judgement;
  }
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
    const head = await readHead(file);
    const outcome = recognise(head);
    if ('refused' in outcome) {
      return { refused: outcome.refused };
    }
    const furthestStep = globalStep(outcome.format.id, head.bytes);
    return { format: outcome.format.id, ...(furthestStep === undefined ? {} : { furthestStep }) };
  } catch (error) {
    return { refused: describeFileError(error) };
  }
}

/** The step that a trainer state was saved at; its keys are sorted, so that it comes before the log. */
function globalStep(format: string, head: Uint8Array): number | undefined {
  if (format !== 'trainer-state') {
    return undefined;
  }
  const digits = /"global_step":\s*(\d+)/.exec(new TextDecoder().decode(head))?.[1];
  return digits === undefined ? undefined : Number(digits);
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
