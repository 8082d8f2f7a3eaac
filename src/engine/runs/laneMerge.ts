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
    for (let next = this.lowest(atEnd); next >= 0; next = this.lowest(atEnd)) {
      const { queue } = this.lanes[next] as QueuedLane;
      this.notice(next, queue.nextStep, settled);
      queue.deliver();
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
