import type { Series } from '../model/series.js';
import { RollingWindow } from './rollingWindow.js';
import { median } from './rise.js';

/** Tensors whose updates have their own scale: they begin at zero or one, or are hardly ever touched. */
const APART = /bias|norm|(^|[^a-z])(ln|bn)([^a-z]|$)|scale|gamma|beta|embed|wte|wpe|lora/i;

/** Whether a tensor, by its name, is a weight matrix of the network's body. */
export function isBodyWeight(tensor: string): boolean {
  return !APART.test(tensor);
}

/** How long the steps are, over all weight matrices: the median of the medians over the last rows of each. */
export class UpdateRatios {
  private readonly rows: number;
  private readonly windows = new Map<Series, RollingWindow>();

  /** @param rows of each tensor that count. */
  constructor(rows: number) {
    this.rows = rows;
  }

  /** Whether half of the tensors have as many rows as count. */
  get judged(): boolean {
    const full = [...this.windows.values()].filter(({ length }) => length >= this.rows).length;
    return full > 0 && full >= this.windows.size / 2;
  }

  /** NaN when empty. */
  get median(): number {
    return median([...this.windows.values()].map((window) => window.median()));
  }

  /** Takes in ‖Δw‖ / ‖w‖, finite and not negative. */
  push(series: Series, ratio: number): void {
    let window = this.windows.get(series);
    if (window === undefined) {
      window = new RollingWindow(this.rows);
      this.windows.set(series, window);
    }
    window.push(ratio);
  }
}
