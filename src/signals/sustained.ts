/** Rows in a row on which something held. */
export interface Stretch<Row> {
  readonly from: Row;
  readonly last: Row;
  readonly rows: number;
}

/** The longest stretch of rows on which a condition held without a break. */
export class Sustained<Row> {
  private current: { from: Row; last: Row; rows: number } | undefined;
  private best: Stretch<Row> | undefined;

  push(row: Row, holds: boolean): void {
    if (!holds) {
      this.current = undefined;
      return;
    }
    if (this.current === undefined) {
      this.current = { from: row, last: row, rows: 0 };
    }
    this.current.last = row;
    this.current.rows++;
    if (this.best === undefined || this.current.rows >= this.best.rows) {
      this.best = this.current;
    }
  }

  /** The one that goes on at the newest row if it is as long as any before. */
  get longest(): Stretch<Row> | undefined {
    return this.best;
  }

  /** Whether the longest goes on at the newest row. */
  get open(): boolean {
    return this.best !== undefined && this.best === this.current;
  }
}
