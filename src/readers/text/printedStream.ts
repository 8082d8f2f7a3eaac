import type { JsonValue } from '../../model/json.js';
import type { RecordSink } from '../../model/record.js';
import { isResultName } from '../rows/columnNames.js';
import { wallTimeOfText } from '../rows/wallTime.js';
import { anyRule } from './anyRule.js';
import { BarFollower } from './barFollower.js';
import { BlankTable } from './blankTable.js';
import { BraceBlock } from './braceBlock.js';
import type { Dialect, LineRule } from './dialect.js';
import { EpochBars } from './epochBars.js';
import { FramedTable } from './framedTable.js';
import { JuliaRecord } from './juliaRecord.js';
import { KeyValueTable } from './keyValueTable.js';
import { behindHead } from './logHead.js';
import { observe, type Observation } from './observation.js';
import type { Pair } from './pairs.js';
import { PlaceFinder, stepPair, type Place } from './placeFinder.js';
import type { PrintedTags } from './printedTags.js';
import { parseBar } from './progressBar.js';
import { ResultTable } from './resultTable.js';
import type { TableRow } from './tableRow.js';

/** More lines without a result under one place are no metrics. */
const MOST_UNPROVEN = 200;

/** So many lines that the general rules have read are no accident: lines of a program that come later change nothing. */
const PROVEN = 3;

/** The rules that a log is read by. */
export interface RuleSet {
  /** Tried before all others. */
  readonly first: readonly LineRule[];
  /** In the order in which they are tried. */
  readonly special: readonly LineRule[];
  /** Tried last, behind the heads of loggers, and no more once a line of a special one was met before any of theirs. */
  readonly general: readonly LineRule[];
  readonly dialectOf: ReadonlyMap<LineRule, Dialect>;
}

/**
 * The lines of one process. Every line is tried against the rules of the dialects, first of those of the dialect that
 * matched last; what matches none is passed over.
 */
export class PrintedStream {
  readonly #sink: RecordSink;
  readonly #tags: PrintedTags;
  readonly #rules: RuleSet;
  readonly #rank: number;
  readonly #settings = new Map<string, JsonValue>();
  readonly #places = new PlaceFinder((name) => this.#settings.get(name));
  readonly #bars: BarFollower;
  readonly #block = new BraceBlock();
  readonly #record = new JuliaRecord();
  readonly #table = new BlankTable();
  readonly #keyValueTable = new KeyValueTable();
  readonly #framedTable = new FramedTable();
  readonly #resultTable = new ResultTable();
  readonly #epochBars = new EpochBars();
  #generalAllowed = true;
  /** Lines with results that the general rules have read. */
  #generalLines = 0;
  /** Lines under the place that is open, until one names a result. */
  #unproven: (() => void)[] = [];
  #isProven = false;
  /** Part of the data that the lines under the newest opening one are of, as `eval/`. */
  #part = '';
  /** Whose line gave its place to those under it. */
  #openedBy: Dialect | undefined;
  #lastRule: LineRule | undefined;
  /** A general rule has read the newest line that came to them. */
  #wasGeneral = false;
  /** The latest line of those of which the last counts. */
  #pending: { readonly source: unknown; readonly place: Place; readonly emit: () => void } | undefined;
  #inTraceback = false;
  /** When the newest line was collected, NaN where no collector said it. */
  #collected = NaN;

  /** @param rank of the process, NaN where the log does not say it before its lines */
  constructor(sink: RecordSink, tags: PrintedTags, rules: RuleSet, rank: number) {
    this.#sink = sink;
    this.#tags = tags;
    this.#rules = rules;
    this.#rank = rank;
    this.#bars = new BarFollower(tags, this.#places, rank);
  }

  /** A line without colours, line end and what a launcher or collector set before it. */
  line(text: string, collected: number): void {
    this.#collected = collected;
    this.#record.take(text).forEach((line) => this.#block.take(line).forEach((whole) => this.#wholeLine(whole)));
  }

