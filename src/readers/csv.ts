import type { RecordSink } from '../model/record.js';
import { inspectLines, tagOfDownload } from './common/headLines.js';
import { ProblemLog } from './common/problemLog.js';
import { flattenConfiguration } from './json/flatten.js';
import { parseObject } from './jsonLines.js';
import type { FileHead, LogFormat, LogReader, Recognition } from './reader.js';
import { ABSENT, Cells, EMPTY, NUMBER, OTHER } from './rows/cells.js';
import { isSplitWord, looksLikeMetric, mayBeSplit, mayBeWallTime } from './rows/columnNames.js';
import { RowEmitter } from './rows/rowEmitter.js';
import { bestStep, type Shape } from './rows/shape.js';
import { wallTimeOfText } from './rows/wallTime.js';
import { delimiterOf, hasOpenQuote, splitCells } from './text/cells.js';
import { LineReader } from './text/lines.js';
import { parseNumber } from './text/numbers.js';

/** Comma-, tab- or semicolon-separated rows under a header. */
export const csv: LogFormat = {
  id: 'csv',
  title: 'CSV or TSV table',
  writtenBy:
    'Lightning (metrics.csv), Keras CSVLogger, Ultralytics (results.csv), Stable-Baselines3 (progress.csv), W&B history exports, AlgoPerf, home-made loggers',
  recognise,
  open: (path, sink) => new CsvReader(path, sink),
};

