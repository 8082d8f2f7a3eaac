import { watch } from 'node:fs';
import type { Disposable } from '../../base/disposable.js';

/** Watchers are a scarce good of the system; beyond these, polling alone has to do. */
const MOST_WATCHERS = 200;
/** Writers often touch a file several times for one row. */
const SETTLE_MS = 15;

/** Watches one folder for changes until it is closed; throws where no watcher is to be had. */
export type WatchFolder = (folder: string, onChange: () => void, onError: () => void) => { close(): void };

const watchFileSystem: WatchFolder = (folder, onChange, onError) =>
  watch(folder, { persistent: false }, onChange).on('error', onError);

/**
 * Says early that something in a folder may have changed. Only a hint: network file systems give no events, and
 * others lose some, so that whoever listens looks from time to time as well.
 */
export class WatchHints implements Disposable {
  private readonly watchers = new Map<string, { close(): void }>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly onHint: (folder: string) => void;
  private readonly watchFolder: WatchFolder;

  constructor(onHint: (folder: string) => void, watchFolder: WatchFolder = watchFileSystem) {
    this.onHint = onHint;
    this.watchFolder = watchFolder;
  }

  /** Watches these folders and no others. */
  update(folders: ReadonlySet<string>): void {
    for (const folder of [...this.watchers.keys()]) {
      if (!folders.has(folder)) {
        this.drop(folder);
      }
    }
    for (const folder of folders) {
      if (!this.watchers.has(folder) && this.watchers.size < MOST_WATCHERS) {
        this.add(folder);
      }
    }
  }

  dispose(): void {
    this.update(new Set());
    this.timers.forEach((timer) => clearTimeout(timer));
    this.timers.clear();
  }

  private add(folder: string): void {
    try {
      const watcher = this.watchFolder(
        folder,
        () => this.hint(folder),
        () => this.drop(folder),
      );
      this.watchers.set(folder, watcher);
    } catch {
      // No watcher to be had: polling finds the change.
    }
  }

  private drop(folder: string): void {
    const watcher = this.watchers.get(folder);
    this.watchers.delete(folder);
    watcher?.close();
  }

  private hint(folder: string): void {
    if (!this.timers.has(folder)) {
      const timer = setTimeout(() => {
        this.timers.delete(folder);
        this.onHint(folder);
      }, SETTLE_MS);
      this.timers.set(folder, timer);
    }
  }
}
