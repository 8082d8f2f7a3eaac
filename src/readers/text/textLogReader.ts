import type { RecordSink } from '../../model/record.js';
import { LogLines } from '../common/logLines.js';
import type { LogReader } from '../reader.js';
import { stripAnsi } from './ansi.js';
import type { Dialect, LineRule } from './dialect.js';
import { bareLine } from './linePrefix.js';
import { PrintedStream, type RuleSet } from './printedStream.js';
import { PrintedTags } from './printedTags.js';

/** Longer lines are dumps of source code, data or configuration. */
const MAXIMUM_LINE_LENGTH = 32 * 1024;
/** More processes than write into one file; further ones are taken for one. */
const MAXIMUM_STREAMS = 4096;

/** Reads what programs print while they train, each process of a distributed run for itself. */
export class TextLogReader implements LogReader {
  readonly #sink: RecordSink;
  readonly #lines: LogLines;
  readonly #tags: PrintedTags;
  readonly #rules: RuleSet;
  /** By rank; NaN for lines that don't say who wrote them. */
  readonly #streams = new Map<number, PrintedStream>();

  /**
   * @param dialects tried in this order, always the same array for the same dialects
   * @param general tried last, and no more once a line of `dialects` was met
   * @param first tried before them; it may be one of them
   */
  constructor(sink: RecordSink, dialects: readonly Dialect[], general: readonly Dialect[], first?: Dialect) {
    this.#sink = sink;
    this.#tags = new PrintedTags(sink);
    this.#rules = {
      first: first?.rules ?? [],
      special: rulesOf(dialects),
      general: rulesOf(general),
      dialectOf: new Map(
        [...dialects, ...general, ...(first ? [first] : [])].flatMap((one) =>
          one.rules.map((rule) => [rule, one] as const),
        ),
      ),
    };
    this.#lines = new LogLines(sink, { line: (text) => this.#line(text) }, { carriageReturnEndsLine: true });
  }

  read(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end(() => this.#streams.forEach((stream) => stream.end()));
  }

  #line(raw: string): void {
    if (raw.length <= MAXIMUM_LINE_LENGTH) {
      const { text, rank, time } = bareLine(stripAnsi(raw).trimEnd());
      this.#streamOf(rank).line(text, time);
    }
  }

  #streamOf(rank: number): PrintedStream {
    const key = this.#streams.size < MAXIMUM_STREAMS ? rank : NaN;
    let stream = this.#streams.get(rank) ?? this.#streams.get(key);
    if (stream === undefined) {
      stream = new PrintedStream(this.#sink, this.#tags, this.#rules, key);
      this.#streams.set(key, stream);
    }
    return stream;
  }
}

const RULES = new WeakMap<readonly Dialect[], readonly LineRule[]>();

/** The same array for the same dialects, so that what is made of the rules can be kept. */
function rulesOf(dialects: readonly Dialect[]): readonly LineRule[] {
  const rules = RULES.get(dialects) ?? dialects.flatMap((dialect) => dialect.rules);
  RULES.set(dialects, rules);
  return rules;
}
