import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { Checkpoint } from '../../checkpoints/checkpoint.js';
import { ContentDigest, contentKey, glanceKey, STATISTICS_VERSION } from '../../checkpoints/contentKey.js';
import type { Digest } from '../../checkpoints/contentKey.js';
import type { TensorSummary } from '../../model/tensor.js';

/** All that is kept; what was used longest ago goes first. */
const MOST_BYTES = 64 * 1024 * 1024;
const MOST_ENTRIES = 500;
/** Of the coarsest clock of a file system, FAT's: what was written within it of being read may change unseen. */
const COARSEST_CLOCK_NS = 2_000_000_000n;
/** Of the entries' layout. */
const LAYOUT = 1;

/** A file as the file system has it; all of it differs at the latest when the content does, but for clocks. */
interface Stamp {
  readonly path: string;
  /** Device, inode, size and the times of modification and of change, in nanoseconds. */
  readonly state: string;
}

interface Entry {
  readonly layout: typeof LAYOUT;
  readonly statistics: typeof STATISTICS_VERSION;
  /** Of every element: see `contentKey.ts`. */
  readonly content: string;
  readonly stamps: readonly Stamp[];
  /** Whether the files had rested when they were read, so that their stamps can be relied on. */
  readonly rested: boolean;
  readonly tensors: readonly TensorSummary[];
}

/** A checkpoint whose statistics are looked for or to be kept. */
export interface CachedCheckpoint {
  readonly checkpoint: Checkpoint;
  /** All files that it is made of, as far as they have been opened. */
  readonly paths: () => readonly string[];
}

/**
 * Statistics of checkpoints that have been read, by their content. They are shown again where the file system says that
 * no file was touched and a glance into the tensors agrees; where only the glance does (a copy, a file that was touched)
 * all bytes are hashed and decide. Nothing here ever rejects: what cannot be kept or read back is computed anew.
 */
