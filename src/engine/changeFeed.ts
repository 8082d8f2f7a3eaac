import type { Disposable } from '../base/disposable.js';
import type { EngineEvent, RunSummary } from '../contract/engineProtocol.js';

/** Changes within this time are told together. */
const COALESCE_MS = 50;

/** Tells of runs that look different from when they were last told of, many changes at once. */
export class ChangeFeed implements Disposable {
  private readonly summaryOf: (run: string) => RunSummary | undefined;
  private readonly fire: (event: EngineEvent) => void;
  private readonly touched = new Set<string>();
  /** JSON of what was last told, by run. */
  private readonly told = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;

  /** @param summaryOf undefined for a run that is gone. */
  constructor(summaryOf: (run: string) => RunSummary | undefined, fire: (event: EngineEvent) => void) {
    this.summaryOf = summaryOf;
    this.fire = fire;
  }

  /** Something about the run may have changed, or it is gone. */
  touch(run: string): void {
    this.touched.add(run);
    this.timer ??= setTimeout(() => this.flush(), COALESCE_MS);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.touched.clear();
  }

  private flush(): void {
    this.timer = undefined;
    const changed: RunSummary[] = [];
    const removed: string[] = [];
    for (const run of this.touched) {
      const summary = this.summaryOf(run);
      if (summary) {
        if (this.isNews(run, JSON.stringify(summary))) {
          changed.push(summary);
        }
      } else if (this.told.delete(run)) {
        removed.push(run);
      }
    }
    this.touched.clear();
    if (changed.length > 0 || removed.length > 0) {
      this.fire({ type: 'runs-changed', changed, removed });
    }
  }

  private isNews(run: string, text: string): boolean {
    const isNews = this.told.get(run) !== text;
    this.told.set(run, text);
    return isNews;
  }
}
