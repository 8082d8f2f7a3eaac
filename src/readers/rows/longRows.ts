import type { RecordSink, TagHandle } from '../../model/record.js';
import { NUMBER, type Cells } from './cells.js';
import { plainName, splitPrefix, stepUnitOf } from './columnNames.js';
import { MAXIMUM_TAGS } from './rowEmitter.js';
import type { Shape } from './shape.js';
import { wallTimeOfNumber } from './wallTime.js';

const NAME_COLUMNS = new Set(['metric', 'metric name', 'tag', 'key', 'variable', 'name']);
const VALUE_COLUMNS = new Set(['value', 'metric value']);

/** Rows of one point each, in the long form: a column says the metric's name, another its value. */
export class LongRows {
  /** Index of the column of names. */
  readonly name: number;
  readonly #sink: RecordSink;
  readonly #shape: Shape;
  readonly #value: number;
  readonly #handles = new Map<string, TagHandle>();

  private constructor(sink: RecordSink, shape: Shape, name: number, value: number) {
    this.#sink = sink;
    this.#shape = shape;
    this.name = name;
    this.#value = value;
    const unit = stepUnitOf(shape.columns[shape.step]?.name ?? '');
    if (unit !== 'step') {
      sink.stepUnit(unit);
    }
  }

  /** Undefined where the columns are not those of such a table. */
  static of(sink: RecordSink, shape: Shape): LongRows | undefined {
    const plain = shape.columns.map((column) => plainName(column.name));
    const name = plain.findIndex((column) => NAME_COLUMNS.has(column));
    const value = plain.findIndex((column) => VALUE_COLUMNS.has(column));
    return name >= 0 && value >= 0 && shape.step >= 0 ? new LongRows(sink, shape, name, value) : undefined;
  }

  /** @param split word of the row's part of the data, where a column says it */
  emit(metric: string, split: string, { numbers, states }: Cells): void {
    const { step, wallTime, rank } = this.#shape;
    const at = (index: number): number => (index >= 0 && states[index] === NUMBER ? (numbers[index] as number) : NaN);
    if (states[this.#value] === NUMBER && Number.isFinite(at(step))) {
      const handle = this.#handle(splitPrefix(split) + metric, at(rank));
      if (handle !== undefined) {
        this.#sink.scalar(handle, at(step), numbers[this.#value] as number, wallTimeOfNumber(at(wallTime)));
      }
    }
  }

  #handle(tag: string, rank: number): TagHandle | undefined {
    const key = `${rank} ${tag}`;
    let handle = this.#handles.get(key);
    if (handle === undefined && this.#handles.size < MAXIMUM_TAGS) {
      handle = this.#sink.tag(tag, Number.isInteger(rank) ? { rank } : undefined);
      this.#handles.set(key, handle);
    }
    return handle;
  }
}
