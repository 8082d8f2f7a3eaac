import type { BigIntStats, Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { UnreadablePath } from '../../contract/report.js';
import { mlflowPlace } from '../../readers/settings/mlflow.js';
import { describeFileError, isMissing } from '../fileErrors.js';
import { isBulkFolder, kindByPath } from './candidates.js';
import type { FileKind } from './candidates.js';

/** A walk ends here: deeper than any project, more folders than any file system on which a walk makes sense. */
const DEEPEST = 40;
const MOST_FOLDERS = 200_000;
/** What Node puts for bytes of a name that are not UTF-8; under such a name nothing is found. */
const REPLACEMENT = '\uFFFD';
const NO_FILE = 'a pipe, socket or device, not a file: write the log to a file and name that';
/** Files looked at side by side; more only queue up in the thread pool. */
const SIDE_BY_SIDE = 32;
/** At each level. */
const FOLDERS_SIDE_BY_SIDE = 8;
/** A folder changed this lately is listed again: its time stamp may be too coarse to show the next change. */
const COARSE_TIME_MS = 3000;

/** A file that could be a log or a run's settings by its path, as the file system has it now. */
export interface WalkedFile {
  readonly path: string;
  readonly kind: FileKind;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** Device and number of the file: another one under the same path has another identity. */
  readonly identity: string;
}

/** Differs when the file has changed. */
export function versionOf({ identity, size, modified }: WalkedFile): string {
  return `${identity}:${size}:${modified}`;
}

export interface Walk {
  readonly files: readonly WalkedFile[];
  readonly unreadable: readonly UnreadablePath[];
}

export interface WalkOptions {
  /** Whether a path is left out, with all below it. */
  readonly isExcluded: (path: string) => boolean;
  /** Whether a file is a log whatever its name, because the user says so. The same for every walk of a walker. */
  readonly isNamedLog?: (path: string) => boolean;
  readonly now: () => number;
  readonly signal?: AbortSignal;
}

interface Listing {
  readonly modified: number;
  readonly listedAt: number;
  readonly folders: readonly string[];
  /** Symbolic links that lead to folders. */
  readonly links: readonly string[];
  readonly files: readonly CandidateFile[];
}

interface CandidateFile {
  readonly name: string;
  readonly kind: FileKind;
}

/** Folders beside a log that was named by itself in which settings of its run may lie. */
const SETTINGS_FOLDERS = ['.', '.hydra', 'files'];

/**
 * Lists the files below folders that could be logs or settings of runs. Remembers the entries of folders that have not changed, so that
 * walking again costs little more than one look at each folder and file.
 */
export class FolderWalker {
  /** Of the folders that the last walk came by. */
  private listings: ReadonlyMap<string, Listing> = new Map();

  /** @param roots files or folders. A file given as a root is taken whatever its name. */
  async walk(roots: readonly string[], options: WalkOptions): Promise<Walk> {
    const walk = new OneWalk(this.listings, options);
    for (const root of roots) {
      await walk.root(root);
    }
    this.listings = walk.listings;
    return walk.result();
  }
}

class OneWalk {
  readonly listings = new Map<string, Listing>();
  private readonly known: ReadonlyMap<string, Listing>;
  private readonly options: WalkOptions;
  private readonly files = new Map<string, WalkedFile>();
  private readonly unreadable: UnreadablePath[] = [];
  /** Identities, so that links in circles end. */
  private readonly visited = new Set<string>();
  /** Links to folders, still to be followed. What lies in a folder itself comes before what a link leads to. */
  private readonly links: { readonly folder: string; readonly depth: number }[] = [];

  /** @param known listings of an earlier walk */
  constructor(known: ReadonlyMap<string, Listing>, options: WalkOptions) {
    this.known = known;
    this.options = options;
  }

  /** In the order of paths, whichever answer came first. */
  result(): Walk {
    return { files: [...this.files.values()].sort(byPath), unreadable: this.unreadable.sort(byPath) };
  }

  async root(root: string): Promise<void> {
    try {
      const stats = await stat(root, { bigint: true });
      if (stats.isDirectory()) {
        await this.folder(root, stats, 0);
        await this.followLinks();
      } else if (stats.isFile()) {
        this.keep(root, 'log', stats);
        await this.lookBeside(root);
      } else {
        this.unreadable.push({ path: root, message: NO_FILE }); // Reading it might never end.
      }
    } catch (error) {
      this.refuse(root, error);
    }
  }

  /** Settings beside a log that was named by itself; nobody asked for them, so that failures are not told. */
  private async lookBeside(log: string): Promise<void> {
    const run = mlflowPlace(path.resolve(log))?.runFolder;
    const places = run === undefined ? SETTINGS_FOLDERS : ['.', 'params', 'tags'];
    for (const name of places) {
      const place = path.join(run ?? path.dirname(log), name);
      const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
      const { files } = await sorted(place, entries, this.options);
      await this.lookAtFiles(
        place,
        files.filter(({ kind }) => kind === 'settings'),
      );
    }
  }

  private async folder(folder: string, stats: BigIntStats, depth: number): Promise<void> {
    this.options.signal?.throwIfAborted();
    const identity = identityOf(stats);
    if (this.visited.has(identity)) {
      return;
    }
    if (depth > DEEPEST || this.visited.size >= MOST_FOLDERS) {
      const limit = depth > DEEPEST ? `folders deeper than ${DEEPEST}` : `more than ${MOST_FOLDERS} folders`;
      this.unreadable.push({ path: folder, message: `not looked into: ${limit}: name the folder itself` });
      return;
    }
    this.visited.add(identity);
    const listing = await this.list(folder, Number(stats.mtimeMs));
    if (listing) {
      await this.lookAtFiles(folder, listing.files);
      listing.links.forEach((name) => this.links.push({ folder: joined(folder, name), depth: depth + 1 }));
      for (let start = 0; start < listing.folders.length; start += FOLDERS_SIDE_BY_SIDE) {
        const folders = listing.folders.slice(start, start + FOLDERS_SIDE_BY_SIDE);
        await Promise.all(folders.map((name) => this.subfolder(joined(folder, name), depth + 1)));
      }
    }
  }

  /** One after the other, so that of several links to one place it is always the same that keeps it. */
  private async followLinks(): Promise<void> {
    while (this.links.length > 0) {
      const links = this.links.splice(0).sort((a, b) => (a.folder < b.folder ? -1 : 1));
      for (const { folder, depth } of links) {
        await this.subfolder(folder, depth);
      }
    }
  }

  private async subfolder(folder: string, depth: number): Promise<void> {
    if (this.options.isExcluded(folder)) {
      return;
    }
    try {
      await this.folder(folder, await stat(folder, { bigint: true }), depth);
    } catch (error) {
      this.refuseUnlessMissing(folder, error);
    }
  }

  private async list(folder: string, modified: number): Promise<Listing | undefined> {
    const known = this.known.get(folder);
    if (known?.modified === modified && modified < known.listedAt - COARSE_TIME_MS) {
      this.listings.set(folder, known);
      return known;
    }
    try {
      const listedAt = this.options.now();
      const listing = {
        modified,
        listedAt,
        ...(await sorted(folder, await readdir(folder, { withFileTypes: true }), this.options)),
      };
      this.listings.set(folder, listing);
      return listing;
    } catch (error) {
      this.refuseUnlessMissing(folder, error);
      return undefined;
    }
  }

  private async lookAtFiles(folder: string, files: readonly CandidateFile[]): Promise<void> {
    for (let start = 0; start < files.length; start += SIDE_BY_SIDE) {
      const some = files.slice(start, start + SIDE_BY_SIDE);
      await Promise.all(some.map(({ name, kind }) => this.file(joined(folder, name), kind)));
    }
  }

  private async file(file: string, kind: FileKind): Promise<void> {
    if (this.options.isExcluded(file)) {
      return;
    }
    try {
      const stats = await stat(file, { bigint: true });
      if (stats.isFile()) {
        this.keep(file, kind, stats);
      }
    } catch (error) {
      this.refuseUnlessMissing(file, error);
    }
  }

  private keep(file: string, kind: FileKind, stats: BigIntStats): void {
    const absolute = path.resolve(file);
    if (!this.files.has(absolute)) {
      this.files.set(absolute, {
        path: file,
        kind,
        size: Number(stats.size),
        modified: Number(stats.mtimeMs),
        identity: identityOf(stats),
      });
    }
  }

  private refuseUnlessMissing(file: string, error: unknown): void {
    if (isMissing(error) && file.includes(REPLACEMENT)) {
      this.unreadable.push({ path: file, message: 'its name is not UTF-8: rename it' });
    } else if (!isMissing(error)) {
      this.refuse(file, error);
    }
  }

  private refuse(file: string, error: unknown): void {
    this.options.signal?.throwIfAborted();
    this.unreadable.push({ path: file, message: describeFileError(error) });
  }
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}

/** Below a folder as the user wrote it. */
function joined(folder: string, name: string): string {
  return /[\\/]$/.test(folder) ? folder + name : folder + path.sep + name;
}

function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}`;
}

async function sorted(
  folder: string,
  entries: readonly Dirent[],
  { isNamedLog = () => false }: WalkOptions,
): Promise<Pick<Listing, 'folders' | 'links' | 'files'>> {
  const folders: string[] = [];
  const links: string[] = [];
  const files: CandidateFile[] = [];
  const absolute = path.resolve(folder);
  for (const entry of entries) {
    if (await isFolder(folder, entry)) {
      if (!isBulkFolder(entry.name)) {
        (entry.isSymbolicLink() ? links : folders).push(entry.name);
      }
    } else {
      const file = joined(absolute, entry.name);
      const kind = isNamedLog(file) ? 'log' : kindByPath(file);
      if (kind) {
        files.push({ name: entry.name, kind });
      }
    }
  }
  return { folders: folders.sort(), links: links.sort(), files: files.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

async function isFolder(folder: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) {
    return entry.isDirectory();
  }
  try {
    return (await stat(joined(folder, entry.name))).isDirectory();
  } catch {
    return false; // A link to nowhere is neither.
  }
}
