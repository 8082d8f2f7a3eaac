import type { Disposable } from '../base/disposable.js';

/**
 * Runs an action at most once in an interval: at once when it has rested, else when the interval is over, so that the
 * last call is never lost.
 */
export class Throttle implements Disposable {
  private readonly action: () => void;
  private readonly intervalMs: number;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private isDue = false;

  constructor(intervalMs: number, action: () => void) {
    this.intervalMs = intervalMs;
    this.action = action;
  }

  trigger(): void {
    if (this.timer) {
      this.isDue = true;
      return;
    }
    this.timer = setTimeout(() => this.rested(), this.intervalMs);
    this.action();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.isDue = false;
  }

  private rested(): void {
    this.timer = undefined;
    if (this.isDue) {
      this.isDue = false;
      this.trigger();
    }
  }
}
