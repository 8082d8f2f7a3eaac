import { median } from './rise.js';

/** The last few values of a stream; statistics cost something only when they are asked for. */
export class LastValues {
  private readonly ring: number[] = [];
  private next = 0;
  private readonly capacity: number;

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  push(value: number): void {
    this.ring[this.next] = value;
    this.next = (this.next + 1) % this.capacity;
  }

  /** NaN when empty. */
  median(): number {
    return this.ring.length === 0 ? Number.NaN : median(this.ring);
  }

  /** NaN when empty. */
  lowest(): number {
    return this.ring.length === 0 ? Number.NaN : Math.min(...this.ring);
  }
}
