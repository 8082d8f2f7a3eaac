import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Disposable } from '../../base/disposable.js';
import { fail } from '../../base/fail.js';
import { abortable } from '../abortable.js';
import type { DiscoveredRun } from '../discovery/discovery.js';
import { Repeating } from '../repeating.js';
import { WatchHints } from '../tailing/watchHints.js';
import type { WatchFolder } from '../tailing/watchHints.js';
import { BackgroundQueue } from './backgroundQueue.js';
import { RunEntry } from './runEntry.js';
import type { EntryOptions } from './runEntry.js';

/** Runs read for the first time side by side; reading several at once hardly makes all of them faster. */
const OPENED_SIDE_BY_SIDE = 2;
/** Runs that are read as fast as can be, the newest: what a person sees first. */
const NEWEST_RUNS = 200;
/** Reading of older runs that nobody asked for rests so many times as long as it took: others use the machine too. */
const REST_SHARE = 1;
/** Growing runs looked at side by side: most of that is waiting for the file system. */
const FOLLOWED_SIDE_BY_SIDE = 16;
/** Memory that runs which no longer grow may keep, in bytes; beyond it those used longest ago are closed. */
const IDLE_BYTES = 256 * 1024 * 1024;
/** Runs that may be kept open although they no longer grow. */
const IDLE_RUNS = 32;
/** A request for a run that is still being read waits this long for all of it, then gets what there is. */
const PATIENCE_MS = 400;

export interface FollowedRunsOptions extends Omit<EntryOptions, 'onChange'> {
  /** How long to wait between two looks at the runs that may grow, in milliseconds. */
  readonly pollIntervalMs: () => number;
  /** Undefined: the file system's own events. */
  readonly watch: WatchFolder | undefined;
  /** Aborted: all reading ends. */
  readonly signal: AbortSignal;
  /** Something about the run may look different now, or it is gone. */
  readonly onChange: (run: string) => void;
  /** Hears of failures that nobody waited for. */
  readonly onFailure: (error: unknown) => void;
}

/** The runs that are known: read in the background, followed while they grow, closed when nobody needs them. */
export class FollowedRuns implements Disposable {
  private readonly options: FollowedRunsOptions;
  private readonly entries = new Map<string, RunEntry>();
  /** Ids, the one used longest ago first. */
  private readonly recentlyUsed = new Set<string>();
  private readonly opening = new BackgroundQueue(OPENED_SIDE_BY_SIDE);
  private readonly following = new BackgroundQueue(FOLLOWED_SIDE_BY_SIDE);
  private readonly hints: WatchHints;
  private readonly polling: Repeating;
  /** Runs that may grow, by the folders of their files. */
  private runsOfFolder: ReadonlyMap<string, readonly string[]> = new Map();
  /** Runs read for the first time that nobody had asked for. */
  private openedUnasked = 0;

  constructor(options: FollowedRunsOptions) {
    this.options = options;
    this.hints = new WatchHints((folder) => this.readRunsIn(folder), options.watch);
    this.polling = new Repeating(() => this.poll(), options.pollIntervalMs, options.onFailure);
  }

  get ids(): readonly string[] {
    return [...this.entries.keys()];
  }

  get all(): readonly RunEntry[] {
    return [...this.entries.values()];
  }

  /** Undefined where there is no such run any more. */
  find(run: string): RunEntry | undefined {
    return this.entries.get(run);
  }

  /** Begins to look at those that may grow. */
  start(): void {
    this.polling.start();
  }

  /** Takes over all runs that there are; others are gone. */
  replaceBy(runs: readonly DiscoveredRun[]): void {
    const ids = new Set(runs.map(({ description }) => description.id));
    for (const run of this.entries.keys()) {
      if (!ids.has(run)) {
        this.remove(run);
      }
    }
    this.add(runs);
  }

  /** Takes over what was found of some runs, and reads what is new of them in the background. */
  add(runs: readonly DiscoveredRun[]): void {
    const { onChange, roles, recognise, now, liveMs } = this.options;
    for (const found of runs) {
      const { id } = found.description;
      const known = this.entries.get(id);
      if (known) {
        known.update(found);
      } else {
        this.entries.set(id, new RunEntry(found, { roles, recognise, now, liveMs, onChange: () => onChange(id) }));
        onChange(id);
      }
      if (this.entries.get(id)?.isStale) {
        this.readInBackground(id);
      }
    }
  }

