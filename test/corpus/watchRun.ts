import { RunAnalysis } from '../../src/engine/runs/runAnalysis.js';
import type { Series } from '../../src/model/series.js';
import type { Signal } from '../../src/model/signal.js';
import { recogniseFormat } from '../../src/readers/formats.js';
import { HEAD_BYTES } from '../../src/readers/reader.js';
import type { LogReader } from '../../src/readers/reader.js';
import type { Baseline, Firing } from './baselines/rule.js';
import type { LabelledRun } from './labels.js';
import { names, predictionsOf, slackOf } from './scoring.js';
import type { JudgedLabel, Prediction } from './scoring.js';

/** How long after a label could be seen it was reported. */
export interface Delay {
  readonly rows: number;
  readonly steps: number;
  /** Share of the rows of the run. */
  readonly share: number;
}

/** What one judge said of one run. */
export interface Watched {
  /** At the end of the log. */
  readonly predictions: readonly Prediction[];
  /** Kinds of alarm that stood at any of the looks, those that were taken back included. */
  readonly ever: readonly string[];
  /** By label; undefined where it was missed. */
  readonly delays: ReadonlyMap<JudgedLabel, Delay | undefined>;
}

/** What each judge said, by id; or why the log could not be read. */
export type WatchedRun = { readonly judges: ReadonlyMap<string, Watched> } | { readonly refused: string };

export const PRODUCT = 'evenkeel';

/** Every row of so many after a label begins is looked at, later on every so large share of the run. */
const CLOSE_ROWS = 30;
const LOOKS = 50;
/** Looks at a run in which nothing is to be seen. */
const IDLE_LOOKS = 12;

/** Reads a run line by line, as if it were being trained, and asks all judges on the way. */
export function watchRun(run: LabelledRun, baselines: readonly Baseline[]): WatchedRun {
  const analysis = new RunAnalysis({ roles: {} });
  const lanes: { readonly reader: LogReader; readonly lines: readonly Uint8Array[] }[] = [];
  for (const { path, rank, bytes } of run.files) {
    const content = bytes();
    const answer = recogniseFormat({ path, bytes: content.subarray(0, HEAD_BYTES), size: content.length });
    if ('refused' in answer) {
      return answer;
    }
    lanes.push({ reader: answer.format.open(path, analysis.fileSink({ path, rank })), lines: linesOf(content) });
  }
  const taps = new PointTap(analysis);
  const rules = baselines.map((baseline) => ({ baseline, rule: baseline.start(), firings: [] as Firing[] }));
  const looks = new Looks(run, analysis);
  const rows = Math.max(...lanes.map(({ lines }) => lines.length));
  for (let row = 0; row < rows; row++) {
    for (const { reader, lines } of lanes) {
      const line = lines[row];
      if (line !== undefined) {
        reader.read(line);
      }
    }
    for (const point of taps.newPoints()) {
      rules.forEach(({ rule, firings }) => firings.push(...rule(point)));
    }
    looks.after((row + 1) / rows);
  }
  lanes.forEach(({ reader }) => reader.end());
  for (const point of taps.newPoints()) {
    rules.forEach(({ rule, firings }) => firings.push(...rule(point)));
  }
  const toLabelStep = labelSteps(run, analysis);
  const judges = new Map<string, Watched>([[PRODUCT, looks.atEnd()]]);
  for (const { baseline, firings } of rules) {
    judges.set(baseline.id, watchedOf(run, baseline, firings, toLabelStep, mainSeries(analysis)));
  }
  return { judges };
}

function linesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  let from = 0;
  while (from < bytes.length) {
    const end = bytes.indexOf(10, from);
    const to = end < 0 ? bytes.length : end + 1;
    lines.push(bytes.subarray(from, to));
    from = to;
  }
  return lines;
}

/** The points that have come in since it was last asked. */
class PointTap {
  private readonly analysis: RunAnalysis;
  private readonly seen = new Map<Series, number>();

  constructor(analysis: RunAnalysis) {
    this.analysis = analysis;
  }

  *newPoints() {
    for (const { role, series } of this.analysis.signals()) {
      const from = this.seen.get(series) ?? 0;
      this.seen.set(series, series.length);
      for (let row = from; row < series.length && role !== 'other'; row++) {
        yield { role, tag: series.tag, rank: series.rank ?? 0, step: series.stepAt(row), value: series.valueAt(row) };
      }
    }
  }
}

/** The rows that delays are counted in: those of the training loss, or of whatever is logged most. */
function mainSeries(analysis: RunAnalysis): Series | undefined {
  let main: Signal | undefined;
  for (const signal of analysis.signals()) {
    const better =
      main === undefined ||
      (signal.role === main.role ? signal.series.length > main.series.length : rankOf(signal) > rankOf(main));
    main = better && signal.role !== 'other' ? signal : main;
  }
  return main?.series;
}

function rankOf({ role, series }: Signal): number {
  return role === 'train/loss' ? Infinity : series.length;
}

