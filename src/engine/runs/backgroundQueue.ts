import { Heap } from '../../base/heap.js';

interface Waiting {
  readonly key: string;
  readonly urgency: number;
  /** Of tasks of the same urgency the one that was added first comes first. */
  readonly order: number;
  readonly task: () => Promise<void>;
}

/** Works through keyed tasks, a few side by side; of those waiting, the most urgent first. */
export class BackgroundQueue {
  private readonly sideBySide: number;
  /** What waits, by key; the heaps may still hold what was replaced or removed since. */
  private readonly waiting = new Map<string, Waiting>();
  private readonly heap = new Heap<Waiting>(
    (one, other) => one.urgency > other.urgency || (one.urgency === other.urgency && one.order < other.order),
  );
  private readonly running = new Set<string>();
  private added = 0;

  constructor(sideBySide: number) {
    this.sideBySide = sideBySide;
  }

  /** Tasks that have not begun. */
  get size(): number {
    return this.waiting.size;
  }

  /**
   * Adds a task, or replaces the one that waits under the same key.
   * @param task must not reject.
   */
  add(key: string, urgency: number, task: () => Promise<void>): void {
    const known = this.waiting.get(key);
    const entry = { key, urgency, order: known?.order ?? this.added++, task };
    this.waiting.set(key, entry);
    if (known?.urgency !== urgency) {
      this.heap.push(entry);
    }
    this.startNext();
  }

  remove(key: string): void {
    this.waiting.delete(key);
  }

  clear(): void {
    this.waiting.clear();
    this.heap.clear();
  }

  private startNext(): void {
    while (this.running.size < this.sideBySide) {
      const next = this.takeMostUrgent();
      if (next === undefined) {
        return;
      }
      void this.run(next);
    }
  }

  private async run({ key, task }: Waiting): Promise<void> {
    this.running.add(key);
    try {
      await task();
    } finally {
      this.running.delete(key);
      const again = this.waiting.get(key);
      if (again) {
        this.heap.push(again); // It was passed over while its key was being worked on.
      }
      this.startNext();
    }
  }

  /** A task whose key is being worked on waits until that is done. */
  private takeMostUrgent(): Waiting | undefined {
    for (let top = this.heap.pop(); top !== undefined; top = this.heap.pop()) {
      const current = this.waiting.get(top.key);
      if (current?.urgency === top.urgency && !this.running.has(top.key)) {
        this.waiting.delete(top.key);
        return current;
      }
    }
    return undefined;
  }
}
