import type { RecordSink } from '../../model/record.js';
import { LineReader, type LineHandler, type LineOptions } from '../text/lines.js';
import { ProblemLog } from './problemLog.js';

/** The lines of a log, and the problems that are met on them. Lines without end are a problem and passed over. */
export class LogLines {
  readonly #lines: LineReader;
  readonly #problems: ProblemLog;

  constructor(sink: RecordSink, handler: Omit<LineHandler, 'overlong'>, options?: LineOptions) {
    this.#problems = new ProblemLog(sink);
    this.#lines = new LineReader(
      { ...handler, overlong: (bytes) => this.report(`${bytes} bytes long, skipped`) },
      options,
    );
  }

  /** Number of the line being handled, from 1. */
  get number(): number {
    return this.#lines.number;
  }

  /** Where the line being handled starts, in bytes. Only valid while it is handled. */
  get offset(): number {
    return this.#lines.offset;
  }

  push(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  /** Tells of a problem on the line being handled, or on an earlier one. */
  report(what: string, number = this.#lines.number, offset = this.#lines.offset): void {
    this.#problems.report(offset, `line ${number}: ${what}`);
  }

  /** Tells of a problem with the whole file. */
  reportFile(what: string): void {
    this.#problems.report(0, what);
  }

  /** The file has ended: hands over a last line without an end, then lets the reader finish. */
  end(finish?: () => void): void {
    this.#lines.end();
    finish?.();
    this.#problems.end();
  }
}
