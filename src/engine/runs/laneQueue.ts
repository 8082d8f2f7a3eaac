import type { JsonValue } from '../../model/json.js';
import type { Problem } from '../../model/problem.js';
import type { RecordSink, SkippedKind, StepUnit, TagHandle, TagOptions } from '../../model/record.js';

/** Marks a call in the queue that is no scalar. */
const OTHER_CALL = -1;

/** A tag that a reader of the lane has named; it reaches its target with its first scalar. */
interface QueuedTag {
  readonly target: RecordSink;
  readonly name: string;
  readonly options: TagOptions | undefined;
  handle: TagHandle | undefined;
}

/**
 * Keeps what the readers of a lane say until the lanes of a run are merged. The target hears of a tag with its first
 * scalar, so that the order in which files happened to be read does not show.
 */
export class LaneQueue {
  private readonly queuedTags: QueuedTag[] = [];
  private tags: number[] = [];
  /** Step, value and wall time of each call, one after the other. */
  private numbers: number[] = [];
  private otherCalls: (() => void)[] = [];
  private delivered = 0;
  private otherDelivered = 0;

  get isEmpty(): boolean {
    return this.delivered === this.tags.length;
  }

  /** Step of the next call; -Infinity when it is no scalar and should not wait. */
  get nextStep(): number {
    return this.tags[this.delivered] === OTHER_CALL ? -Infinity : (this.numbers[this.delivered * 3] as number);
  }

  /** What stands in for the target of one file while that is read. */
  sinkFor(target: RecordSink): RecordSink {
    return new QueueingSink(this, target);
  }

  /** Makes the next call on its target. */
  deliver(): void {
    const tag = this.tags[this.delivered] as number;
    const at = this.delivered * 3;
    this.delivered++;
    if (tag === OTHER_CALL) {
      (this.otherCalls[this.otherDelivered++] as () => void)();
    } else {
      const queued = this.queuedTags[tag] as QueuedTag;
      queued.handle ??= queued.target.tag(queued.name, queued.options);
      const { numbers } = this;
      queued.target.scalar(queued.handle, numbers[at] as number, numbers[at + 1] as number, numbers[at + 2] as number);
    }
    if (this.isEmpty) {
      this.clear();
    }
  }

  addTag(target: RecordSink, name: string, options: TagOptions | undefined): TagHandle {
    return this.queuedTags.push({ target, name, options, handle: undefined }) - 1;
  }

  addScalar(tag: TagHandle, step: number, value: number, wallTime: number): void {
    this.tags.push(tag);
    this.numbers.push(step, value, wallTime);
  }

  addCall(call: () => void): void {
    this.tags.push(OTHER_CALL);
    this.numbers.push(0, 0, 0);
    this.otherCalls.push(call);
  }

  private clear(): void {
    this.tags = [];
    this.numbers = [];
    this.otherCalls = [];
    this.delivered = 0;
    this.otherDelivered = 0;
  }
}

class QueueingSink implements RecordSink {
  private readonly queue: LaneQueue;
  private readonly target: RecordSink;
  private readonly handles = new Map<string, TagHandle>();

  constructor(queue: LaneQueue, target: RecordSink) {
    this.queue = queue;
    this.target = target;
  }

  tag(name: string, options?: TagOptions): TagHandle {
    const key = `${options?.rank ?? ''}\n${options?.stepUnit ?? ''}\n${name}`;
    let handle = this.handles.get(key);
    if (handle === undefined) {
      handle = this.queue.addTag(this.target, name, options);
      this.handles.set(key, handle);
    }
    return handle;
  }

  scalar(tag: TagHandle, step: number, value: number, wallTime: number): void {
    this.queue.addScalar(tag, step, value, wallTime);
  }

  configuration(values: Readonly<Record<string, JsonValue>>): void {
    this.queue.addCall(() => this.target.configuration(values));
  }

  stepUnit(unit: StepUnit): void {
    this.queue.addCall(() => this.target.stepUnit(unit));
  }

  totalSteps(total: number): void {
    this.queue.addCall(() => this.target.totalSteps(total));
  }

  skipped(kind: SkippedKind, tag: string): void {
    this.queue.addCall(() => this.target.skipped(kind, tag));
  }

  ended(outcome: 'finished' | 'failed', message: string): void {
    this.queue.addCall(() => this.target.ended(outcome, message));
  }

  problem(problem: Problem): void {
    this.queue.addCall(() => this.target.problem(problem));
  }
}
