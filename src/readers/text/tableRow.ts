import type { Pair } from './pairs.js';

/** A row of a printed table: where it belongs and what it says. */
export interface TableRow {
  /** NaN where the table has no column of steps. */
  readonly step: number;
  /** NaN where it has no column of epochs. */
  readonly epoch: number;
  /** How many steps or epochs the run is going to take; NaN where the row does not say. */
  readonly total: number;
  /** Stands before the names of the columns. */
  readonly prefix: string;
  readonly pairs: readonly Pair[];
}
