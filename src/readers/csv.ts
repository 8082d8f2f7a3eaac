import type { RecordSink } from '../model/record.js';
import { fileName, inspectLines, tagOfDownload } from './common/headLines.js';
import { LogLines } from './common/logLines.js';
import { flattenConfiguration } from './json/flatten.js';
import { parseObject } from './jsonLines.js';
import type { FileHead, LogFormat, LogReader, Recognition } from './reader.js';
import { ABSENT, Cells, EMPTY, NUMBER, OTHER } from './rows/cells.js';
import { isSplitWord, looksLikeMetric, mayBeSplit, mayBeWallTime } from './rows/columnNames.js';
import { LongRows } from './rows/longRows.js';
import { RowEmitter } from './rows/rowEmitter.js';
import { bestStep, type Shape } from './rows/shape.js';
import { wallTimeOfText } from './rows/wallTime.js';
import { delimiterOf, hasOpenQuote, splitCells } from './text/cells.js';
import { readDecimal } from './text/decimal.js';
import { parseNumber } from './text/numbers.js';
import { decodeShortUtf8 } from './text/utf8.js';

/** Comma-, tab- or semicolon-separated rows under a header. */
export const csv: LogFormat = {
  id: 'csv',
  title: 'CSV or TSV table',
  writtenBy:
    'Lightning (metrics.csv), Keras CSVLogger, Ultralytics (results.csv), Stable-Baselines3 (progress.csv), W&B history exports, AlgoPerf, home-made loggers',
  recognise,
  open: (path, sink) => new CsvReader(path, sink),
};

/** What Excel is told in a first line. */
const SEPARATOR = /^"?sep=."?\s*$/i;

/** Names that programs give to the table of a run. */
const TABLE_NAME = /^(?:.*\.)?(?:metrics|progress|results|history|training|train_log|log)\.(?:log\.)?[ct]sv$/i;

