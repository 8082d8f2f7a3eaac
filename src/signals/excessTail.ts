/**
 * The upper tail of sizes that stray, as a power law: its index is Hill's estimate over all sizes so far (Hill 1975, "A
 * simple general approach to inference about the tail of a distribution"). Three numbers of memory.
 */
export class ExcessTail {
  private sizes = 0;
  private sumOfLogarithms = 0;
  private lowest = Infinity;

  /** Sizes so far. */
  get count(): number {
    return this.sizes;
  }

  /** Takes a size above 0 in. */
  push(size: number): void {
    this.sizes++;
    this.sumOfLogarithms += Math.log(size);
    this.lowest = Math.min(this.lowest, size);
  }

  /** The size that the largest of as many as so far exceeds with this probability; NaN before the first. */
  largestExpected(chance: number): number {
    const index = this.sumOfLogarithms / this.sizes - Math.log(this.lowest);
    return this.lowest * (this.sizes / chance) ** index;
  }
}