export class CheckpointCache {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Begins a look-up: to be called before anything of the tensors is read. */
  async begin(cached: CachedCheckpoint, signal?: AbortSignal): Promise<CacheLookUp> {
    const before = await stampsOf(cached.paths());
    const glance = await glanceKey(cached.checkpoint, sha256()).catch(() => undefined);
    const entry = glance === undefined ? undefined : await this.#read(glance);
    const tensors = entry && (await this.#confirmed(entry, glance as string, cached, before, signal));
    const content = new ContentDigest(sha256());
    return {
      tensors,
      content,
      keep: async (read) => {
        const key = content.key();
        if (glance !== undefined && key !== undefined) {
          await this.#keep(glance, key, read, cached, before);
        }
      },
    };
  }

  /** The statistics of an entry, if they are those of this checkpoint. */
  async #confirmed(
    entry: Entry,
    glance: string,
    cached: CachedCheckpoint,
    before: readonly Stamp[],
    signal: AbortSignal | undefined,
  ): Promise<readonly TensorSummary[] | undefined> {
    if (!areOf(entry.tensors, cached.checkpoint)) {
      return undefined;
    }
    const isUntouched = entry.rested && includesAll(entry.stamps, before) && (await areStill(entry.stamps));
    if (isUntouched) {
      const now = new Date();
      await utimes(this.#file(glance), now, now).catch(() => undefined);
      return entry.tensors;
    }
    const key = await contentKey(cached.checkpoint, sha256(), signal ? { cancellation: signal } : {});
    if (key !== entry.content) {
      return undefined;
    }
    await this.#keep(glance, key, entry.tensors, cached, before);
    return entry.tensors;
  }

  async #keep(
    glance: string,
    content: string,
    tensors: readonly TensorSummary[],
    cached: CachedCheckpoint,
    before: readonly Stamp[],
  ): Promise<void> {
    const stamps = await stampsOf(cached.paths());
    if (!includesAll(stamps, before)) {
      return; // It changed while it was being read.
    }
    const rested = await haveRested(cached.paths());
    const entry: Entry = { layout: LAYOUT, statistics: STATISTICS_VERSION, content, stamps, rested, tensors };
    try {
      await mkdir(this.#folder, { recursive: true });
      const partial = `${this.#file(glance)}.${process.pid}.partial`;
      await writeFile(partial, serialize(entry));
      await rename(partial, this.#file(glance));
      await this.#makeRoom();
    } catch {
      // A full or read-only disk: it is computed anew the next time.
    }
  }

  async #read(glance: string): Promise<Entry | undefined> {
    try {
      const entry: unknown = deserialize(await readFile(this.#file(glance)));
      return isEntry(entry) ? entry : undefined;
    } catch {
      return undefined;
    }
  }

  async #makeRoom(): Promise<void> {
    const names = await readdir(this.#folder);
    const files = await Promise.all(
      names.map(async (name) => {
        const file = path.join(this.#folder, name);
        const { size, mtimeMs } = await stat(file);
        return { file, size, mtimeMs };
      }),
    );
    let bytes = 0;
    for (const [index, { file, size }] of files.sort((a, b) => b.mtimeMs - a.mtimeMs).entries()) {
      bytes += size;
      if (index >= MOST_ENTRIES || bytes > MOST_BYTES) {
        await rm(file, { force: true });
      }
    }
  }

  #file(glance: string): string {
    return path.join(this.#folder, `${glance}.statistics`);
  }
}

export interface CacheLookUp {
  /** The statistics that were kept of just this content; undefined: it has to be read. */
  readonly tensors: readonly TensorSummary[] | undefined;
  /** To be given to the statistics, so that they can be kept. */
  readonly content: ContentDigest;
  /** Keeps what was computed with `content`. */
  keep(tensors: readonly TensorSummary[]): Promise<void>;
}

function sha256(): Digest {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.copy().digest('hex') };
}

async function stampsOf(paths: readonly string[]): Promise<Stamp[]> {
  const stamps = await Promise.all(
    paths.map(async (file) => {
      try {
        const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true });
        return [{ path: path.resolve(file), state: [dev, ino, size, mtimeNs, ctimeNs].join(' ') }];
      } catch {
        return [];
      }
    }),
  );
  return stamps.flat();
}

async function areStill(stamps: readonly Stamp[]): Promise<boolean> {
  return includesAll(await stampsOf(stamps.map(({ path: file }) => file)), stamps);
}

function includesAll(all: readonly Stamp[], some: readonly Stamp[]): boolean {
  const known = new Set(all.map(({ path: file, state }) => `${state} ${file}`));
  return some.length > 0 && some.every(({ path: file, state }) => known.has(`${state} ${file}`));
}

/** Whether the last change of every file lies further back than any clock is coarse. */
async function haveRested(paths: readonly string[]): Promise<boolean> {
  const now = BigInt(Date.now()) * 1_000_000n;
  const changes = await Promise.all(
    paths.map((file) =>
      stat(file, { bigint: true }).then(
        ({ mtimeNs, ctimeNs }) => now - (mtimeNs > ctimeNs ? mtimeNs : ctimeNs),
        () => 0n,
      ),
    ),
  );
  return changes.every((since) => since > COARSEST_CLOCK_NS);
}

/** Whether statistics are of the tensors of a checkpoint, by their descriptions. */
function areOf(tensors: readonly TensorSummary[], checkpoint: Checkpoint): boolean {
  return (
    tensors.length === checkpoint.tensors.length &&
    tensors.every(({ name, dtype }, index) => {
      const tensor = checkpoint.tensors[index];
      return tensor?.name === name && tensor.dtype === dtype;
    })
  );
}

function isEntry(value: unknown): value is Entry {
  return (
    typeof value === 'object' &&
    value !== null &&
    'layout' in value &&
    value.layout === LAYOUT &&
    'statistics' in value &&
    value.statistics === STATISTICS_VERSION &&
    'tensors' in value &&
    Array.isArray(value.tensors)
  );
}
