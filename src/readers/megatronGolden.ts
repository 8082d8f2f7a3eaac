import type { RecordSink } from '../model/record.js';
import { inspectLines } from './common/headLines.js';
import { JsonScanner, type JsonPath } from './json/jsonScanner.js';
import { SeriesBuffer } from './json/seriesBuffer.js';
import type { FileHead, LogFormat, LogReader, Recognition } from './reader.js';
import { parseNumber } from './text/numbers.js';

/** The values that Megatron-LM's functional tests hold a run against: metric by metric, by step. */
export const megatronGolden: LogFormat = {
  id: 'megatron-golden',
  title: 'Megatron-LM golden values',
  writtenBy: "Megatron-LM's functional tests (golden_values_*.json)",
  recognise,
  open: (_path, sink) => new MegatronGoldenReader(sink),
};

const SHAPE = /^\s*\{\s*"[^"]{1,200}":\s*\{\s*"(?:start_step|end_step|step_interval)":/;

function recognise(head: FileHead): Recognition {
  return SHAPE.test(inspectLines(head).lines.slice(0, 4).join('\n'))
    ? { confidence: 0.95, reason: 'metrics with a start step, an interval and values' }
    : { confidence: 0, reason: 'no metric with a start step and an interval' };
}

class MegatronGoldenReader implements LogReader {
  readonly #sink: RecordSink;
  readonly #scanner: JsonScanner;
  readonly #buffer = new SeriesBuffer();
  #start = 0;
  #interval = 1;

  constructor(sink: RecordSink) {
    this.#sink = sink;
    this.#scanner = new JsonScanner({
      enter: (path) => (path.length < 3 ? 'descend' : 'skip'),
      value: (path, value) => this.#value(path, value),
      leave: (path) => this.#leave(path),
    });
  }

  read(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
  }

  end(): void {
    this.#scanner.end();
    this.#buffer.flush(this.#sink);
    const error = this.#scanner.error;
    if (error !== undefined) {
      this.#sink.problem({ offset: error.offset, message: `damaged golden values: ${error.message}` });
    }
  }

  #value(path: JsonPath, value: unknown): void {
    const [name, key, place] = path;
    if (path.length === 2 && typeof value === 'number') {
      this.#start = key === 'start_step' ? value : this.#start;
      this.#interval = key === 'step_interval' ? value : this.#interval;
    } else if (path.length === 3 && key === 'values') {
      this.#point(String(name), place ?? 0, value);
    }
  }

  /** The text "nan" stands for a step that the run never reached; a number that is not finite is written bare. */
  #point(name: string, place: string | number, value: unknown): void {
    const number = typeof value === 'string' ? parseNumber(value) : value;
    const step = typeof place === 'number' ? this.#start + place * this.#interval : Number(place);
    const isReached = typeof value !== 'string' || !Number.isNaN(number);
    if (typeof number === 'number' && isReached && Number.isFinite(step)) {
      this.#buffer.add(name, step, number);
    }
  }

  #leave(path: JsonPath): void {
    if (path.length === 1) {
      this.#start = 0;
      this.#interval = 1;
    } else if (path.length === 0) {
      this.#buffer.flush(this.#sink);
    }
  }
}
