import type { Signal } from '../model/signal.js';
import type { Series } from '../model/series.js';
import type { Sample } from './monitor.js';

/** One watcher per series, made when its first sample arrives, in the order of first samples. */
export class PerSeries<Watcher> {
  private readonly watchers = new Map<Series, { readonly signal: Signal; readonly watcher: Watcher }>();
  private readonly make: (signal: Signal) => Watcher;

  constructor(make: (signal: Signal) => Watcher) {
    this.make = make;
  }

  of(sample: Sample): Watcher {
    const known = this.watchers.get(sample.signal.series);
    if (known !== undefined) {
      return known.watcher;
    }
    const watcher = this.make(sample.signal);
    this.watchers.set(sample.signal.series, { signal: sample.signal, watcher });
    return watcher;
  }

  get all(): readonly { readonly signal: Signal; readonly watcher: Watcher }[] {
    return [...this.watchers.values()];
  }

  /** Those whose signal has the role now: a part of the loss stops being one when the total turns up. */
  withRole(fits: (role: string) => boolean): readonly { readonly signal: Signal; readonly watcher: Watcher }[] {
    return this.all.filter(({ signal }) => fits(signal.role));
  }
}
