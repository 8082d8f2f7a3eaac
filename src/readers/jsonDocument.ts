import type { RecordSink } from '../model/record.js';
import { fileName, inspectLines, tagOfDownload } from './common/headLines.js';
import { flattenConfiguration } from './json/flatten.js';
import { JsonScanner, type JsonPath } from './json/jsonScanner.js';
import { SeriesBuffer } from './json/seriesBuffer.js';
import type { FileHead, LogFormat, LogReader, Recognition } from './reader.js';
import { looksLikeMetric } from './rows/columnNames.js';
import { isRow, ObjectRows } from './rows/objectRows.js';
import { wallTimeOfNumber } from './rows/wallTime.js';

/** A whole history in one JSON document: a list of rows, or lists of numbers by name. */
export const jsonDocument: LogFormat = {
  id: 'json',
  title: 'JSON history',
  writtenBy: 'Keras histories dumped with json, home-made loggers, series downloaded from TensorBoard',
  recognise,
  open: (path, sink) => new JsonDocumentReader(path, sink),
};

const NAMED_LIST = /"([^"\\]{1,100})"\s*:\s*\[\s*-?(?:\d|NaN|Infinity)/g;
const ROW_LIST = /^\s*(?:\{\s*"[^"]{1,60}"\s*:\s*)?\[\s*\{/;
const DOWNLOAD = /^\s*\[\s*\[\s*1\d{9}(?:\.\d+)?\s*,\s*\d+\s*,/;

function recognise(head: FileHead): Recognition {
  const text = inspectLines(head).lines.join('\n');
  if (DOWNLOAD.test(text)) {
    return { confidence: 0.8, reason: 'a series as TensorBoard downloads it' };
  }
  if (ROW_LIST.test(text)) {
    const keys = [...text.slice(0, 4000).matchAll(/"([^"\\]{1,100})"\s*:\s*-?(?:\d|NaN|Infinity)/g)];
    return keys.some((match) => looksLikeMetric(match[1] ?? ''))
      ? { confidence: 0.6, reason: 'a list of rows with metrics' }
      : { confidence: 0, reason: 'a list of objects without metrics' };
  }
  const lists = /^\s*\{/.test(text) ? [...text.matchAll(NAMED_LIST)] : [];
  return lists.some((match) => looksLikeMetric(match[1] ?? ''))
    ? { confidence: 0.6, reason: 'lists of metrics by name' }
    : { confidence: 0, reason: 'JSON without rows or lists of metrics' };
}

/** Levels that are gone into; what lies deeper belongs to no history. */
const MAXIMUM_LEVELS = 4;

class JsonDocumentReader implements LogReader {
  readonly #sink: RecordSink;
  readonly #rows: ObjectRows;
  readonly #buffer = new SeriesBuffer();
  readonly #scanner: JsonScanner;
  readonly #tagOfFile: string;
  #hasColumns = false;
  #downloadTag = -1;

  constructor(path: string, sink: RecordSink) {
    this.#sink = sink;
    this.#rows = new ObjectRows(sink);
    this.#tagOfFile = tagOfDownload(path) ?? fileName(path).replace(/\.json$/, '');
    this.#scanner = new JsonScanner({
      enter: (at) => this.#enter(at),
      value: (at, value) => this.#value(at, value),
      leave: (at) => this.#leave(at),
    });
  }

  read(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
  }

  end(): void {
    this.#scanner.end();
    this.#finish();
    const error = this.#scanner.error;
    if (error !== undefined) {
      this.#sink.problem({ offset: error.offset, message: `damaged JSON: ${error.message}` });
    }
  }

  /** What stands in a list is a row or a point; everything else is a level on the way to lists. */
  #enter(path: JsonPath): 'descend' | 'collect' | 'skip' {
    if (typeof path[path.length - 1] === 'number') {
      return 'collect';
    }
    return path.length < MAXIMUM_LEVELS ? 'descend' : 'skip';
  }

  #value(path: JsonPath, value: unknown): void {
    const place = path[path.length - 1];
    if (typeof place !== 'number') {
      this.#setting(path, value);
    } else if (isRow(value)) {
      this.#rows.add(value);
    } else if (Array.isArray(value)) {
      this.#downloaded(value);
    } else if (typeof value === 'number') {
      this.#hasColumns = true;
      this.#buffer.add(
        path
          .slice(0, -1)
          .filter((part) => part !== 'history')
          .join('/'),
        place + 1,
        value,
      );
    }
  }

  #setting(path: JsonPath, value: unknown): void {
    if (path.length > 0 && (typeof value !== 'object' || value === null)) {
      this.#sink.configuration(flattenConfiguration({ [path.join('/')]: value }));
    }
  }

  /** `[wall time, step, value]`, as TensorBoard downloads a series. */
  #downloaded(point: readonly unknown[]): void {
    const [time, step, value] = point;
    if (typeof time === 'number' && typeof step === 'number' && typeof value === 'number' && Number.isFinite(step)) {
      if (this.#downloadTag < 0) {
        this.#downloadTag = this.#sink.tag(this.#tagOfFile);
      }
      this.#sink.scalar(this.#downloadTag, step, value, wallTimeOfNumber(time));
    }
  }

  #leave(path: JsonPath): void {
    if (path.length === 0) {
      this.#finish();
    }
  }

  #finish(): void {
    this.#rows.end();
    if (this.#hasColumns) {
      this.#hasColumns = false;
      this.#sink.stepUnit('row');
    }
    this.#buffer.flush(this.#sink);
  }
}
