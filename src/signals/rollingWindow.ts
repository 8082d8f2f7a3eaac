/**
 * The last values of a stream with their order statistics. A push costs O(capacity) moves of a small typed array, which
 * for the windows used here (up to about 100) is cheaper than any tree.
 */
export class RollingWindow {
  private readonly ring: Float64Array;
  private readonly sorted: Float64Array;
  private next = 0;
  private count = 0;
  private readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.ring = new Float64Array(capacity);
    this.sorted = new Float64Array(capacity);
  }

  get length(): number {
    return this.count;
  }

  /** Takes a finite value in; the oldest leaves when the window is full. */
  push(value: number): void {
    if (this.count === this.capacity) {
      this.removeSorted(this.ring[this.next] ?? 0);
      this.count--;
    }
    this.ring[this.next] = value;
    this.next = (this.next + 1) % this.capacity;
    this.insertSorted(value);
    this.count++;
  }

  clear(): void {
    this.next = 0;
    this.count = 0;
  }

  /** Linear interpolation between order statistics; NaN when empty. `fraction` from 0 to 1. */
  quantile(fraction: number): number {
    if (this.count === 0) {
      return Number.NaN;
    }
    const position = fraction * (this.count - 1);
    const low = Math.floor(position);
    const below = this.sorted[low] ?? 0;
    const above = this.sorted[Math.min(low + 1, this.count - 1)] ?? 0;
    return below + (above - below) * (position - low);
  }

  median(): number {
    return this.count % 2 === 1 ? (this.sorted[this.count >> 1] ?? 0) : this.quantile(0.5);
  }

  /** Median of the absolute deviations from `centre`, in O(n): the deviations on both sides are already in order. */
  medianDeviation(centre: number): number {
    let right = this.lowerBound(centre);
    let left = right - 1;
    const half = (this.count - 1) / 2;
    const lower = Math.floor(half);
    const upper = Math.ceil(half);
    let sum = 0;
    for (let rank = 0; rank <= upper; rank++) {
      const toLeft = left >= 0 ? centre - (this.sorted[left] ?? 0) : Infinity;
      const toRight = right < this.count ? (this.sorted[right] ?? 0) - centre : Infinity;
      const deviation = Math.min(toLeft, toRight);
      if (toLeft <= toRight) {
        left--;
      } else {
        right++;
      }
      if (rank === lower) {
        sum += deviation;
      }
      if (rank === upper) {
        sum += deviation;
      }
    }
    return sum / 2;
  }

  private lowerBound(value: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.sorted[middle] ?? 0) < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private insertSorted(value: number): void {
    const at = this.lowerBound(value);
    const { sorted } = this;
    for (let index = this.count; index > at; index--) {
      sorted[index] = sorted[index - 1] ?? 0;
    }
    sorted[at] = value;
  }

  private removeSorted(value: number): void {
    const at = this.lowerBound(value);
    const { sorted } = this;
    for (let index = at + 1; index < this.count; index++) {
      sorted[index - 1] = sorted[index] ?? 0;
    }
  }
}

/** Turns a median absolute deviation into the standard deviation of a normal distribution: 1 / Φ⁻¹(3/4). */
export const DEVIATION_TO_SIGMA = 1.4826;
