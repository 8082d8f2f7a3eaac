import type { Segment } from '../model/series.js';

/** Points of one segment that are all current, or all overwritten by a later segment. */
export interface SegmentPart {
  readonly segment: number;
  readonly from: number;
  readonly to: number;
  readonly overwritten: boolean;
}

/**
 * The segments of a series, and which of their points a later segment took back: a run that goes on from step 500
 * replaces whatever was logged from step 500 on before.
 */
export class SegmentList {
  readonly segments: Segment[] = [];
  /** Per segment: the index at which its overwritten points begin. */
  private readonly currentEnds: number[] = [];
  /** Segments that still have current points, their steps rising from one to the next. */
  private readonly current: number[] = [];

  /** @param firstAtLeast index of the first point of an earlier segment, `from` to `to`, with at least that step. */
  open(start: number, firstStep: number, firstAtLeast: (from: number, to: number, step: number) => number): void {
    this.closeLast(start);
    this.overwriteFrom(firstStep, firstAtLeast);
    this.current.push(this.segments.length);
    this.segments.push({ start, firstStep });
    this.currentEnds.push(Infinity);
  }

  /** Number of the segment that a point belongs to. */
  segmentOf(index: number): number {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.segments[middle] as Segment).start <= index) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low - 1;
  }

  isOverwritten(index: number): boolean {
    return index >= (this.currentEnds[this.segmentOf(index)] ?? Infinity);
  }

  /** The stretches of a series of that length, in order, empty ones left out. */
  parts(length: number): SegmentPart[] {
    const parts: SegmentPart[] = [];
    this.segments.forEach(({ start }, segment) => {
      const end = this.segments[segment + 1]?.start ?? length;
      const cut = Math.min(this.currentEnds[segment] as number, end);
      parts.push({ segment, from: start, to: cut, overwritten: false });
      parts.push({ segment, from: cut, to: end, overwritten: true });
    });
    return parts.filter(({ from, to }) => from < to);
  }

  private closeLast(end: number): void {
    if (this.currentEnds.length > 0) {
      this.currentEnds[this.currentEnds.length - 1] = end;
    }
  }

  private overwriteFrom(step: number, firstAtLeast: (from: number, to: number, step: number) => number): void {
    for (let last = this.current.at(-1); last !== undefined; last = this.current.at(-1)) {
      const { start, firstStep } = this.segments[last] as Segment;
      if (firstStep < step) {
        this.currentEnds[last] = firstAtLeast(start, this.currentEnds[last] as number, step);
        return;
      }
      this.currentEnds[last] = start;
      this.current.pop();
    }
  }
}