  #wholeLine(text: string): void {
    let line = text;
    for (let bar = parseBar(line); bar !== undefined; bar = parseBar(line)) {
      if (!this.#readTable(bar.label, true)) {
        this.#bars.take(bar);
      }
      line = bar.after;
    }
    if (line !== '') {
      this.#bars.textBetween();
    }
    if (line !== '' && !this.#readTable(line) && !this.#readByRules(line)) {
      this.#places.context = undefined;
      this.#watchForFailure(line);
    }
  }

  end(): void {
    [...this.#block.end(), ...this.#record.end()].forEach((line) => this.#wholeLine(line));
    this.#bars.flush();
    this.#flush();
  }

  /** @param isDrawn whether a progress bar stands behind it: the row is drawn again until it is whole */
  #readTable(line: string, isDrawn = false): boolean {
    const pairs = this.#keyValueTable.read(line);
    if (pairs !== undefined) {
      if (pairs !== 'entry') {
        this.#takePairs(pairs);
      }
      return true;
    }
    const results = this.#resultTable.read(line);
    if (results !== undefined) {
      if (results !== 'entry') {
        this.#takeResults(results);
      }
      return true;
    }
    const row = this.#table.read(line) ?? this.#framedTable.read(line) ?? this.#epochBars.read(line);
    if (row === undefined) {
      return false;
    }
    if (typeof row === 'object') {
      this.#takeRow(row, isDrawn);
    }
    return true;
  }

  #takePairs(pairs: readonly Pair[]): void {
    const named = stepPair(pairs, 'step');
    const row = this.#places.nextRow();
    const place: Place = named === undefined ? { step: row, unit: 'row' } : { step: named.value, unit: undefined };
    this.#tags.emit(pairs, place, '', this.#rank, NaN);
  }

  /** Results of an evaluation belong to where the training is. */
  #takeResults(pairs: readonly Pair[]): void {
    const named = stepPair(pairs, 'step');
    const place: Place = named === undefined ? this.#places.here() : { step: named.value, unit: undefined };
    this.#tags.emit(pairs, place, '', this.#rank, NaN);
  }

  #takeRow({ step, epoch, total, prefix, pairs }: TableRow, isDrawn: boolean): void {
    this.#tags.tellTotal(total);
    const place: Place = Number.isFinite(step) ? { step, unit: undefined } : { step: epoch, unit: 'epoch' };
    const emit = (): void => this.#tags.emit(pairs, place, prefix, this.#rank, NaN);
    if (isDrawn) {
      this.#hold('drawn row', place, emit);
    } else {
      this.#flush();
      emit();
    }
  }

  #hold(source: unknown, place: Place, emit: () => void): void {
    const pending = this.#pending;
    if (pending !== undefined && (pending.source !== source || pending.place.step !== place.step)) {
      this.#flush();
    }
    this.#pending = { source, place, emit };
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.emit();
  }

  #readByRules(line: string): boolean {
    const last = this.#lastRule;
    if (last !== undefined && this.#apply(last, line)) {
      return true;
    }
    const { first, special, general } = this.#rules;
    const { mayMatch, contextual } = anyRule(special);
    if (this.#applySpecial(first, line) || this.#applySpecial(mayMatch(line) ? special : contextual, line)) {
      return true;
    }
    if (!this.#generalAllowed) {
      return false;
    }
    const text = behindHead(line);
    // Lines of one kind come in a row: whether any rule matches need not be asked before they are tried.
    const rules = this.#wasGeneral || anyRule(general).mayMatch(text) ? general : anyRule(general).contextual;
    this.#wasGeneral = rules.some((rule) => this.#applyGeneral(rule, line, text));
    return this.#wasGeneral;
  }

  #applySpecial(rules: readonly LineRule[], line: string): boolean {
    for (const rule of rules) {
      if (rule !== this.#lastRule && this.#apply(rule, line)) {
        this.#generalAllowed = this.#generalAllowed && (this.#generalLines >= PROVEN || !this.#tellsWhose(rule));
        return true;
      }
    }
    return false;
  }

  /** Whether a line of this rule shows that the log is one of its program's, which prints nothing else. */
  #tellsWhose(rule: LineRule): boolean {
    const accompanies = this.#rules.dialectOf.get(rule)?.accompanies === true;
    return rule.context !== 'opens' && !accompanies && !rule.line.source.includes('(?<key>');
  }

  /** @param text the line, or what of it the rule sees */
  #apply(rule: LineRule, line: string, text = line): boolean {
    if ((rule.context === 'passes' || rule.context === 'needs') && !this.#isUnderPlace(rule)) {
      return false;
    }
    if (rule.context === 'follows' && this.#places.lead === undefined) {
      return false;
    }
    if (rule.context === 'passes') {
      return rule.line.test(text);
    }
    const observation = observe(rule, text);
    if (observation === undefined) {
      return false;
    }
    this.#lastRule = rule;
    if (rule.context === 'opens') {
      this.#openedBy = this.#rules.dialectOf.get(rule);
      this.#part = rule.opensPart ?? '';
      this.#unproven = [];
      this.#isProven = false;
    }
    const isUnderPart = observation.prefix === '' && this.#rules.dialectOf.get(rule) === this.#openedBy;
    this.#take(rule, isUnderPart ? { ...observation, prefix: this.#part } : observation, line);
    return true;
  }

  /** A program knows the lines under its own places; the general rules read those under any. */
  #isUnderPlace(rule: LineRule): boolean {
    return (
      this.#places.context !== undefined &&
      (this.#rules.dialectOf.get(rule) === this.#openedBy || this.#rules.general.includes(rule))
    );
  }

  /** A general rule is never tried before the special ones: those know better what their lines mean. */
  #applyGeneral(rule: LineRule, line: string, text: string): boolean {
    const last = this.#lastRule;
    const applies = this.#apply(rule, line, text);
    this.#lastRule = last;
    this.#generalLines += applies && rule.context === undefined ? 1 : 0;
    return applies;
  }

  #take(rule: LineRule, observation: Observation, line: string): void {
    if (observation.setting !== undefined) {
      const [key, value] = observation.setting;
      this.#settings.set(key, value);
      this.#sink.configuration({ [key]: value });
      return;
    }
    this.#inTraceback = false;
    this.#tags.tellTotal(observation.total);
    const place = this.#places.of(rule, observation);
    if (place === this.#places.bar) {
      this.#tags.tellTotal(this.#places.bar.total);
    }
    if (rule.lastCounts !== true) {
      this.#flush();
    }
    if (observation.pairs.length === 0) {
      return;
    }
    const ownTime = timeOf(line);
    const wallTime = Number.isNaN(ownTime) ? this.#collected : ownTime;
    const rank = Number.isNaN(observation.rank) ? this.#rank : observation.rank;
    const emit = (): void => this.#tags.emit(observation.pairs, place, observation.prefix, rank, wallTime);
    if (rule.lastCounts === true) {
      this.#hold(observation.prefix === '' ? rule : observation.prefix, place, emit);
    } else if (rule.needsResult === true) {
      this.#emitWithResult(observation.pairs, emit);
    } else {
      emit();
    }
  }

  #emitWithResult(pairs: readonly Pair[], emit: () => void): void {
    if (this.#unproven.length < MOST_UNPROVEN) {
      this.#unproven.push(emit);
    }
    this.#isProven = this.#isProven || pairs.some(({ name }) => isResultName(name));
    if (this.#isProven) {
      this.#unproven.forEach((each) => {
        each();
      });
      this.#unproven = [];
    }
  }

  /** An uncaught exception ends a Python program; its last line names it. */
  #watchForFailure(line: string): void {
    if (line.startsWith('Traceback (most recent call last)')) {
      this.#inTraceback = true;
    } else if (this.#inTraceback && /^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit)\b/.test(line)) {
      this.#inTraceback = false;
      this.#sink.ended('failed', line.slice(0, 300));
    }
  }
}

function timeOf(line: string): number {
  const first = line.charCodeAt(line.charCodeAt(0) === 32 ? 1 : 0);
  return first === 91 || (first >= 48 && first <= 57) ? wallTimeOfText(line) : NaN;
}
