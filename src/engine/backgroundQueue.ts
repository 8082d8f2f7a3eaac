/** Works through keyed tasks, a few side by side; of those waiting, the most urgent first. */
export class BackgroundQueue {
  private readonly sideBySide: number;
  private readonly waiting = new Map<string, { readonly urgency: number; readonly task: () => Promise<void> }>();
  private readonly running = new Set<string>();

  constructor(sideBySide: number) {
    this.sideBySide = sideBySide;
  }

  /**
   * Adds a task, or replaces the one that waits under the same key.
   * @param task must not reject.
   */
  add(key: string, urgency: number, task: () => Promise<void>): void {
    this.waiting.set(key, { urgency, task });
    this.startNext();
  }

  remove(key: string): void {
    this.waiting.delete(key);
  }

  clear(): void {
    this.waiting.clear();
  }

  private startNext(): void {
    while (this.running.size < this.sideBySide) {
      const key = this.mostUrgent();
      if (key === undefined) {
        return;
      }
      void this.run(key);
    }
  }

  private async run(key: string): Promise<void> {
    const task = this.waiting.get(key)?.task;
    this.waiting.delete(key);
    this.running.add(key);
    try {
      await task?.();
    } finally {
      this.running.delete(key);
      this.startNext();
    }
  }

  /** A task whose key is being worked on waits until that is done. */
  private mostUrgent(): string | undefined {
    let most: string | undefined;
    let mostUrgency = -Infinity;
    for (const [key, { urgency }] of this.waiting) {
      if (urgency > mostUrgency && !this.running.has(key)) {
        most = key;
        mostUrgency = urgency;
      }
    }
    return most;
  }
}
