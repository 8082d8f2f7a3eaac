import type { JsonValue } from '../../model/json.js';
import type { Problem } from '../../model/problem.js';
import type { RecordSink, SkippedKind, StepUnit, TagHandle, TagOptions } from '../../model/record.js';

/** Names in which one of these words stands say themselves to which part of the run they belong. */
const PART = /(?:^|[^a-z])(?:train|training|val|valid|validation|eval|evaluation|test|dev)(?:[^a-z]|$)/i;

/** Puts a writer's name before the tags that it shares with other writers of the run. */
export class PrefixingSink implements RecordSink {
  private readonly target: RecordSink;
  private readonly prefix: string;

  constructor(target: RecordSink, prefix: string) {
    this.target = target;
    this.prefix = prefix;
  }

  tag(name: string, options?: TagOptions): TagHandle {
    return this.target.tag(PART.test(name) ? name : this.prefix + name, options);
  }

  scalar(tag: TagHandle, step: number, value: number, wallTime: number): void {
    this.target.scalar(tag, step, value, wallTime);
  }

  configuration(values: Readonly<Record<string, JsonValue>>): void {
    this.target.configuration(values);
  }

  stepUnit(unit: StepUnit): void {
    this.target.stepUnit(unit);
  }

  totalSteps(total: number): void {
    this.target.totalSteps(total);
  }

  skipped(kind: SkippedKind, tag: string): void {
    this.target.skipped(kind, this.prefix + tag);
  }

  ended(outcome: 'finished' | 'failed', message: string): void {
    this.target.ended(outcome, message);
  }

  problem(problem: Problem): void {
    this.target.problem(problem);
  }
}
