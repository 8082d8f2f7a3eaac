import type { Disposable } from '../base/disposable.js';

/** Does a task again and again, never twice at a time. */
export class Repeating implements Disposable {
  private readonly task: () => Promise<void>;
  private readonly pauseMs: (tookMs: number) => number;
  private readonly onError: (error: unknown) => void;
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private state: 'idle' | 'started' | 'disposed' = 'idle';

  /**
   * @param pauseMs how long to wait between two turns, by how long the last one took.
   * @param onError hears of failures that nobody waited for.
   */
  constructor(task: () => Promise<void>, pauseMs: (tookMs: number) => number, onError: (error: unknown) => void) {
    this.task = task;
    this.pauseMs = pauseMs;
    this.onError = onError;
  }

  /** Begins with a turn at once. */
  start(): void {
    this.now().catch(this.onError);
  }

  /** A turn that begins after this call; resolves when it is done, rejects when it fails. */
  async now(): Promise<void> {
    if (this.state === 'disposed') {
      throw new Error('the engine has been closed');
    }
    this.state = 'started';
    await this.running?.catch(() => undefined);
    this.running ??= this.turn();
    return this.running;
  }

  dispose(): void {
    this.state = 'disposed';
    clearTimeout(this.timer);
  }

  private async turn(): Promise<void> {
    clearTimeout(this.timer);
    const began = performance.now();
    try {
      await this.task();
    } finally {
      this.running = undefined;
      if (this.state === 'started') {
        this.timer = setTimeout(() => this.start(), this.pauseMs(performance.now() - began));
      }
    }
  }
}
