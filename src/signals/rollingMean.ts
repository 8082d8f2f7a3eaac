/** Mean of the last values of a stream. */
export class RollingMean {
  private readonly ring: Float64Array;
  private next = 0;
  private count = 0;
  private sum = 0;

  constructor(capacity: number) {
    this.ring = new Float64Array(capacity);
  }

  /** Whether as many values as it holds have come. */
  get full(): boolean {
    return this.count === this.ring.length;
  }

  /** NaN when empty. */
  get mean(): number {
    return this.sum / this.count;
  }

  /** Takes a finite value in; the oldest leaves when it is full. */
  push(value: number): void {
    this.sum += value - (this.full ? (this.ring[this.next] ?? 0) : 0);
    this.count = Math.min(this.count + 1, this.ring.length);
    this.ring[this.next] = value;
    this.next = (this.next + 1) % this.ring.length;
  }
}
