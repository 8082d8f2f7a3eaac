import { watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import type { Disposable } from '../../base/disposable.js';

/** Watchers are a scarce good of the system; beyond these, polling alone has to do. */
const MOST_WATCHERS = 200;
/** Writers often touch a file several times for one row. */
const SETTLE_MS = 15;

/**
 * Says early that something in a folder may have changed. Only a hint: network file systems give no events, and
 * others lose some, so that whoever listens looks from time to time as well.
 */
export class WatchHints implements Disposable {
  private readonly watchers = new Map<string, FSWatcher>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly onHint: (folder: string) => void;

  constructor(onHint: (folder: string) => void) {
    this.onHint = onHint;
  }

  /** Watches these folders and no others. */
  update(folders: ReadonlySet<string>): void {
    for (const [folder, watcher] of this.watchers) {
      if (!folders.has(folder)) {
        this.drop(folder, watcher);
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
      const watcher = watch(folder, { persistent: false }, () => this.hint(folder));
      watcher.on('error', () => this.drop(folder, watcher));
      this.watchers.set(folder, watcher);
    } catch {
      // No watcher to be had: polling finds the change.
    }
  }

  private drop(folder: string, watcher: FSWatcher): void {
    this.watchers.delete(folder);
    watcher.close();
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
