import type { Disposable } from '../../base/disposable.js';
import { Emitter } from '../../base/event.js';
import type { RunSummary } from '../../contract/engineProtocol.js';

/** What changed: ids of runs that are new or different, and of those that are gone. */
export interface RunsChange {
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** The runs that the engine has told of, as the views show them. */
export class RunCatalogue implements Disposable {
  private readonly runs = new Map<string, RunSummary>();
  private readonly changes = new Emitter<RunsChange>();
  private searched = false;

  readonly onChanged = this.changes.event;

  /** Whether a search has ended since the start: before that, no runs does not mean that there are none. */
  get isSearched(): boolean {
    return this.searched;
  }

  all(): readonly RunSummary[] {
    return [...this.runs.values()];
  }

  get(id: string): RunSummary | undefined {
    return this.runs.get(id);
  }

  /** Takes a whole listing: what it does not name is gone. */
  replace(runs: readonly RunSummary[]): void {
    const kept = new Set(runs.map((run) => run.id));
    const removed = [...this.runs.keys()].filter((id) => !kept.has(id));
    this.searched = true;
    this.update(runs, removed);
  }

  update(changed: readonly RunSummary[], removed: readonly string[]): void {
    for (const id of removed) {
      this.runs.delete(id);
    }
    for (const run of changed) {
      this.runs.set(run.id, run);
    }
    this.changes.fire({ changed: changed.map((run) => run.id), removed });
  }

  dispose(): void {
    this.changes.dispose();
  }
}
