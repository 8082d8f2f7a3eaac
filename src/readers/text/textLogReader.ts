import type { JsonValue } from '../../model/json.js';
import type { RecordSink, StepUnit, TagHandle } from '../../model/record.js';
import { ProblemLog } from '../common/problemLog.js';
import type { LogReader } from '../reader.js';
import { EpochStep } from '../rows/epochStep.js';
import { isTotalSteps, splitPrefix, stepRank, stepUnitOf } from '../rows/columnNames.js';
import { MAXIMUM_TAGS } from '../rows/rowEmitter.js';
import { wallTimeOfText } from '../rows/wallTime.js';
import { stripAnsi } from './ansi.js';
import { BlankTable, type TableRow } from './blankTable.js';
import type { Dialect, LineRule } from './dialect.js';
import { KeyValueTable } from './keyValueTable.js';
import { LineReader } from './lines.js';
import { observe, type Observation } from './observation.js';
import { countOf, type Pair } from './pairs.js';
import { parseBar, type Bar } from './progressBar.js';

/** Longer lines are dumps of source code, data or configuration. */
const MAXIMUM_LINE_LENGTH = 32 * 1024;

/** A label under which a bar counts training steps, and not files that are being loaded. */
const TRAINING_LABEL = /^$|train|step|epoch|iter|update|episode/i;

/** The place that lines which don't say it themselves are at. */
interface Place {
  readonly step: number;
  readonly unit: StepUnit | undefined;
}

/**
 * Reads what programs print while they train. Every line is tried against the rules of the dialects, first of those
 * of the dialect that matched last; what matches none is passed over.
 */
export class TextLogReader implements LogReader {
  readonly #sink: RecordSink;
  readonly #lines: LineReader;
  readonly #problems: ProblemLog;
  readonly #handles = new Map<string, TagHandle>();
  readonly #settings = new Map<string, JsonValue>();
  /** The rules in the order in which they are tried. The general ones only while no special one has matched. */
  #rules: readonly LineRule[];
  readonly #generalRules: readonly LineRule[];
  #generalAllowed = true;
  #lastRule: LineRule | undefined;
  #context: Place | undefined;
  #firstEpoch = NaN;
  #last: Place = { step: NaN, unit: undefined };
  #rows = 0;
  #epochLength = 0;
  #epochUnit: StepUnit | undefined;
  #bar: Place | undefined;
  #barTotal = NaN;
  /** Metrics were placed by the bar that is followed: it is that of the training. */
  #barIsUsed = false;
  #pendingBar: { readonly step: number; readonly prefix: string; readonly bar: Bar } | undefined;
  /** The latest line of those of which the last counts. */
  #pendingLine: { readonly rule: LineRule; readonly place: Place; readonly emit: () => void } | undefined;
  readonly #table = new BlankTable();
  readonly #keyValueTable = new KeyValueTable();
  /** Places an iteration in its epoch where the log does not say how long an epoch is. */
  readonly #epochStep = new EpochStep();
  /** Epoch of the newest line that named one. */
  #epoch = NaN;
  #total = NaN;
  #microSteps = NaN;
  #inTraceback = false;

