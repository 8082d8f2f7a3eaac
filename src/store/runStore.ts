import type { Envelope } from '../model/envelope.js';
import type { StepUnit, TagHandle, TagOptions } from '../model/record.js';
import { buildEnvelope } from './envelope.js';
import type { EnvelopeRequest } from './envelope.js';
import { StoredSeries } from './storedSeries.js';
import type { AppendedPoint, StoredBytes } from './storedSeries.js';

/** All series of one run, in the order in which their tags were first named. */
export class RunStore {
  private readonly stored: StoredSeries[] = [];
  /** Rank, then tag. */
  private readonly handles = new Map<number | undefined, Map<string, TagHandle>>();
  private earliestWallTime = Infinity;
  private pointCount = 0;

  get series(): readonly StoredSeries[] {
    return this.stored;
  }

  /** Points of all series. */
  get points(): number {
    return this.pointCount;
  }

  /** Earliest wall time of any point, where relative time begins; NaN when none was logged. */
  get firstWallTime(): number {
    return this.earliestWallTime === Infinity ? NaN : this.earliestWallTime;
  }

  get bytes(): StoredBytes {
    return this.stored.reduce(
      (sum, { bytes }) => ({ sealed: sum.sealed + bytes.sealed, tail: sum.tail + bytes.tail }),
      { sealed: 0, tail: 0 },
    );
  }

  /** Index into {@link series}; the same name and rank give the same one. */
  tag(name: string, options: TagOptions = {}): TagHandle {
    let ofRank = this.handles.get(options.rank);
    if (!ofRank) {
      ofRank = new Map();
      this.handles.set(options.rank, ofRank);
    }
    let handle = ofRank.get(name);
    if (handle === undefined) {
      handle = this.stored.push(new StoredSeries(name, options.rank, options.stepUnit ?? 'step')) - 1;
      ofRank.set(name, handle);
    } else if (options.stepUnit) {
      this.setStepUnit(handle, options.stepUnit);
    }
    return handle;
  }

  /** The handle of a tag that was named before. */
  find(name: string, rank?: number): TagHandle | undefined {
    return this.handles.get(rank)?.get(name);
  }

  setStepUnit(handle: TagHandle, unit: StepUnit): void {
    this.at(handle).stepUnit = unit;
  }

  /**
   * @param step finite.
   * @param wallTime seconds since the epoch, NaN where not logged.
   */
  append(handle: TagHandle, step: number, value: number, wallTime: number): AppendedPoint {
    if (wallTime < this.earliestWallTime) {
      this.earliestWallTime = wallTime;
    }
    this.pointCount++;
    return this.at(handle).append(step, value, wallTime);
  }

  /** The drawable form of a series or of a stretch of it. */
  envelope(handle: TagHandle, request: EnvelopeRequest): Envelope {
    return buildEnvelope(this.at(handle), request, this.firstWallTime);
  }

  private at(handle: TagHandle): StoredSeries {
    const series = this.stored[handle];
    if (!series) {
      throw new RangeError(`no series with the handle ${handle}`);
    }
    return series;
  }
}
