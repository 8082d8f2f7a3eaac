import type { RecordSink, StepUnit } from '../../model/record.js';

interface BufferedSeries {
  readonly name: string;
  readonly steps: number[];
  readonly values: number[];
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
      series = { name, steps: [], values: [] };
      this.#series.set(name, series);
    }
    series.steps.push(step);
    series.values.push(value);
  }

  /** Emits and forgets everything so far. */
  flush(sink: RecordSink, stepUnit?: StepUnit): void {
    const points = [...this.#series.values()].flatMap(({ name, steps, values }, order) => {
      const tag = sink.tag(name, stepUnit === undefined ? undefined : { stepUnit });
      return steps.map((step, index) => ({ tag, step, value: values[index] as number, order }));
    });
    this.#series.clear();
    points.sort((a, b) => a.step - b.step || a.order - b.order);
    for (const { tag, step, value } of points) {
      sink.scalar(tag, step, value, NaN);
    }
  }
}