  /**
   * @param dialects tried in this order
   * @param general tried last, and no more once a line of `dialects` was met
   */
  constructor(sink: RecordSink, dialects: readonly Dialect[], general: readonly Dialect[]) {
    this.#sink = sink;
    this.#problems = new ProblemLog(sink);
    this.#rules = dialects.flatMap((dialect) => dialect.rules);
    this.#generalRules = general.flatMap((dialect) => dialect.rules);
    this.#lines = new LineReader(
      {
        line: (text) => this.#line(text),
        overlong: (bytes) =>
          this.#problems.report(this.#lines.offset, `line ${this.#lines.number}: ${bytes} bytes long, skipped`),
      },
      { carriageReturnEndsLine: true },
    );
  }

  read(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
    this.#flushBar();
    this.#flushLine();
    this.#problems.end();
  }

  #line(raw: string): void {
    if (raw.length > MAXIMUM_LINE_LENGTH) {
      return;
    }
    let line = stripAnsi(raw).trimEnd();
    for (let bar = parseBar(line); bar !== undefined; bar = parseBar(line)) {
      this.#readBar(bar);
      line = bar.after;
    }
    if (line !== '' && !this.#readTable(line) && !this.#readByRules(line)) {
      this.#context = undefined;
      this.#watchForFailure(line);
    }
  }

  #readTable(line: string): boolean {
    const pairs = this.#keyValueTable.read(line);
    if (pairs !== undefined) {
      if (pairs !== 'entry') {
        this.#takePairs(pairs);
      }
      return true;
    }
    const row = this.#table.read(line);
    if (row === undefined) {
      return false;
    }
    if (row !== 'header') {
      this.#takeRow(row);
    }
    return true;
  }

  #takePairs(pairs: readonly Pair[]): void {
    const named = stepPair(pairs, 'step');
    this.#rows++;
    const place: Place =
      named === undefined ? { step: this.#rows, unit: 'row' } : { step: named.value, unit: undefined };
    this.#emit(pairs, place, '', NaN, NaN);
  }

  #takeRow({ step, epoch, pairs }: TableRow): void {
    const place: Place = Number.isFinite(step) ? { step, unit: undefined } : { step: epoch, unit: 'epoch' };
    this.#emit(pairs, place, '', NaN, NaN);
  }

  #readByRules(line: string): boolean {
    const last = this.#lastRule;
    if (last !== undefined && this.#apply(last, line)) {
      return true;
    }
    for (const rule of this.#rules) {
      if (rule !== last && this.#apply(rule, line)) {
        this.#generalAllowed = this.#generalAllowed && rule.line.source.includes('(?<key>');
        return true;
      }
    }
    return this.#generalAllowed && this.#generalRules.some((rule) => this.#applyGeneral(rule, line));
  }

  #apply(rule: LineRule, line: string): boolean {
    if (rule.context === 'needs' && this.#context === undefined) {
      return false;
    }
    const observation = observe(rule, line);
    if (observation === undefined) {
      return false;
    }
    this.#lastRule = rule;
    this.#take(rule, observation, line);
    return true;
  }

  /** A general rule is never tried before the special ones: those know better what their lines mean. */
  #applyGeneral(rule: LineRule, line: string): boolean {
    const last = this.#lastRule;
    const applies = this.#apply(rule, line);
    this.#lastRule = last;
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
    this.#tellTotal(observation.total);
    this.#epoch = Number.isFinite(observation.epoch) ? observation.epoch : this.#epoch;
    const place = this.#placeOf(rule, observation);
    const pending = this.#pendingLine;
    if (pending !== undefined && (pending.rule !== rule || pending.place.step !== place.step)) {
      this.#flushLine();
    }
    if (rule.context === 'opens') {
      this.#context = place;
    }
    if (observation.pairs.length > 0) {
      const wallTime = timeOf(line);
      const emit = (): void => this.#emit(observation.pairs, place, observation.prefix, observation.rank, wallTime);
      if (rule.lastCounts === true) {
        this.#pendingLine = { rule, place, emit };
      } else {
        emit();
      }
    }
    if (rule.context !== 'needs') {
      this.#last = place;
    }
  }

  #flushLine(): void {
    const pending = this.#pendingLine;
    this.#pendingLine = undefined;
    pending?.emit();
  }

  /** Where a line belongs: by what it says itself, else by the line or the progress bar before it. */
  #placeOf(rule: LineRule, observation: Observation): Place {
    const unit = observation.stepUnit;
    if (Number.isFinite(observation.step)) {
      return { step: rule.countsMicroSteps === true ? this.#updateOf(observation.step) : observation.step, unit };
    }
    if (rule.context === 'needs' && this.#context !== undefined) {
      return this.#context;
    }
    const summary = observation.prefix !== '' || !Number.isFinite(observation.iteration);
    if (summary && rule.context !== 'opens' && Number.isFinite(observation.epoch) && this.#epochLength > 0) {
      return {
        step: this.#stepInEpoch(observation.epoch, this.#epochLength, this.#epochLength),
        unit: this.#epochUnit,
      };
    }
    if (Number.isFinite(observation.iteration) && Number.isFinite(observation.length)) {
      this.#epochLength = observation.prefix === '' ? observation.length : this.#epochLength;
      this.#epochUnit = unit;
      return { step: this.#stepInEpoch(this.#epoch, observation.iteration, observation.length), unit };
    }
    if (Number.isFinite(observation.iteration)) {
      return { step: this.#epochStep.next(observation.epoch, observation.iteration, true), unit };
    }
    const named = stepPair(observation.pairs, 'step');
    if (named !== undefined) {
      return { step: named.value, unit };
    }
    if (this.#bar !== undefined) {
      this.#barIsUsed = true;
      this.#tellTotal(this.#barTotal);
      return this.#bar;
    }
    const epoch = Number.isFinite(observation.epoch) ? observation.epoch : stepPair(observation.pairs, 'epoch')?.value;
    if (epoch !== undefined) {
      return { step: epoch, unit: 'epoch' };
    }
    this.#rows++;
    return Number.isFinite(this.#last.step) ? this.#last : { step: this.#rows, unit: 'row' };
  }

  #stepInEpoch(epoch: number, iteration: number, length: number): number {
    if (!Number.isFinite(epoch)) {
      return iteration;
    }
    if (Number.isNaN(this.#firstEpoch)) {
      this.#firstEpoch = epoch;
    }
    const origin = this.#firstEpoch === 0 ? 0 : 1;
    return (epoch - origin) * length + iteration;
  }

  /** The update that a forward pass belongs to. The first one that is logged is taken to be the first update's. */
  #updateOf(microStep: number): number {
    const setting = this.#settings.get('gradient_accumulation') ?? this.#settings.get('gradient_accumulation_steps');
    if (Number.isNaN(this.#microSteps)) {
      this.#microSteps = typeof setting === 'number' && setting >= 1 ? setting : Math.max(1, microStep);
    }
    return Math.ceil(microStep / this.#microSteps);
  }

  #emit(pairs: readonly Pair[], place: Place, prefix: string, rank: number, wallTime: number): void {
    const isStep = place.unit === undefined ? stepPair(pairs, 'step') : undefined;
    for (const pair of pairs) {
      if (isTotalSteps(pair.name)) {
        this.#tellTotal(pair.value);
      } else if (pair !== isStep || pair.value !== place.step) {
        const handle = this.#handle(pair.name.startsWith(prefix) ? pair.name : prefix + pair.name, rank, place.unit);
        if (handle !== undefined) {
          this.#sink.scalar(handle, place.step, pair.value, wallTime);
        }
      }
    }
  }

  #handle(name: string, rank: number, unit: StepUnit | undefined): TagHandle | undefined {
    const key = `${rank} ${unit ?? ''} ${name}`;
    let handle = this.#handles.get(key);
    if (handle === undefined && this.#handles.size < MAXIMUM_TAGS) {
      handle = this.#sink.tag(name, {
        ...(Number.isInteger(rank) ? { rank } : {}),
        ...(unit === undefined ? {} : { stepUnit: unit }),
      });
      this.#handles.set(key, handle);
    }
    return handle;
  }

  #tellTotal(total: number): void {
    if (Number.isFinite(total) && total > 0 && total !== this.#total) {
      this.#total = total;
      this.#sink.totalSteps(total);
    }
  }

  /**
   * A bar is drawn again and again at one step, first with the metrics of the step before: the last drawing of each
   * step counts.
   */
  #readBar(bar: Bar): void {
    const epoch = countOf(/\bepoch:?\s*\[?(\d+)/i.exec(bar.label)?.[1]);
    const drawn = Number.isFinite(epoch) ? this.#stepInEpoch(epoch, bar.done, bar.total) : bar.done;
    const isTraining = TRAINING_LABEL.test(bar.label) && splitOfLabel(bar.label) === '';
    if (isTraining && !this.#isInnerBar(bar, epoch)) {
      this.#bar = { step: drawn, unit: undefined };
      this.#barTotal = Number.isFinite(epoch) ? NaN : bar.total;
    }
    if (bar.pairs.length === 0) {
      return;
    }
    if (isTraining && !Number.isFinite(epoch)) {
      this.#tellTotal(bar.total);
    }
    const step = stepPair(bar.pairs, 'step')?.value ?? drawn;
    if (this.#pendingBar !== undefined && this.#pendingBar.step !== step) {
      this.#flushBar();
    }
    this.#pendingBar = { step, prefix: splitOfLabel(bar.label), bar };
  }

  /** A shorter bar without a name, drawn below that of the training: evaluation batches. */
  #isInnerBar(bar: Bar, epoch: number): boolean {
    return Number.isNaN(epoch) && bar.label === '' && this.#barIsUsed && bar.total < this.#barTotal;
  }

  #flushBar(): void {
    const pending = this.#pendingBar;
    this.#pendingBar = undefined;
    if (pending !== undefined && Number.isFinite(pending.step)) {
      this.#emit(pending.bar.pairs, { step: pending.step, unit: undefined }, pending.prefix, NaN, NaN);
    }
  }

  /** An uncaught exception ends a Python program; its last line names it. */
  #watchForFailure(line: string): void {
    const bare = line.replace(/^\[rank\d+\]:\s?/, '');
    if (bare.startsWith('Traceback (most recent call last)')) {
      this.#inTraceback = true;
    } else if (this.#inTraceback && /^[A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit)\b/.test(bare)) {
      this.#inTraceback = false;
      this.#sink.ended('failed', bare.slice(0, 300));
    }
  }
}

/** The pair whose name counts what is asked for, the best of several. */
function stepPair(pairs: readonly Pair[], unit: StepUnit): Pair | undefined {
  let best: Pair | undefined;
  let bestRank = Infinity;
  for (const pair of pairs) {
    const rank = stepRank(pair.name);
    if (rank !== undefined && rank < bestRank && stepUnitOf(pair.name) === unit && Number.isFinite(pair.value)) {
      best = pair;
      bestRank = rank;
    }
  }
  return best;
}

function splitOfLabel(label: string): string {
  return (
    label
      .split(/[^A-Za-z]+/)
      .map(splitPrefix)
      .find((prefix) => prefix !== '') ?? ''
  );
}

function timeOf(line: string): number {
  const first = line.charCodeAt(line.charCodeAt(0) === 32 ? 1 : 0);
  return first === 91 || (first >= 48 && first <= 57) ? wallTimeOfText(line) : NaN;
}