function recognise(head: FileHead): Recognition {
  const lines = inspectLines(head).lines.filter((line) => !line.startsWith('#') && !isConflictMarker(line));
  const header = lines[0];
  if (header === undefined) {
    return { confidence: 0, reason: 'no rows' };
  }
  const delimiter = delimiterOf(header);
  const names = splitCells(header, delimiter).map((name) => name.trim());
  if (names.length < 2 || !names.some((name) => name !== '') || /^[{[<]/.test(header)) {
    return { confidence: 0, reason: 'its first line is no header of columns' };
  }
  if (!looksLikeTable(lines, delimiter, names)) {
    return { confidence: 0, reason: 'its rows do not have the columns of its first line' };
  }
  const steps = bestStep(names) >= 0;
  const metrics = names.some(looksLikeMetric);
  if (!steps && !metrics) {
    return { confidence: 0.05, reason: 'a table without a step, epoch or loss column' };
  }
  return {
    confidence: steps && metrics ? 0.9 : 0.5,
    reason: `a table with the columns ${names.slice(0, 4).join(', ')}`,
  };
}

function looksLikeTable(lines: readonly string[], delimiter: string, names: readonly string[]): boolean {
  if (!names.every((name) => name.length <= 200) || names.some((name) => /[={}]|^[^(]*\)|\([^)]*$/.test(name))) {
    return false;
  }
  const rows = lines.slice(1, 30).map((line) => splitCells(line, delimiter));
  const fitting = rows.filter((cells) => cells.length > 1 && cells.some((cell) => parseNumber(cell) !== undefined));
  return fitting.length >= rows.length / 2;
}

/** A quoted cell may go over this many lines; a quote that is open for longer was never meant as one. */
const MAXIMUM_QUOTED_LINES = 2000;
const MAXIMUM_QUOTED_LENGTH = 1024 * 1024;

class CsvReader implements LogReader {
  readonly #sink: RecordSink;
  readonly #lines: LineReader;
  readonly #problems: ProblemLog;
  readonly #emitter: RowEmitter;
  readonly #cells = new Cells();
  readonly #told = new Set<string>();
  readonly #tagOfFile: string | undefined;
  #delimiter: string | undefined;
  #header: string[] = [];
  #shape: Shape | undefined;
  #open: string[] = [];
  #openLength = 0;
  #openOffset = 0;
  #openNumber = 0;
  #rowOffset = 0;
  #rowNumber = 0;

  constructor(path: string, sink: RecordSink) {
    this.#sink = sink;
    this.#tagOfFile = tagOfDownload(path);
    this.#problems = new ProblemLog(sink);
    this.#emitter = new RowEmitter(sink);
    this.#lines = new LineReader({
      line: (text) => this.#line(text),
      overlong: (bytes) =>
        this.#problems.report(this.#lines.offset, `line ${this.#lines.number}: ${bytes} bytes long, skipped`),
    });
  }

  read(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
    if (this.#open.length > 0) {
      this.#giveUpQuote();
    }
    this.#problems.end();
  }

  #line(text: string): void {
    if (this.#open.length > 0) {
      this.#continueQuote(text);
    } else if (text.includes('"') && hasOpenQuote(text, false)) {
      this.#openOffset = this.#lines.offset;
      this.#openNumber = this.#lines.number;
      this.#open.push(text);
      this.#openLength = text.length;
    } else {
      this.#rowNumber = 0;
      this.#record(text);
    }
  }

  /** Adds a line to a record with an open quote; reads the record when the quote closes. */
  #continueQuote(text: string): void {
    this.#open.push(text);
    this.#openLength += text.length;
    if (hasOpenQuote(text, true)) {
      if (this.#open.length > MAXIMUM_QUOTED_LINES || this.#openLength > MAXIMUM_QUOTED_LENGTH) {
        this.#giveUpQuote();
      }
      return;
    }
    const record = this.#open.join('\n');
    this.#closeQuote();
    this.#record(record);
  }

  #closeQuote(): void {
    this.#rowNumber = this.#openNumber;
    this.#rowOffset = this.#openOffset;
    this.#open = [];
    this.#openLength = 0;
  }

  /** The quote was never closed: the lines are read one by one, as if it were an ordinary character. */
  #giveUpQuote(): void {
    const lines = this.#open;
    this.#closeQuote();
    this.#report('a quote that is never closed');
    lines.forEach((line) => this.#record(line.replaceAll('"', '')));
  }

  #report(what: string): void {
    const isJoined = this.#rowNumber > 0;
    const number = isJoined ? this.#rowNumber : this.#lines.number;
    this.#problems.report(isJoined ? this.#rowOffset : this.#lines.offset, `line ${number}: ${what}`);
  }

  #reportOnce(what: string): void {
    if (!this.#told.has(what)) {
      this.#told.add(what);
      this.#report(what);
    }
  }

  #record(text: string): void {
    if (isConflictMarker(text)) {
      this.#report('a git conflict marker: the rows of both sides are read');
    } else if (text.charCodeAt(0) === 35) {
      this.#comment(text.slice(1));
    } else if (this.#delimiter === undefined) {
      this.#start(text);
    } else if (this.#shape !== undefined) {
      this.#row(text, this.#delimiter, this.#shape);
    }
  }

  /** Stable-Baselines3's monitor writes its settings as JSON behind a `#`. */
  #comment(text: string): void {
    const values = text.trimStart().startsWith('{') ? parseObject(text) : undefined;
    if (values !== undefined) {
      this.#sink.configuration(flattenConfiguration(values));
    }
  }

  #start(text: string): void {
    this.#delimiter = delimiterOf(text);
    const cells = splitCells(text, this.#delimiter).map((cell) => cell.trim());
    if (cells.some((cell) => parseNumber(cell) === undefined && cell !== '')) {
      this.#useHeader(cells);
      return;
    }
    this.#useHeader(cells.map((_, index) => `column ${index + 1}`));
    if (this.#shape !== undefined) {
      this.#row(text, this.#delimiter, this.#shape);
    }
  }

  #useHeader(names: readonly string[]): void {
    this.#header = names.map((name, index) => this.#nameOf(name, index));
    this.#shape = this.#emitter.shape(this.#header, this.#header.findIndex(mayBeSplit));
    if (this.#shape === undefined) {
      this.#report('more than 100,000 different columns');
    }
  }

  #nameOf(name: string, index: number): string {
    if (name === '') {
      return index === 0 ? 'index' : `column ${index + 1}`;
    }
    return name === 'Value' ? (this.#tagOfFile ?? name) : name;
  }

  #row(text: string, delimiter: string, shape: Shape): void {
    const quoted = text.includes('"');
    const cells = quoted ? splitCells(text, delimiter) : text.split(delimiter);
    if (this.#isRepeatedHeader(cells)) {
      return;
    }
    const count = Math.min(cells.length, MAXIMUM_CELLS);
    const fitting = count > shape.columns.length ? this.#widen(count, shape) : shape;
    if (this.#fill(cells, fitting)) {
      const word = fitting.split < 0 ? '' : (cells[fitting.split] ?? '').trim();
      this.#emitter.emit(fitting, this.#cells, isSplitWord(word) ? word : '');
    } else if (text.trim() !== '') {
      this.#reportOnce('a row without any number, left out');
    }
  }

  /** A run that was appended to the file wrote its header again, perhaps with other columns. */
  #isRepeatedHeader(cells: readonly string[]): boolean {
    const first = cells[0] ?? '';
    const code = first.charCodeAt(0);
    if (cells.length < 2 || (code >= 48 && code <= 57) || first === '' || parseNumber(first) !== undefined) {
      return false;
    }
    const names = cells.map((cell) => cell.trim());
    const isSame = names.every((name, index) => name === this.#header[index]);
    const isHeader = isSame || (bestStep(names) >= 0 && names.every((name) => parseNumber(name) === undefined));
    if (isHeader && !isSame) {
      this.#useHeader(names);
    }
    return isHeader;
  }

  /** A row with more cells than the header has names. */
  #widen(count: number, before: Shape): Shape {
    this.#reportOnce('more cells than the header has columns; the further ones are called "column N"');
    const further = Array.from({ length: count - this.#header.length }, (_, index) => index + this.#header.length + 1);
    this.#useHeader([...this.#header, ...further.map((number) => `column ${number}`)]);
    this.#shape ??= before;
    return this.#shape;
  }

  /** A cell that is no number as computers write it: a date, or a decimal comma where semicolons separate. */
  #unusual(name: string, cell: string): number | undefined {
    if (this.#delimiter === ';' && DECIMAL_COMMA.test(cell)) {
      return parseNumber(cell.replace(',', '.'));
    }
    return timeOf(name, cell);
  }

  /** False when the row has no number at all. */
  #fill(cells: readonly string[], shape: Shape): boolean {
    const { columns } = shape;
    this.#cells.reserve(columns.length);
    const { numbers, states } = this.#cells;
    let any = false;
    for (let index = 0; index < columns.length; index++) {
      const cell = cells[index];
      if (cell === undefined) {
        states[index] = ABSENT;
      } else if (cell === '') {
        states[index] = EMPTY;
      } else {
        const value = parseNumber(cell) ?? this.#unusual(columns[index]?.name ?? '', cell);
        numbers[index] = value ?? NaN;
        states[index] = value !== undefined ? NUMBER : cell.trim() === '' ? EMPTY : OTHER;
        any ||= value !== undefined;
      }
    }
    return any;
  }
}

/** More cells than any table has; a row with more is damaged. */
const MAXIMUM_CELLS = 100_000;

const DECIMAL_COMMA = /^\s*[-+]?\d+,\d+(?:[eE][-+]?\d+)?\s*$/;

function timeOf(name: string, text: string): number | undefined {
  const time = mayBeWallTime(name) ? wallTimeOfText(text) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

function isConflictMarker(line: string): boolean {
  return /^(?:<{7}|>{7}|\|{7})(?: |$)|^={7}$/.test(line);
}
