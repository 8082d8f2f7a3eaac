import type { JsonValue } from './json.js';
import type { Problem } from './problem.js';

/** What the step of a log counts. `row` means that the log has no step column and its rows were counted. */
export type StepUnit = 'step' | 'epoch' | 'row' | 'sample' | 'token';

/** Kinds of logged things that are counted and listed, but hold no scalars. */
export type SkippedKind = 'histogram' | 'image' | 'audio' | 'text' | 'tensor' | 'graph' | 'table' | 'other';

/** Names a tag within one {@link RecordSink}; small consecutive integers from 0. */
export type TagHandle = number;

export interface TagOptions {
  /** Which process of a distributed run wrote it. Omitted: not known or not distributed. */
  readonly rank?: number;
  /** What this tag's steps count, where it differs from the rest of the log. */
  readonly stepUnit?: StepUnit;
}

/**
 * Where a log reader puts what it reads. Calls come in the order of the file, so that the same bytes give the
 * same calls however they were cut into chunks.
 */
export interface RecordSink {
  /** The handle of a tag; the same name and rank give the same handle. Cheap enough for every record. */
  tag(name: string, options?: TagOptions): TagHandle;
  /**
   * One logged number.
   * @param step as logged (or counted, see {@link stepUnit}); finite.
   * @param value any double; NaN and ±Infinity are data.
   * @param wallTime seconds since 1970-01-01 UTC, NaN where the log does not say.
   */
  scalar(tag: TagHandle, step: number, value: number, wallTime: number): void;
  /** Hyperparameters and settings that the log carries; later values replace earlier ones of the same key. */
  configuration(values: Readonly<Record<string, JsonValue>>): void;
  /** What the steps of the whole log count; 'step' unless said. */
  stepUnit(unit: StepUnit): void;
  /** How many steps the run is going to take, where the log says so ("step 125/6100"). */
  totalSteps(total: number): void;
  /** A logged thing that is not a scalar. */
  skipped(kind: SkippedKind, tag: string): void;
  /** The log itself says that the run has ended. */
  ended(outcome: 'finished' | 'failed', message: string): void;
  problem(problem: Problem): void;
}
