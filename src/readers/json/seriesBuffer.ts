import type { RecordSink, StepUnit } from '../../model/record.js';
import { stepRank, stepUnitOf } from '../rows/columnNames.js';

interface BufferedSeries {
  readonly name: string;
  steps: number[];
  unit: StepUnit | undefined;
  readonly values: number[];
  /** Whether others were placed by it. */
  isUsed?: boolean;
}

/**
 * Points that a document tells series by series. They are handed on step by step, as a log would have told them, so
 * that whoever judges the run sees loss and gradient norm of a step together.
 */
export class SeriesBuffer {
  readonly #series = new Map<string, BufferedSeries>();

  add(name: string, step: number, value: number): void {
    let series = this.#series.get(name);
    if (series === undefined) {
      series = { name, steps: [], unit: undefined, values: [] };
      this.#series.set(name, series);
    }
    series.steps.push(step);
    series.values.push(value);
  }

  /** `{"epoch": [1, 2], "loss": [0.5, 0.4]}`: a list that counts says where the values of lists as long as it stand. */
  placeByCounters(): void {
    const counters = [...this.#series.values()].filter(isCounter).sort(byRank);
    for (const series of this.#series.values()) {
      const counter = counters.find(
        ({ name, values }) => values.length === series.values.length && groupOf(series.name).startsWith(groupOf(name)),
      );
      if (counter !== undefined && !counters.includes(series)) {
        series.steps = [...counter.values];
        series.unit = stepUnitOf(lastOf(counter.name));
        counter.isUsed = true;
      }
    }
    counters.filter(({ isUsed }) => isUsed === true).forEach(({ name }) => this.#series.delete(name));
  }

  /** Emits and forgets everything so far. */
  flush(sink: RecordSink, stepUnit?: StepUnit): void {
    const points = [...this.#series.values()].flatMap(({ name, steps, unit = stepUnit, values }, order) => {
      const tag = sink.tag(name, unit === undefined ? undefined : { stepUnit: unit });
      return steps.map((step, index) => ({ tag, step, value: values[index] as number, order }));
    });
    this.#series.clear();
    points.sort((a, b) => a.step - b.step || a.order - b.order);
    for (const { tag, step, value } of points) {
      sink.scalar(tag, step, value, NaN);
    }
  }
}

/** A list that never falls, under the name of a step or an epoch. */
function isCounter({ name, values }: BufferedSeries): boolean {
  return (
    stepRank(lastOf(name)) !== undefined &&
    values.every((value, index) => Number.isFinite(value) && value >= (values[index - 1] ?? value))
  );
}

function byRank(one: BufferedSeries, other: BufferedSeries): number {
  return (stepRank(lastOf(one.name)) ?? 0) - (stepRank(lastOf(other.name)) ?? 0);
}

function lastOf(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/** What stands before the last part of a path, with its stroke. */
function groupOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/') + 1);
}