  /** Forgets all runs; those that are found again are read anew. */
  clear(): void {
    this.ids.forEach((run) => this.remove(run));
  }

  /** The run, open, and read to its end if that does not take long. Rejects where it is gone or can't be read. */
  async readable(run: string, signal: AbortSignal): Promise<RunEntry> {
    const entry = this.entries.get(run) ?? fail(`there is no run ${run} any more`);
    this.recentlyUsed.delete(run);
    this.recentlyUsed.add(run);
    if (entry.isUnsettled) {
      const reading = entry.read(this.options.signal);
      await abortable(Promise.race([reading, delay(PATIENCE_MS)]), signal);
      if (!entry.session) {
        await abortable(reading, signal);
      }
    }
    return entry;
  }

  dispose(): void {
    this.polling.dispose();
    this.hints.dispose();
    this.opening.clear();
    this.following.clear();
    this.clear();
  }

  private remove(run: string): void {
    this.opening.remove(run);
    this.following.remove(run);
    this.entries.get(run)?.dispose();
    this.entries.delete(run);
    this.recentlyUsed.delete(run);
    this.options.onChange(run);
  }

  /** Looks at the runs that may grow, whatever the file system says or does not say. */
  private poll(): Promise<void> {
    this.runsOfFolder = this.foldersOfLiveRuns();
    this.hints.update(new Set(this.runsOfFolder.keys()));
    for (const [run, entry] of this.entries) {
      if (entry.session && !entry.session.isEnded) {
        this.readInBackground(run);
      } else if (entry.hasAged) {
        this.options.onChange(run);
      }
    }
    this.closeIdle();
    return Promise.resolve();
  }

  private foldersOfLiveRuns(): ReadonlyMap<string, readonly string[]> {
    const folders = new Map<string, string[]>();
    for (const [run, entry] of this.entries) {
      if (entry.session && entry.status === 'live') {
        for (const folder of new Set(foldersOf(entry))) {
          folders.set(folder, [...(folders.get(folder) ?? []), run]);
        }
      }
    }
    return folders;
  }

  private readRunsIn(folder: string): void {
    this.runsOfFolder.get(folder)?.forEach((run) => this.readInBackground(run));
  }

  /** What changed last is read first. */
  private readInBackground(run: string): void {
    const entry = this.entries.get(run);
    if (entry?.session) {
      this.following.add(run, entry.modified, () => this.read(run));
    } else {
      this.opening.add(run, entry?.modified ?? 0, () => this.openUnasked(run));
    }
  }

  private async openUnasked(run: string): Promise<void> {
    const began = performance.now();
    await this.read(run);
    this.openedUnasked++;
    if (this.openedUnasked > NEWEST_RUNS && this.opening.size > 0) {
      await this.rest((performance.now() - began) * REST_SHARE);
    }
  }

  private async rest(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.options.signal }).catch(() => undefined);
  }

  /** Never rejects: what went wrong is told to `onFailure`, and to whoever asks for the run. */
  private async read(run: string): Promise<void> {
    const { signal, onChange, onFailure } = this.options;
    try {
      await this.entries.get(run)?.read(signal);
      onChange(run);
    } catch (error) {
      onFailure(error);
    }
  }

  /** Closes runs that do not grow, those last that somebody asked for lately, and before them the newest. */
  private closeIdle(): void {
    const uses = new Map([...this.recentlyUsed].map((run, index) => [run, index]));
    const idle = [...this.entries]
      .filter(([, entry]) => entry.isIdle)
      .sort(([a, one], [b, other]) => (uses.get(b) ?? -1) - (uses.get(a) ?? -1) || other.modified - one.modified);
    let bytes = 0;
    idle.forEach(([, entry], index) => {
      bytes += entry.bytes;
      if (index >= IDLE_RUNS || bytes > IDLE_BYTES) {
        entry.close();
      }
    });
  }
}

function foldersOf({ description }: RunEntry): string[] {
  return description.lanes.flat().map((file) => path.dirname(file.path));
}
