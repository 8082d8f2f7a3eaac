import type { RecordSink } from '../../model/record.js';

/** How many problems of one file are told one by one. */
const MAXIMUM_PROBLEMS = 50;

/** Passes problems on to the sink, but not a million of them when a whole file is damaged. */
export class ProblemLog {
  readonly #sink: RecordSink;
  #count = 0;
  #lastOffset = 0;

  constructor(sink: RecordSink) {
    this.#sink = sink;
  }

  report(offset: number, message: string, remedy?: string): void {
    this.#count++;
    this.#lastOffset = offset;
    if (this.#count <= MAXIMUM_PROBLEMS) {
      this.#sink.problem(remedy === undefined ? { offset, message } : { offset, message, remedy });
    }
  }

  /** Call once, when the file has ended: says how many problems were not told. */
  end(): void {
    const untold = this.#count - MAXIMUM_PROBLEMS;
    if (untold > 0) {
      this.#sink.problem({ offset: this.#lastOffset, message: `and ${untold} more problems up to here` });
      this.#count = 0;
    }
  }
}