/** From a step of the log to what the labels count: the same, or the number of the row of the training loss. */
function labelSteps(run: LabelledRun, analysis: RunAnalysis): (step: number) => number {
  if (!run.countsRows) {
    return (step) => step;
  }
  const before = rowsBefore(analysis.signals().find(({ role }) => role === 'train/loss')?.series);
  return (step) => before(step) + 1;
}

/** How many rows come before the first that has reached a step. */
function rowsBefore(series: Series | undefined): (step: number) => number {
  const highest: number[] = [];
  return (step) => {
    while (series !== undefined && highest.length < series.length && (highest.at(-1) ?? -Infinity) < step) {
      highest.push(Math.max(highest.at(-1) ?? -Infinity, series.stepAt(highest.length)));
    }
    let [low, high] = [0, highest.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((highest[middle] ?? Infinity) < step) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  };
}

/** The product, looked at often where something is to be seen. */
class Looks {
  private readonly run: LabelledRun;
  private readonly analysis: RunAnalysis;
  private readonly slack: number;
  private readonly ever = new Set<string>();
  private readonly firstRow = new Map<JudgedLabel, number>();
  private readonly seenAt = new Map<JudgedLabel, { readonly rows: number; readonly step: number }>();
  private lastLook = 0;

  constructor(run: LabelledRun, analysis: RunAnalysis) {
    this.run = run;
    this.analysis = analysis;
    this.slack = slackOf(run);
  }

  /** To be called after every line. */
  after(share: number): void {
    const main = mainSeries(this.analysis);
    if (main === undefined || main.length === 0) {
      return;
    }
    const rows = main.length;
    const step = main.stepAt(rows - 1);
    const labelStep = this.run.countsRows ? rows : step;
    const begun = this.run.labels.filter(({ seenFrom }) => labelStep >= seenFrom);
    begun.forEach((label) => this.firstRow.has(label) || this.firstRow.set(label, rows));
    const waiting = begun.filter((label) => !this.seenAt.has(label));
    const close = waiting.some((label) => rows - (this.firstRow.get(label) ?? rows) <= CLOSE_ROWS);
    const often = this.run.healthy || waiting.length === 0 ? IDLE_LOOKS : LOOKS;
    if (!close && share - this.lastLook < 1 / often) {
      return;
    }
    this.lastLook = share;
    const predictions = this.predictions();
    predictions.forEach(({ kind }) => this.ever.add(kind));
    for (const label of waiting) {
      if (predictions.some((prediction) => names(prediction, label, this.slack))) {
        this.seenAt.set(label, { rows, step });
      }
    }
  }

  atEnd(): Watched {
    const predictions = this.predictions();
    predictions.forEach(({ kind }) => this.ever.add(kind));
    const main = mainSeries(this.analysis);
    const delays = new Map(
      this.run.labels.map((label) => {
        const hit = predictions.some((prediction) => names(prediction, label, this.slack));
        const from = this.firstRow.get(label) ?? 1;
        const seen = this.seenAt.get(label) ?? { rows: main?.length ?? 1, step: main?.stepAt(main.length - 1) ?? 0 };
        return [label, hit ? delayBetween(main, from, seen.rows) : undefined] as const;
      }),
    );
    return { predictions, ever: [...this.ever], delays };
  }

  private predictions(): Prediction[] {
    return predictionsOf(this.analysis.findings(), labelSteps(this.run, this.analysis));
  }
}

/** Between two rows, counted from 1. */
function delayBetween(main: Series | undefined, fromRow: number, toRow: number): Delay {
  const steps = main === undefined ? 0 : main.stepAt(toRow - 1) - main.stepAt(fromRow - 1);
  return { rows: toRow - fromRow, steps, share: (toRow - fromRow) / (main?.length ?? 1) };
}

/** A baseline says what it says once and for all: each firing stands for its step. */
function watchedOf(
  run: LabelledRun,
  { covers }: Baseline,
  firings: readonly Firing[],
  toLabelStep: (step: number) => number,
  main: Series | undefined,
): Watched {
  const predictions = firings.map(({ kind, step }) => ({ kind, from: toLabelStep(step), to: toLabelStep(step) }));
  const slack = slackOf(run);
  const before = rowsBefore(main);
  const delays = new Map(
    run.labels
      .filter(({ kind }) => covers.includes(kind))
      .map((label) => {
        const first = predictions.findIndex((prediction) => names(prediction, label, slack));
        const step = firings[first]?.step ?? Number.NaN;
        const from = run.countsRows ? Math.max(1, label.seenFrom) : before(label.seenFrom) + 1;
        const to = Math.max(from, before(step) + 1);
        return [label, first < 0 ? undefined : delayBetween(main, from, Math.min(to, main?.length ?? 1))] as const;
      }),
  );
  return { predictions, ever: [...new Set(predictions.map(({ kind }) => kind))], delays };
}
