import type { Series } from '../model/series.js';
import type { Signal } from '../model/signal.js';
import { median } from './rise.js';
import { RollingWindow } from './rollingWindow.js';

/** Newest rows of each tensor that count. */
export const UPDATE_ROWS = 50;

/** Tensors whose updates have their own scale: they begin at zero or one, or are hardly ever touched. */
const APART = /bias|norm|(^|[^a-z])(ln|bn)([^a-z]|$)|scale|gamma|beta|embed|wte|wpe|lora/i;

/** How long the steps are, ‖Δw‖ / ‖w‖, over all weight matrices of the network's body, in bounded memory for each. */
export class UpdateRatios {
  /** Null for tensors that stand apart. */
  private readonly windows = new Map<Series, RollingWindow | null>();
  private firstSignal: Signal | undefined;
  private firstLoggedStep = Number.NaN;
  private newestStep = Number.NaN;

  /** The weight matrix that was logged first, for all of them. */
  get signal(): Signal | undefined {
    return this.firstSignal;
  }

  get firstStep(): number {
    return this.firstLoggedStep;
  }

  get lastStep(): number {
    return this.newestStep;
  }

  /** Whether half of the tensors have as many rows as count. */
  get judged(): boolean {
    const windows = this.all;
    const full = windows.filter(({ length }) => length >= UPDATE_ROWS).length;
    return full > 0 && full >= windows.length / 2;
  }

  /** Median over the tensors of their medians; NaN when empty. */
  get median(): number {
    return median(this.all.map((window) => window.median()));
  }

  push({ signal, step, value }: { readonly signal: Signal; readonly step: number; readonly value: number }): void {
    let window = this.windows.get(signal.series);
    if (window === undefined) {
      const apart = APART.test(signal.role.slice('update-ratio/'.length));
      window = apart ? null : new RollingWindow(UPDATE_ROWS);
      this.windows.set(signal.series, window);
    }
    if (window === null || !(value >= 0 && value < Infinity)) {
      return;
    }
    if (this.firstSignal === undefined) {
      this.firstSignal = signal;
      this.firstLoggedStep = step;
    }
    if (signal === this.firstSignal) {
      this.newestStep = step;
    }
    window.push(value);
  }

  private get all(): readonly RollingWindow[] {
    return [...this.windows.values()].filter((window) => window !== null);
  }
}
