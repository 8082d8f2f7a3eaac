import { RollingMean } from './rollingMean.js';
import { Sustained } from './sustained.js';

/** The longest stretch of rows at whose end something held in at least a given share of the rows of a window. */
export class SustainedShare<Row> {
  readonly stretches = new Sustained<Row>();
  /** Share of the window when it last was enough; NaN before. */
  share = Number.NaN;
  private readonly window: RollingMean;
  private readonly enough: number;

  /** @param enough share, 0 to 1. */
  constructor(windowRows: number, enough: number) {
    this.window = new RollingMean(windowRows);
    this.enough = enough;
  }

  /** Whether there is a whole window. */
  get judged(): boolean {
    return this.window.full;
  }

  /** @param share of what the row stands for in which it held: 0 or 1 where a row is one step. */
  push(row: Row, share: number): void {
    this.window.push(share);
    const holds = this.judged && this.window.mean >= this.enough;
    this.stretches.push(row, holds);
    this.share = holds ? this.window.mean : this.share;
  }
}
