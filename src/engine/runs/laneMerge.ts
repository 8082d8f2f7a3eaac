import type { Lane, LaneProgress } from './lane.js';
import type { LaneQueue } from './laneQueue.js';

export interface QueuedLane {
  readonly lane: Lane;
  readonly queue: LaneQueue;
}

/** Delivers what lanes hold in the order of steps; on a tie the earlier lane comes first. */
export class LaneMerge {
  private readonly lanes: readonly QueuedLane[];
  private highestStep = -Infinity;
  private highestLane = -1;
  private disordered = false;

  constructor(lanes: readonly QueuedLane[]) {
    this.lanes = lanes;
  }

  /** Whether something was delivered after what should have come later: its lane grew later than the others. */
  get isDisordered(): boolean {
    return this.disordered;
  }

  /**
   * Reads and delivers until every lane has nothing more. A lane that has nothing more for now holds up no other.
   * @returns 'replaced' as soon as a lane says so; 'more' when anything was read.
   */
  async drain(onPiece: () => void, signal: AbortSignal): Promise<LaneProgress> {
    const settled = { step: this.highestStep, lane: this.highestLane };
    const atEnd = new Set<QueuedLane>();
    let outcome: LaneProgress = 'end';
    while (atEnd.size < this.lanes.length) {
      for (const queued of this.lanes) {
        while (queued.queue.isEmpty && !atEnd.has(queued)) {
          signal.throwIfAborted();
          const progress = await queued.lane.advance();
          if (progress === 'replaced') {
            return progress;
          }
          if (progress === 'end') {
            atEnd.add(queued);
          } else {
            outcome = progress;
          }
        }
      }
      this.deliver(atEnd, settled);
      onPiece();
    }
    return outcome;
  }

  /** Delivers all that is queued. */
  flush(): void {
    this.deliver(new Set(this.lanes), { step: this.highestStep, lane: this.highestLane });
  }

  /** Goes on until a lane that may have more to say has been emptied. */
  private deliver(atEnd: ReadonlySet<QueuedLane>, settled: { step: number; lane: number }): void {
    for (let first = this.lowest(atEnd); first >= 0; first = this.lowest(atEnd)) {
      this.deliverStep(first, atEnd, settled);
    }
  }

  /**
   * Delivers the step of a lane from it and from those behind it, whose turn comes next: a run may have hundreds of
   * lanes, of which finding the lowest for each call would take longer than reading them.
   */
  private deliverStep(first: number, atEnd: ReadonlySet<QueuedLane>, settled: { step: number; lane: number }): void {
    const step = (this.lanes[first] as QueuedLane).queue.nextStep;
    for (let index = first; index < this.lanes.length; index++) {
      const queued = this.lanes[index] as QueuedLane;
      const { queue } = queued;
      while (!queue.isEmpty && queue.nextStep <= step) {
        this.notice(index, queue.nextStep, settled);
        queue.deliver();
      }
      if (queue.isEmpty && !atEnd.has(queued)) {
        return; // What it says next may come before what those behind it say.
      }
    }
  }

  /** Index of the lane whose next call comes first; -1 when it can't be told or there is none. */
  private lowest(atEnd: ReadonlySet<QueuedLane>): number {
    let lowest = -1;
    let lowestStep = Infinity;
    for (let index = 0; index < this.lanes.length; index++) {
      const queued = this.lanes[index] as QueuedLane;
      if (queued.queue.isEmpty) {
        if (!atEnd.has(queued)) {
          return -1;
        }
      } else if (lowest < 0 || queued.queue.nextStep < lowestStep) {
        lowest = index;
        lowestStep = queued.queue.nextStep;
      }
    }
    return lowest;
  }

  private notice(lane: number, step: number, settled: { step: number; lane: number }): void {
    if (step === -Infinity) {
      return;
    }
    this.disordered ||= step < settled.step || (step === settled.step && lane < settled.lane);
    if (step >= this.highestStep) {
      this.highestStep = step;
      this.highestLane = lane;
    }
  }
}
