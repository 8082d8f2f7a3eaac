import type { Disposable } from '../../base/disposable.js';
import { keepOnly } from '../../base/keepOnly.js';
import type { EngineConfiguration } from '../../contract/engineProtocol.js';
import { excludedBy } from '../pathGlobs.js';
import { filesNamedIn, recogniserWith } from '../recognition/userPatterns.js';
import type { Recogniser } from '../recognition/userPatterns.js';
import { Repeating } from '../repeating.js';
import { Discovery } from './discovery.js';
import type { Discovered, DiscoveredRun } from './discovery.js';

/** New folders show up within two seconds: looking for them takes the rest. */
const SCAN_INTERVAL_MS = 1500;
/** Looking again for runs takes at most this share of the time, as long as the pause below is not longer. */
const SCAN_SHARE = 0.2;
const LONGEST_SCAN_PAUSE_MS = 15_000;

export interface RunScanOptions {
  readonly configuration: () => EngineConfiguration;
  readonly now: () => number;
  /** Aborted: the look that is under way ends. */
  readonly signal: AbortSignal;
  /** Hears of the newest runs while there is still much to be read. */
  readonly onNewest: (runs: readonly DiscoveredRun[]) => void;
  /** Hears of all runs that there are. */
  readonly onRuns: (runs: readonly DiscoveredRun[]) => void;
  /** Hears once of each path that can't be read. @param asked opened by hand. */
  readonly onUnreadable: (message: string, asked: boolean) => void;
  /** Hears of failures that nobody waited for. */
  readonly onFailure: (error: unknown) => void;
}

/** Looks again and again for runs, in the folders of the settings and under the paths opened by hand. */
export class RunScan implements Disposable {
  private readonly options: RunScanOptions;
  private readonly repeating: Repeating;
  /** As they were named. */
  private readonly opened = new Set<string>();
  private discovery = new Discovery();
  private recogniser: Recogniser = recogniserWith({});
  /** How long the last look took, without the reading of what was new. */
  private lookingMs = 0;
  /** What was said of files that can't be read, so that it is said once. */
  private readonly toldUnreadable = new Map<string, string>();

  constructor(options: RunScanOptions) {
    this.options = options;
    this.repeating = new Repeating(
      () => this.scan(),
      () => pauseAfter(this.lookingMs),
      options.onFailure,
    );
  }

  /** Tells the formats of files, with the user's own patterns. */
  get recognise(): Recogniser {
    return this.recogniser;
  }

  /** Where runs are looked for: folders of the settings first. */
  get roots(): readonly string[] {
    return [...new Set([...this.options.configuration().folders, ...this.opened])];
  }

  /** The user's own patterns are others than before: every file may now be of another format. */
  patternsChanged(): void {
    this.recogniser = recogniserWith(this.options.configuration().patterns ?? {});
    this.discovery = new Discovery();
  }

  /** Looks under these paths too, from the next look on. */
  open(paths: readonly string[]): void {
    paths.forEach((path) => this.opened.add(path));
  }

  /** Begins to look, at once. */
  start(): void {
    this.repeating.start();
  }

  /** A look that begins after this call; resolves when it is done, rejects when it fails. */
  now(): Promise<void> {
    return this.repeating.now();
  }

  dispose(): void {
    this.repeating.dispose();
  }

  private async scan(): Promise<void> {
    const { configuration, now, signal, onNewest, onRuns } = this.options;
    const { exclude, patterns = {} } = configuration();
    const { runs, unreadable, lookingMs } = await this.discovery.discover(this.roots, {
      isExcluded: excludedBy(exclude),
      recognise: this.recogniser,
      isNamedLog: filesNamedIn(patterns),
      ...{ now, signal, onNewest },
    });
    this.lookingMs = lookingMs;
    onRuns(runs);
    this.tellUnreadable(unreadable);
  }

  private tellUnreadable(unreadable: Discovered['unreadable']): void {
    keepOnly(this.toldUnreadable, new Set(unreadable.map(({ path }) => path)));
    for (const { path, message } of unreadable) {
      if (this.toldUnreadable.get(path) !== message) {
        this.toldUnreadable.set(path, message);
        this.options.onUnreadable(`${path}: ${message}`, this.opened.has(path));
      }
    }
  }
}

function pauseAfter(tookMs: number): number {
  return Math.min(Math.max(SCAN_INTERVAL_MS, tookMs / SCAN_SHARE), LONGEST_SCAN_PAUSE_MS);
}
