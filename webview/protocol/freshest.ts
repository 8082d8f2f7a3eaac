/**
 * Runs one task at a time and remembers only the newest of those that came meanwhile: what a page that is redrawn ten
 * times a second needs of a slow source. The results of a task that was overtaken are still delivered.
 */
export class Freshest {
  private running = false;
  private next: (() => Promise<void>) | undefined;

  schedule(task: () => Promise<void>): void {
    this.next = task;
    if (!this.running) {
      void this.drain();
    }
  }

  private async drain(): Promise<void> {
    this.running = true;
    while (this.next) {
      const task = this.next;
      this.next = undefined;
      await task();
    }
    this.running = false;
  }
}
