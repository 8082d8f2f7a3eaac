import type { Disposable } from '../../base/disposable.js';

/** After this an editor that has not come for what is new shows nothing of it. */
const NOT_SHOWN_MS = 10_000;
/** The editor is left alone for so many times as long as it took to come. */
const REST_SHARE = 2;

/**
 * Asks the editor to draw anew, at most once in an interval, and not again before it has come for what is new. An editor
 * that is asked again gives up what it was at: on a busy machine, where that takes longer than the interval, it would
 * never get to the end.
 */
export class PacedRefresh implements Disposable {
  private readonly intervalMs: number;
  private readonly ask: () => boolean;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private askedAt: number | undefined;
  private isDue = false;

  /** @param ask asks the editor if there is anything new. @returns whether it did */
  constructor(intervalMs: number, ask: () => boolean) {
    this.intervalMs = intervalMs;
    this.ask = ask;
  }

  /** Something may be new. */
  trigger(): void {
    if (this.timer) {
      this.isDue = true;
      return;
    }
    this.askedAt = this.ask() ? performance.now() : undefined;
    this.restFor(this.askedAt === undefined ? this.intervalMs : NOT_SHOWN_MS);
  }

  /** The editor has come, and was given what is new. */
  answered(): void {
    if (this.askedAt !== undefined) {
      this.restFor(Math.max(this.intervalMs, REST_SHARE * (performance.now() - this.askedAt)));
      this.askedAt = undefined;
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.isDue = false;
  }

  private restFor(durationMs: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rested(), durationMs);
  }

  private rested(): void {
    this.timer = undefined;
    this.askedAt = undefined;
    if (this.isDue) {
      this.isDue = false;
      this.trigger();
    }
  }
}