function recognise(head: FileHead): Recognition {
  const text = inspectLines(head);
  if (text.endless && TABLE_NAME.test(fileName(head.path))) {
    return {
      confidence: 0.4,
      reason: 'named like the table of a run; the first line is longer than what was looked at',
    };
  }
  const lines = text.lines.filter((line) => !line.startsWith('#') && !isConflictMarker(line) && !SEPARATOR.test(line));
  const header = lines[0];
  if (header === undefined) {
    return { confidence: 0, reason: 'no rows' };
  }
  const delimiter = delimiterOf(header);
  const names = splitCells(header, delimiter).map((name) => name.trim());
  if (names.length < 2 || !names.some((name) => name !== '') || /^[{[<]|%\|/.test(header)) {
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

/** Brackets that are open, and names with a value behind them: a printed line, no header. */
const NO_COLUMN = /[={}]|^[^(]*\)|\([^)]*$|:\s*[-+]?[\d.]+\w*\s*$|^\[|\s\d+(?:\.\d+)?$/;

function looksLikeTable(lines: readonly string[], delimiter: string, names: readonly string[]): boolean {
  if (!names.every((name) => name.length <= 200) || names.some((name) => NO_COLUMN.test(name))) {
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
  readonly #lines: LogLines;
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
  /** Code of the delimiter, -1 before the header. */
  #separator = -1;
  /** What the split column of the row says, when it is no number. */
  #word = '';
  #long: LongRows | undefined;
  /** What the column of names says, in a table in the long form. */
  #metric = '';

  constructor(path: string, sink: RecordSink) {
    this.#sink = sink;
    this.#tagOfFile = tagOfDownload(path);
    this.#emitter = new RowEmitter(sink);
    this.#lines = new LogLines(sink, {
      line: (text) => this.#line(text),
      plainLine: (bytes, from) => this.#plainRow(bytes, from),
    });
  }

  read(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end(() => {
      if (this.#open.length > 0) {
        this.#giveUpQuote();
      }
    });
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
    if (this.#rowNumber > 0) {
      this.#lines.report(what, this.#rowNumber, this.#rowOffset);
    } else {
      this.#lines.report(what);
    }
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
      if (!SEPARATOR.test(text)) {
        this.#start(text);
      }
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
    this.#separator = this.#delimiter.charCodeAt(0);
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
    } else {
      this.#long = LongRows.of(this.#sink, this.#shape);
    }
    this.#cells.reserve(this.#header.length);
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
      this.#emit(fitting);
    } else if (text.trim() !== '' && !RULE.test(text)) {
      this.#reportOnce('a row without any number, left out');
    }
  }

  #emit(shape: Shape): void {
    const split = isSplitWord(this.#word) ? this.#word : '';
    if (this.#long === undefined || this.#metric === '') {
      this.#emitter.emit(shape, this.#cells, split);
    } else {
      this.#long.emit(this.#metric, split, this.#cells);
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

  /** A cell that is no number as computers write it: a date, a decimal comma, grouped thousands, a share in percent. */
  #unusual(name: string, cell: string): number | undefined {
    if (this.#delimiter !== ',' && DECIMAL_COMMA.test(cell)) {
      return parseNumber(cell.replace(',', '.'));
    }
    if (THOUSANDS.test(cell)) {
      return parseNumber(cell.replaceAll(',', ''));
    }
    if (PERCENT.test(cell)) {
      return parseNumber(cell.replace('%', ''));
    }
    return timeOf(name, cell);
  }

  /** False when the row has no number at all. */
  #fill(cells: readonly string[], shape: Shape): boolean {
    const { columns } = shape;
    const { states } = this.#cells;
    this.#word = '';
    this.#metric = '';
    let any = false;
    for (let index = 0; index < columns.length; index++) {
      const cell = cells[index];
      if (cell === undefined) {
        states[index] = ABSENT;
      } else {
        this.#fillCell(cell, index, shape);
        any ||= states[index] === NUMBER;
      }
    }
    return any;
  }

  #fillCell(cell: string, index: number, shape: Shape): void {
    const { numbers, states } = this.#cells;
    if (cell === '') {
      states[index] = EMPTY;
      return;
    }
    const value = parseNumber(cell) ?? this.#unusual(shape.columns[index]?.name ?? '', cell);
    numbers[index] = value ?? NaN;
    states[index] = value !== undefined ? NUMBER : cell.trim() === '' ? EMPTY : OTHER;
    if (index === shape.split) {
      this.#word = cell.trim();
    }
    if (index === this.#long?.name && value === undefined) {
      this.#metric = cell.trim();
    }
  }

  /**
   * Reads a row with as many cells as the header and no quote in it from its bytes. Returns where the next row begins,
   * -1 when the row is any other: it is read as text then, which gives the same for every row.
   */
  #plainRow(bytes: Uint8Array, from: number): number {
    const shape = this.#shape;
    if (shape === undefined || this.#open.length > 0 || this.#long !== undefined) {
      return -1;
    }
    const { states } = this.#cells;
    const last = shape.columns.length - 1;
    this.#word = '';
    let any = false;
    let position = from;
    for (let index = 0; index <= last; index++) {
      position = this.#plainCell(bytes, position, index, shape);
      if (position < 0 || (index < last && bytes[position++] !== this.#separator)) {
        return -1;
      }
      any ||= states[index] === NUMBER;
    }
    position += bytes[position] === CARRIAGE_RETURN ? 1 : 0;
    if (bytes[position] !== LINE_FEED || !any) {
      return -1;
    }
    this.#emitter.emit(shape, this.#cells, isSplitWord(this.#word) ? this.#word : '');
    return position + 1;
  }

  /** Reads a cell from its bytes; returns where it ends, -1 when it is none of a plain row. */
  #plainCell(bytes: Uint8Array, from: number, index: number, shape: Shape): number {
    const { numbers, states } = this.#cells;
    const start = skipSpaces(bytes, from);
    const end = readDecimal(bytes, start, numbers, index);
    if (end >= 0) {
      const next = skipSpaces(bytes, end);
      if (this.#endsCell(bytes, next)) {
        states[index] = NUMBER;
        return next;
      }
    } else if (this.#endsCell(bytes, start)) {
      states[index] = EMPTY;
      return start;
    }
    return index === 0 && !isDigit(bytes[from]) ? -1 : this.#wordCell(bytes, from, index, shape);
  }

  /** A first cell that is no number may make a row a header or a comment; in any other, a word is but a word. */
  #wordCell(bytes: Uint8Array, from: number, index: number, shape: Shape): number {
    let end = from;
    while (!this.#endsCell(bytes, end)) {
      if (bytes[end++] === QUOTE) {
        return -1;
      }
    }
    this.#fillCell(decodeShortUtf8(bytes, from, end), index, shape);
    return end;
  }

  #endsCell(bytes: Uint8Array, position: number): boolean {
    const byte = bytes[position];
    return (
      byte === this.#separator || byte === LINE_FEED || (byte === CARRIAGE_RETURN && bytes[position + 1] === LINE_FEED)
    );
  }
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const QUOTE = 34;

function skipSpaces(bytes: Uint8Array, from: number): number {
  let position = from;
  while (bytes[position] === SPACE) {
    position++;
  }
  return position;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}

/** More cells than any table has; a row with more is damaged. */
const MAXIMUM_CELLS = 100_000;

/** The line below the header of a Markdown table. */
const RULE = /^[|:\s-]+$/;

const DECIMAL_COMMA = /^\s*[-+]?\d+,\d+(?:[eE][-+]?\d+)?\s*$/;

const THOUSANDS = /^\s*[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?\s*$/;
const PERCENT = /^\s*[-+]?[\d.]+(?:e[-+]?\d+)?\s*%\s*$/i;

function timeOf(name: string, text: string): number | undefined {
  const time = mayBeWallTime(name) ? wallTimeOfText(text) : NaN;
  return Number.isNaN(time) ? undefined : time;
}

function isConflictMarker(line: string): boolean {
  return /^(?:<{7}|>{7}|\|{7})(?: |$)|^={7}$/.test(line);
}
