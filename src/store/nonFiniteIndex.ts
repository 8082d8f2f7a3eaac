import { GrowingUint32 } from './growingUint32.js';

/** Where the NaN and ±Infinity of an append-only column are, as stretches: counting and finding take O(log n). */
export class NonFiniteIndex {
  private readonly starts = new GrowingUint32();
  /** Non-finite points before each stretch. */
  private readonly countBefore = new GrowingUint32();
  private end = 0;
  private count = 0;

  get total(): number {
    return this.count;
  }

  get byteLength(): number {
    return this.starts.byteLength + this.countBefore.byteLength;
  }

  /** Notes that the point at an index, higher than all before, is not finite. */
  append(index: number): void {
    if (index !== this.end || this.count === 0) {
      this.starts.push(index);
      this.countBefore.push(this.count);
    }
    this.end = index + 1;
    this.count++;
  }

  /** Number of non-finite points before an index. */
  before(index: number): number {
    const stretch = lastAtMost(this.starts, index);
    if (stretch < 0) {
      return 0;
    }
    const counted = this.countBefore.at(stretch);
    return counted + Math.min(index - this.starts.at(stretch), this.endOfCount(stretch) - counted);
  }

  /** Index of the non-finite point with this ordinal, from 0 and below {@link total}. */
  at(ordinal: number): number {
    const stretch = lastAtMost(this.countBefore, ordinal);
    return this.starts.at(stretch) + ordinal - this.countBefore.at(stretch);
  }

  private endOfCount(stretch: number): number {
    return stretch + 1 < this.countBefore.length ? this.countBefore.at(stretch + 1) : this.count;
  }
}

/** Place of the last item that is at most the bound in a rising list, -1 when there is none. */
function lastAtMost(rising: GrowingUint32, bound: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rising.at(middle) <= bound) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low - 1;
}
