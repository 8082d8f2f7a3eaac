import type { Signal } from '../model/signal.js';
import type { Sample } from './monitor.js';

/** One watcher per series, made when its first sample arrives, in the order of first samples. */
export class PerSeries<Watcher> {
  /** By the ordinal of the signal, which is cheaper than a map at millions of samples. */
  private readonly watcherOf: (Watcher | undefined)[] = [];
  private readonly watchers: { readonly signal: Signal; readonly watcher: Watcher }[] = [];
  private readonly make: (signal: Signal) => Watcher;

  constructor(make: (signal: Signal) => Watcher) {
    this.make = make;
  }

  of({ signal }: Sample): Watcher {
    let watcher = this.watcherOf[signal.ordinal];
    if (watcher === undefined) {
      watcher = this.make(signal);
      this.watcherOf[signal.ordinal] = watcher;
      this.watchers.push({ signal, watcher });
    }
    return watcher;
  }

  get all(): readonly { readonly signal: Signal; readonly watcher: Watcher }[] {
    return this.watchers;
  }

  /** Those whose signal has the role now: a part of the loss stops being one when the total turns up. */
  withRole(fits: (role: string) => boolean): readonly { readonly signal: Signal; readonly watcher: Watcher }[] {
    return this.all.filter(({ signal }) => fits(signal.role));
  }
}
