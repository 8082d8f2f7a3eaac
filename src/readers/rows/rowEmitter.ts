import type { RecordSink, TagHandle } from '../../model/record.js';
import { NUMBER, type Cells } from './cells.js';
import { splitPrefix, stepUnitOf } from './columnNames.js';
import { DisguisedNaN } from './disguisedNaN.js';
import { shapeOf, type Column, type Shape } from './shape.js';
import { StepCounter } from './stepCounter.js';
import { wallTimeOfNumber } from './wallTime.js';

/** More tags than any logger allows; a file with more is damaged or no log. */
export const MAXIMUM_TAGS = 100_000;

/** Rows of named numbers to scalars: which column is the step, when the row was written, what an empty cell means. */
export class RowEmitter {
  readonly #sink: RecordSink;
  readonly #columns = new Map<string, Column>();
  readonly #variants = new Map<string, number>();
  readonly #counter = new StepCounter();
  readonly #disguised: DisguisedNaN;
  #stepName: string | undefined;
  #settled = false;
  #total = NaN;
  #variantPrefix = '';
  #variantRank = -1;
  #variant = 0;

  /** @param emptyMayBeNaN see {@link DisguisedNaN} */
  constructor(sink: RecordSink, emptyMayBeNaN = true) {
    this.#sink = sink;
    this.#disguised = new DisguisedNaN(emptyMayBeNaN);
    this.#variants.set('-1 ', 0);
  }

  /** The shape of rows with these columns. Undefined when the log has more distinct names than any logger allows. */
  shape(names: readonly string[], split = -1): Shape | undefined {
    const columns: Column[] = [];
    for (const name of names) {
      const column = this.#column(name);
      if (column === undefined) {
        return undefined;
      }
      columns.push(column);
    }
    return shapeOf(columns, this.#stepName, split);
  }

  #column(name: string): Column | undefined {
    let column = this.#columns.get(name);
    if (column === undefined && this.#columns.size < MAXIMUM_TAGS) {
      column = { name, handles: [], filled: 0, present: 0 };
      this.#columns.set(name, column);
    }
    return column;
  }

  /** Emits one row. `split` is the word in the shape's split column; `wallTime` is used when no column tells it. */
  emit(shape: Shape, cells: Cells, split = '', wallTime = NaN): void {
    this.#settle(shape);
    const { numbers, states } = cells;
    const time = this.#wallTime(shape, cells, wallTime);
    const timeIndex = time === time && shape.wallTime >= 0 ? shape.wallTime : -1;
    const step = this.#counter.next(
      shape.step >= 0 && states[shape.step] === NUMBER ? (numbers[shape.step] ?? NaN) : NaN,
      shape.epoch >= 0 && states[shape.epoch] === NUMBER ? (numbers[shape.epoch] ?? NaN) : NaN,
    );
    this.#tellTotal(shape, cells);
    this.#disguised.inspect(shape, cells, timeIndex, step);
    const variant = this.#variantOf(shape, cells, split);
    for (const index of shape.metrics) {
      if (states[index] === NUMBER && index !== timeIndex) {
        const column = shape.columns[index] as Column;
        const handle = column.handles[variant] ?? this.#open(column, variant);
        this.#sink.scalar(handle, step, numbers[index] as number, time);
      }
    }
  }

  #settle(shape: Shape): void {
    if (this.#settled && (this.#stepName !== undefined || shape.step < 0)) {
      return;
    }
    const name = shape.columns[shape.step]?.name;
    if (name !== undefined) {
      this.#stepName = name;
      const unit = stepUnitOf(name);
      if (unit !== 'step' || this.#settled) {
        this.#sink.stepUnit(unit);
      }
    } else {
      this.#sink.stepUnit('row');
    }
    this.#settled = true;
  }

  #wallTime(shape: Shape, { numbers, states }: Cells, fallback: number): number {
    const index = shape.wallTime;
    if (index < 0 || states[index] !== NUMBER) {
      return fallback;
    }
    const time = wallTimeOfNumber(numbers[index] as number);
    return time === time ? time : fallback;
  }

  #tellTotal(shape: Shape, { numbers, states }: Cells): void {
    const index = shape.total;
    if (index < 0 || states[index] !== NUMBER) {
      return;
    }
    const total = numbers[index] as number;
    if (total !== this.#total && Number.isFinite(total) && total > 0) {
      this.#total = total;
      this.#sink.totalSteps(total);
    }
  }

  #variantOf(shape: Shape, { numbers, states }: Cells, split: string): number {
    const rank = shape.rank >= 0 && states[shape.rank] === NUMBER ? rankOf(numbers[shape.rank] as number) : -1;
    const prefix = split === '' ? '' : splitPrefix(split);
    if (rank === this.#variantRank && prefix === this.#variantPrefix) {
      return this.#variant;
    }
    const key = `${rank} ${prefix}`;
    const variant = this.#variants.get(key) ?? this.#variants.size;
    this.#variants.set(key, variant);
    this.#variantRank = rank;
    this.#variantPrefix = prefix;
    this.#variant = variant;
    return variant;
  }

  #open(column: Column, variant: number): TagHandle {
    const name = column.name.startsWith(this.#variantPrefix) ? column.name : this.#variantPrefix + column.name;
    const handle = this.#sink.tag(name, this.#variantRank < 0 ? undefined : { rank: this.#variantRank });
    column.handles[variant] = handle;
    return handle;
  }
}

function rankOf(value: number): number {
  return Number.isInteger(value) && value >= 0 && value < MAXIMUM_TAGS ? value : -1;
}
