/** A stretch of consecutive rows of a series. Values in the series' own unit. */
export interface RowStretch {
  readonly fromStep: number;
  readonly toStep: number;
  readonly rows: number;
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
  /** Mean square of the change from one row to the next. */
  readonly changeSquared: number;
  /** Mean product of two changes in a row. */
  readonly changeProduct: number;
}

interface MutableStretch {
  fromStep: number;
  toStep: number;
  rows: number;
  mean: number;
  lowest: number;
  highest: number;
  changeSquared: number;
  changeProduct: number;
}

/**
 * A whole series, row by row, in bounded memory: means over stretches that double in length whenever the memory is
 * full, with what tells alternation, noise and slow swings apart. Nothing is smoothed away, unlike in a `LevelHistory`.
 */
export class RowCourse {
  private readonly limit: number;
  private readonly list: MutableStretch[] = [];
  private perStretch = 1;
  private previous = Number.NaN;
  private previousChange = 0;

  /** @param limit most stretches kept; even. */
  constructor(limit = 1024) {
    this.limit = limit;
  }

  get stretches(): readonly RowStretch[] {
    return this.list;
  }

  get rows(): number {
    return this.list.reduce((sum, { rows }) => sum + rows, 0);
  }

  /** Takes a finite value in. */
  push(step: number, value: number): void {
    const change = Number.isNaN(this.previous) ? 0 : value - this.previous;
    const squared = change * change;
    const product = change * this.previousChange;
    this.previous = value;
    this.previousChange = change;
    let last = this.list[this.list.length - 1];
    if (last === undefined || last.rows >= this.perStretch) {
      if (this.list.length === this.limit) {
        this.halve();
      }
      last = {
        fromStep: step,
        toStep: step,
        rows: 0,
        mean: 0,
        lowest: Infinity,
        highest: -Infinity,
        changeSquared: 0,
        changeProduct: 0,
      };
      this.list.push(last);
    }
    last.rows++;
    last.toStep = step;
    last.mean += (value - last.mean) / last.rows;
    last.lowest = value < last.lowest ? value : last.lowest;
    last.highest = value > last.highest ? value : last.highest;
    last.changeSquared += (squared - last.changeSquared) / last.rows;
    last.changeProduct += (product - last.changeProduct) / last.rows;
  }

  clear(): void {
    this.list.length = 0;
    this.perStretch = 1;
    this.previous = Number.NaN;
    this.previousChange = 0;
  }

  private halve(): void {
    const merged: MutableStretch[] = [];
    for (let at = 0; at + 1 < this.list.length; at += 2) {
      const [left, right] = [this.list[at], this.list[at + 1]];
      if (left !== undefined && right !== undefined) {
        merged.push(joined([left, right]));
      }
    }
    this.list.length = 0;
    this.list.push(...merged);
    this.perStretch *= 2;
  }
}

/** The course since the step last went back, of the finite values alone. */
export class SegmentCourse {
  private readonly course = new RowCourse();
  private segment = 0;

  get stretches(): readonly RowStretch[] {
    return this.course.stretches;
  }

  get rows(): number {
    return this.course.rows;
  }

  push({ segment, step, value }: { readonly segment: number; readonly step: number; readonly value: number }): void {
    if (segment !== this.segment) {
      this.segment = segment;
      this.course.clear();
    }
    if (Number.isFinite(value)) {
      this.course.push(step, value);
    }
  }
}

function joined(stretches: readonly RowStretch[]): MutableStretch {
  const rows = stretches.reduce((sum, stretch) => sum + stretch.rows, 0);
  const mean = (of: 'mean' | 'changeSquared' | 'changeProduct'): number =>
    stretches.reduce((sum, stretch) => sum + stretch[of] * stretch.rows, 0) / rows;
  return {
    fromStep: stretches[0]?.fromStep ?? Number.NaN,
    toStep: stretches.at(-1)?.toStep ?? Number.NaN,
    rows,
    mean: mean('mean'),
    lowest: Math.min(...stretches.map(({ lowest }) => lowest)),
    highest: Math.max(...stretches.map(({ highest }) => highest)),
    changeSquared: mean('changeSquared'),
    changeProduct: mean('changeProduct'),
  };
}

/** The same course in at most `count` stretches of about the same number of rows. */
export function coarser(stretches: readonly RowStretch[], count: number): readonly RowStretch[] {
  const parts = Math.min(count, stretches.length);
  return Array.from({ length: parts }, (_, part) =>
    joined(
      stretches.slice(
        Math.floor((part * stretches.length) / parts),
        Math.floor(((part + 1) * stretches.length) / parts),
      ),
    ),
  );
}

/**
 * Lag-one autocorrelation of the rows about their trend, told from the changes alone, so that a trend does not count:
 * for an autoregressive series of first order, two changes in a row have the correlation (φ - 1) / 2. About 0 for
 * independent noise, -1 for a series that alternates, 1 and more (up to 3) for one that moves smoothly; NaN for one that
 * stands still.
 */
export function autocorrelation({ changeProduct, changeSquared }: RowStretch): number {
  return changeSquared > 0 ? 1 + (2 * changeProduct) / changeSquared : Number.NaN;
}
