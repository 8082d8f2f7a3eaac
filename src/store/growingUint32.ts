/** A typed array that grows at its end; unsigned 32-bit integers. */
export class GrowingUint32 {
  private items = new Uint32Array(8);
  private used = 0;

  get length(): number {
    return this.used;
  }

  get byteLength(): number {
    return this.items.byteLength;
  }

  push(item: number): void {
    if (this.used === this.items.length) {
      const larger = new Uint32Array(this.used * 2);
      larger.set(this.items);
      this.items = larger;
    }
    this.items[this.used] = item;
    this.used++;
  }

  /** The item at an index below {@link length}. */
  at(index: number): number {
    return this.items[index] as number;
  }
}
