import type { RecordSink } from '../model/record.js';
import { fileName, inspectLines, tagOfDownload } from './common/headLines.js';
import { flattenConfiguration } from './json/flatten.js';
import { JsonScanner, type JsonPath } from './json/jsonScanner.js';
import { SeriesBuffer } from './json/seriesBuffer.js';
import type { FileHead, LogFormat, LogReader, Recognition } from './reader.js';
import { isRate, looksLikeMetric } from './rows/columnNames.js';
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

/** Keys stand in double quotes in JSON and in single ones where Python has printed a dictionary. */
const NAMED_LIST = /["']([^"'\\]{1,100})["']\s*:\s*\[\s*(?:np\.float\d+\()?-?(?:\d|NaN|nan|Infinity)/g;
const NAMED_NUMBER = /["']([^"'\\]{1,100})["']\s*:\s*-?(?:\d|NaN|nan|Infinity)/g;
const ROW_LIST = /^\s*(?:\{\s*["'][^"']{1,60}["']\s*:\s*)?\[\s*\{/;
/** `{"loss": {"0": 0.5, "1": 0.4}}`, as pandas writes a table. */
const INDEXED = /["']([^"'\\]{1,100})["']\s*:\s*\{\s*["']0["']\s*:\s*-?(?:\d|NaN|null)/g;
/** `{"1": {"loss": 0.5}, "2": {"loss": 0.4}}` or `{"epoch_1": …`. */
const KEYED = /^\s*\{\s*["'](?:(?:epoch|step|iter(?:ation)?)[ _-]?)?\d+["']\s*:\s*\{/i;
const DOWNLOAD = /^\s*\[\s*\[\s*1\d{9}(?:\.\d+)?\s*,\s*\d+\s*,/;

function recognise(head: FileHead): Recognition {
  const text = inspectLines(head).lines.join('\n');
  if (DOWNLOAD.test(text)) {
    return { confidence: 0.8, reason: 'a series as TensorBoard downloads it' };
  }
  if (ROW_LIST.test(text)) {
    return namesMetric(text.slice(0, 4000), NAMED_NUMBER)
      ? { confidence: 0.6, reason: 'a list of rows with metrics' }
      : { confidence: 0, reason: 'a list of objects without metrics' };
  }
  if (!/^\s*\{/.test(text)) {
    return { confidence: 0, reason: 'not a JSON object' };
  }
  if (namesMetric(text, INDEXED) || (KEYED.test(text) && namesMetric(text.slice(0, 4000), NAMED_NUMBER))) {
    return { confidence: 0.8, reason: 'metrics by name and number of the row' };
  }
  return namesMetric(text, NAMED_LIST)
    ? { confidence: 0.6, reason: 'lists of metrics by name' }
    : { confidence: 0, reason: 'JSON without rows or lists of metrics' };
}

function namesMetric(text: string, key: RegExp): boolean {
  return [...text.matchAll(key)].some(([, name = '']) => looksLikeMetric(name) && !isRate(name));
}

const ROW_NUMBER = /^\d+$/;
const KEY_OF_ROW = /^(?:(epoch|step|iter(?:ation)?)[ _-]?)?(\d+)$/i;

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
      if (typeof value !== 'number' || !this.#numbered(path, value)) {
        this.#setting(path, value);
      }
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

  /** A value whose row stands in its path: below its name in tables of pandas, above it where rows have keys. */
  #numbered(path: JsonPath, value: number): boolean {
    const first = String(path[0]);
    const last = String(path[path.length - 1]);
    const key = KEY_OF_ROW.exec(first);
    if (path.length === 2 && ROW_NUMBER.test(last) && key === null) {
      this.#hasColumns = true;
      this.#buffer.add(first, Number(last) + 1, value);
    } else if (path.length > 1 && key !== null) {
      this.#hasColumns = true;
      this.#buffer.add(path.slice(1).join('/'), Number(key[2]), value);
    } else {
      return false;
    }
    return true;
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
    this.#buffer.placeByCounters();
    this.#buffer.flush(this.#sink);
  }
}
