import type { Signal } from '../model/signal.js';
import { longestFlatStretch } from './flatStretch.js';
import type { FlatStretch } from './flatStretch.js';
import { LevelHistory } from './levelHistory.js';
import type { Level } from './levelHistory.js';
import { riseOf } from './rise.js';
import type { Rise } from './rise.js';

/**
 * The levels of one loss series. A restart (the step went back) begins anew, unless the run merely went on from a
 * checkpoint: then its loss continues near where it was, and so does the history.
 */
export class LossLevels {
  readonly signal: Signal;
  private readonly history: LevelHistory;
  private readonly medianOf: number;
  private segment = 0;
  private sinceRestart: { step: number; value: number }[] | undefined;
  private lowest = Infinity;
  private first = Number.NaN;
  private total = 0;
  private readonly lastValues: number[] = [];
  /** What was worked out of the levels since they last changed. */
  private worked: { rise?: Rise | undefined; readonly flat: Map<number, FlatStretch | undefined> } | undefined;

  constructor(signal: Signal, medianOf: number) {
    this.signal = signal;
    this.medianOf = medianOf;
    this.history = new LevelHistory(256, medianOf);
  }

  /** How the loss stands against its best; undefined for fewer than four levels. */
  get rise(): Rise | undefined {
    const worked = this.workedOut();
    if (!('rise' in worked)) {
      worked.rise = riseOf(this.history.levels, this.medianOf);
    }
    return worked.rise;
  }

  /** The longest stretch over which the loss stayed within a tolerance, relative to itself. */
  longestFlatStretch(tolerance: number): FlatStretch | undefined {
    const { flat } = this.workedOut();
    if (!flat.has(tolerance)) {
      flat.set(tolerance, longestFlatStretch(this.history.levels, tolerance));
    }
    return flat.get(tolerance);
  }

  /** The same for what followed a step alone. */
  riseSince(step: number): Rise | undefined {
    return riseOf(
      this.history.levels.filter(({ fromStep }) => fromStep >= step),
      this.medianOf,
    );
  }

  get levels(): readonly Level[] {
    return this.history.levels;
  }

  /** Points of the run that is judged now. */
  get points(): number {
    return this.total;
  }

  /** The newest values, latest last. */
  get newest(): readonly number[] {
    return this.lastValues;
  }

  /** First value after the last fresh start. */
  get firstValue(): number {
    return this.first;
  }

  /** Every value so far was above zero. */
  get positive(): boolean {
    return this.lowest > 0;
  }

  push(sample: { readonly step: number; readonly value: number; readonly segment: number }): void {
    if (sample.segment !== this.segment) {
      this.segment = sample.segment;
      this.sinceRestart = [];
    }
    this.worked = undefined;
    if (!Number.isFinite(sample.value)) {
      return;
    }
    if (this.sinceRestart === undefined) {
      this.take(sample.step, sample.value);
      return;
    }
    this.sinceRestart.push({ step: sample.step, value: sample.value });
    if (this.sinceRestart.length === RESTART_POINTS) {
      this.settleRestart(this.sinceRestart);
    }
  }

  private workedOut(): NonNullable<LossLevels['worked']> {
    this.worked ??= { flat: new Map() };
    return this.worked;
  }

  private settleRestart(points: readonly { step: number; value: number }[]): void {
    this.sinceRestart = undefined;
    const values = points.map(({ value }) => value).toSorted((left, right) => left - right);
    const level = values[values.length >> 1] ?? 0;
    const before = this.history.levels.at(-1)?.level ?? Number.NaN;
    if (!(Math.abs(level - before) <= SAME_LEVEL * Math.abs(before))) {
      this.history.clear();
      this.total = 0;
      this.lowest = Infinity;
    }
    for (const { step, value } of points) {
      this.take(step, value);
    }
  }

  private take(step: number, value: number): void {
    if (this.total === 0) {
      this.first = value;
    }
    this.total++;
    this.lastValues.push(value);
    if (this.lastValues.length > NEWEST_VALUES) {
      this.lastValues.shift();
    }
    this.lowest = Math.min(this.lowest, value);
    this.history.push(step, value);
  }
}

/** How many of the newest values are kept. */
const NEWEST_VALUES = 3;
/** Points after a restart that tell whether it went on or began anew. */
const RESTART_POINTS = 3;
/** A resumed run stays this near to the level before. */
const SAME_LEVEL = 0.15;
