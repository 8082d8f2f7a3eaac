import type { StepUnit } from '../model/record.js';
import type { Segment, Series } from '../model/series.js';
import { ExtremePyramid } from './extremePyramid.js';
import type { Extremes } from './extremePyramid.js';
import { NonFiniteIndex } from './nonFiniteIndex.js';
import { packColumn } from './packedColumn.js';
import type { PackedColumn } from './packedColumn.js';
import { SegmentList } from './segmentList.js';
import type { SegmentPart } from './segmentList.js';

/** Points in a sealed block. */
export const BLOCK_POINTS = 4096;
const BLOCK_SHIFT = 12;
const BLOCK_MASK = BLOCK_POINTS - 1;
const FIRST_TAIL_POINTS = 16;
/** Room for the points after a block: what every series keeps of a whole block's room adds up over hundreds of tags. */
const NEXT_TAIL_POINTS = 2048;

interface Block {
  readonly steps: PackedColumn;
  readonly values: PackedColumn;
  /** Null where the log gave no times. */
  readonly wallTimes: PackedColumn | null;
}

/** Where a point went. */
export interface AppendedPoint {
  readonly index: number;
  readonly segment: number;
}

/** Bytes of the arrays behind a series. */
export interface StoredBytes {
  /** Packed blocks and the indices over them. */
  readonly sealed: number;
  /** Arrays of the newest points, at most {@link BLOCK_POINTS} of them. */
  readonly tail: number;
}

/**
 * A series as it grows: full blocks are packed without loss, the newest points lie in plain arrays. Appending is
 * O(1) amortised. A step of -0 is kept as 0; everything else comes back as the double that was appended.
 */
export class StoredSeries implements Series {
  readonly tag: string;
  readonly rank: number | undefined;
  stepUnit: StepUnit;
  private readonly blocks: Block[] = [];
  private readonly segmentList = new SegmentList();
  private readonly pyramid = new ExtremePyramid();
  private readonly nonFiniteIndex = new NonFiniteIndex();
  private tailSteps = new Float64Array(FIRST_TAIL_POINTS);
  private tailValues = new Float64Array(FIRST_TAIL_POINTS);
  private tailWallTimes: Float64Array<ArrayBuffer> | null = null;
  private tailLength = 0;
  private newestStep = -Infinity;

  constructor(tag: string, rank: number | undefined, stepUnit: StepUnit) {
    this.tag = tag;
    this.rank = rank;
    this.stepUnit = stepUnit;
  }

  get length(): number {
    return this.blocks.length * BLOCK_POINTS + this.tailLength;
  }

  get nonFinite(): number {
    return this.nonFiniteIndex.total;
  }

  get segments(): readonly Segment[] {
    return this.segmentList.segments;
  }

  get bytes(): StoredBytes {
    let sealed = this.pyramid.byteLength + this.nonFiniteIndex.byteLength;
    for (const { steps, values, wallTimes } of this.blocks) {
      sealed += steps.byteLength + values.byteLength + (wallTimes?.byteLength ?? 0);
    }
    const tail = this.tailSteps.byteLength + this.tailValues.byteLength + (this.tailWallTimes?.byteLength ?? 0);
    return { sealed, tail };
  }

  /**
   * @param step finite.
   * @param wallTime seconds since the epoch, NaN where not logged.
   */
  append(step: number, value: number, wallTime: number): AppendedPoint {
    const index = this.length;
    if (step < this.newestStep || index === 0) {
      this.segmentList.open(index, step, (from, to, bound) => this.firstAtLeast(from, to, bound));
    }
    this.newestStep = step;
    this.appendToTail(step + 0, value, wallTime);
    this.pyramid.append(value);
    if (!Number.isFinite(value)) {
      this.nonFiniteIndex.append(index);
    }
    if (this.tailLength === BLOCK_POINTS) {
      this.sealTail();
    }
    return { index, segment: this.segments.length - 1 };
  }

  stepAt(index: number): number {
    const block = this.blocks[index >> BLOCK_SHIFT];
    return block ? block.steps.at(index & BLOCK_MASK) : (this.tailSteps[index & BLOCK_MASK] as number);
  }

  valueAt(index: number): number {
    const block = this.blocks[index >> BLOCK_SHIFT];
    return block ? block.values.at(index & BLOCK_MASK) : (this.tailValues[index & BLOCK_MASK] as number);
  }

  wallTimeAt(index: number): number {
    const block = this.blocks[index >> BLOCK_SHIFT];
    const times = block ? block.wallTimes : this.tailWallTimes;
    if (!times) {
      return NaN;
    }
    return times instanceof Float64Array ? (times[index & BLOCK_MASK] as number) : times.at(index & BLOCK_MASK);
  }

  /** Number of the segment that a point belongs to. */
  segmentOf(index: number): number {
    return this.segmentList.segmentOf(index);
  }

  /** Whether a later segment took this point's step back. */
  isOverwritten(index: number): boolean {
    return this.segmentList.isOverwritten(index);
  }

  /** The series in stretches that are of one segment and all current or all overwritten, in order. */
  parts(): SegmentPart[] {
    return this.segmentList.parts(this.length);
  }

  /** Where the extremes of the finite values from one index up to another are. O(log n). */
  extremes(from: number, to: number): Extremes | undefined {
    return this.pyramid.extremes(from, to, (index) => this.valueAt(index));
  }

  /** Number of non-finite values before an index. */
  nonFiniteBefore(index: number): number {
    return this.nonFiniteIndex.before(index);
  }

  /** Index of the non-finite value with this ordinal, from 0 and below {@link nonFinite}. */
  nonFiniteAt(ordinal: number): number {
    return this.nonFiniteIndex.at(ordinal);
  }

  private firstAtLeast(from: number, to: number, step: number): number {
    return lowerBound(from, to, (index) => this.stepAt(index) >= step);
  }

  private appendToTail(step: number, value: number, wallTime: number): void {
    if (this.tailLength === this.tailSteps.length) {
      this.growTail();
    }
    if (!Number.isNaN(wallTime)) {
      this.tailWallTimes ??= new Float64Array(this.tailSteps.length).fill(NaN);
    }
    this.tailSteps[this.tailLength] = step;
    this.tailValues[this.tailLength] = value;
    if (this.tailWallTimes) {
      this.tailWallTimes[this.tailLength] = wallTime;
    }
    this.tailLength++;
  }

  private growTail(): void {
    this.tailSteps = doubled(this.tailSteps);
    this.tailValues = doubled(this.tailValues);
    this.tailWallTimes &&= doubled(this.tailWallTimes);
  }

  private sealTail(): void {
    this.blocks.push({
      steps: packColumn(this.tailSteps),
      values: packColumn(this.tailValues),
      wallTimes: this.tailWallTimes && packColumn(this.tailWallTimes),
    });
    this.tailSteps = new Float64Array(NEXT_TAIL_POINTS);
    this.tailValues = new Float64Array(NEXT_TAIL_POINTS);
    this.tailWallTimes = null;
    this.tailLength = 0;
  }
}

/** The first index in a range for which a condition holds that, once true, stays true; `to` when it never does. */
export function lowerBound(from: number, to: number, holds: (index: number) => boolean): number {
  let low = from;
  let high = to;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

function doubled(array: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(array.length * 2);
  larger.set(array);
  return larger;
}
