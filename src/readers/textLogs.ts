import { fileName, inspectLines } from './common/headLines.js';
import { DIALECTS, GENERAL_DIALECTS } from './dialects/dialects.js';
import type { FileHead, LogFormat, Recognition } from './reader.js';
import { stripAnsi } from './text/ansi.js';
import { isResultName, looksLikeMetric } from './rows/columnNames.js';
import { BlankTable } from './text/blankTable.js';
import { BraceBlock } from './text/braceBlock.js';
import { FramedTable } from './text/framedTable.js';
import { KeyValueTable } from './text/keyValueTable.js';
import type { Dialect } from './text/dialect.js';
import { behindHead } from './text/logHead.js';
import { EpochBars } from './text/epochBars.js';
import { namelessColumns } from './text/namelessColumns.js';
import { observe } from './text/observation.js';
import { ResultTable } from './text/resultTable.js';
import { parseBar } from './text/progressBar.js';
import { bareLine } from './text/linePrefix.js';
import { TextLogReader } from './text/textLogReader.js';

/** A dialect as a format: its rules first, those of the others after it, because jobs print what they like. */
function formatOf(dialect: Dialect): LogFormat {
  return {
    id: dialect.id,
    title: dialect.title,
    writtenBy: dialect.writtenBy,
    recognise: (head) => recognise(dialect, head),
    open: (_path, sink) => new TextLogReader(sink, DIALECTS, GENERAL_DIALECTS, dialect),
  };
}

function recognise(dialect: Dialect, head: FileHead): Recognition {
  const { metrics, openings } = matchesIn(dialect, head);
  if (metrics === 0 && openings === 0) {
    return { confidence: 0, reason: `no line of a ${dialect.title}` };
  }
  const matches = metrics + openings;
  return metrics === 0
    ? { confidence: OPENED, reason: `lines that open a ${dialect.title}, but none with metrics` }
    : { confidence: Math.min(0.85, 0.7 + 0.01 * matches), reason: `${matches} lines of a ${dialect.title}` };
}

/** Lines such as `Epoch 1/10` are common: what stands under them tells whose they are. */
const OPENED = 0.4;

/** How many lines of a head a dialect knows. */
interface Matches {
  /** Lines that hold metrics. */
  readonly metrics: number;
  /** Lines that give their place to those under them. */
  readonly openings: number;
}

const counted = new WeakMap<Dialect, WeakMap<Uint8Array, Matches>>();

function matchesIn(dialect: Dialect, head: FileHead): Matches {
  const known = counted.get(dialect) ?? new WeakMap<Uint8Array, Matches>();
  counted.set(dialect, known);
  let matches = known.get(head.bytes);
  if (matches === undefined) {
    matches = countMatches(dialect, inspectLines(head).lines);
    known.set(head.bytes, matches);
  }
  return matches;
}

function countMatches(dialect: Dialect, lines: readonly string[]): Matches {
  const block = new BraceBlock();
  const whole = [...lines.flatMap((line) => block.take(bareLine(stripAnsi(line).trimEnd()).text)), ...block.end()];
  let [metrics, openings] = [0, 0];
  let isUnderPlace = false;
  for (const line of whole) {
    const found = kindOf(dialect, line, isUnderPlace);
    metrics += found === 'metrics' ? 1 : 0;
    openings += found === 'opening' ? 1 : 0;
    isUnderPlace = found === 'opening' || (isUnderPlace && found !== undefined);
  }
  return { metrics, openings };
}

/** What a line is in this dialect; lines of a configuration do not tell. */
function kindOf(dialect: Dialect, line: string, isUnderPlace: boolean): 'metrics' | 'opening' | 'passed' | undefined {
  if (line.length > MAXIMUM_LINE_LENGTH) {
    return undefined;
  }
  const text = GENERAL_DIALECTS.includes(dialect) ? behindHead(line) : line;
  for (const rule of dialect.rules) {
    if (rule.context === 'passes') {
      if (isUnderPlace && rule.line.test(text)) {
        return 'passed';
      }
    } else if (rule.context !== 'follows' && (rule.context !== 'needs' || isUnderPlace)) {
      const observation = observe(rule, text);
      if (observation !== undefined && observation.pairs.length > 0) {
        const tells = rule.context !== 'needs' || observation.pairs.some(({ name }) => isResultName(name));
        return tells ? 'metrics' : 'passed';
      }
      if (observation !== undefined && rule.context === 'opens') {
        return 'opening';
      }
    }
  }
  return undefined;
}

const MAXIMUM_LINE_LENGTH = 4096;

/** Progress bars with metrics, as the only thing that a log has. */
const progressBars: LogFormat = {
  id: 'progress-bar',
  title: 'Progress bars with metrics',
  writtenBy:
    'tqdm: nanoGPT forks, Lightning, OpenRLHF, levanter, home-made loops; pytorch-cifar, pytorch-classification',
  recognise: (head) => {
    const ofEpochs = new EpochBars();
    const lines = inspectLines(head).lines.map((line) => stripAnsi(line));
    const bars = lines.filter(
      (line) => (parseBar(line)?.pairs.length ?? 0) > 0 || ofEpochs.read(line) !== undefined,
    ).length;
    if (bars > 0) {
      return { confidence: 0.65, reason: `${bars} progress bars with metrics` };
    }
    const results = resultsUnderBars(lines);
    return results === 0
      ? { confidence: 0, reason: 'no progress bar with metrics' }
      : { confidence: 0.5, reason: `${results} lines of results under progress bars` };
  },
  open: (_path, sink) => new TextLogReader(sink, DIALECTS, GENERAL_DIALECTS),
};

/** Lines such as `Val loss: 0.3` that get their place from a bar above them. @param lines without colours */
function resultsUnderBars(lines: readonly string[]): number {
  const following = GENERAL_DIALECTS.flatMap(({ rules }) => rules.filter(({ context }) => context === 'follows'));
  const first = lines.findIndex((line) => parseBar(line) !== undefined);
  const isResult = (line: string): boolean =>
    line.length <= MAXIMUM_LINE_LENGTH && following.some((rule) => observe(rule, behindHead(line)) !== undefined);
  return first < 0 ? 0 : lines.slice(first).filter(isResult).length;
}

/** A table made for the eye, as the only thing that a log has. */
const blankTables: LogFormat = {
  id: 'blank-table',
  title: 'Printed tables',
  writtenBy:
    "fastai, skorch, spaCy, Ultralytics, Ray Tune and Train, Lightning's test and validate, Stable-Baselines3, OpenAI's baselines and Spinning Up",
  recognise: (head) => {
    const table = new BlankTable();
    const framed = new FramedTable();
    const keyValues = new KeyValueTable();
    const results = new ResultTable();
    const rows = inspectLines(head)
      .lines.map((line) => parseBar(stripAnsi(line))?.label ?? stripAnsi(line))
      .filter(
        (line) =>
          isMetricTable(keyValues.read(line)) ||
          isMetricTable(results.read(line)) ||
          isRow(table.read(line) ?? framed.read(line)),
      ).length;
    return rows === 0
      ? { confidence: 0, reason: 'no printed table with a loss' }
      : { confidence: 0.6, reason: `${rows} rows of a printed table` };
  },
  open: (_path, sink) => new TextLogReader(sink, DIALECTS, GENERAL_DIALECTS),
};

function isRow(row: ReturnType<BlankTable['read']>): boolean {
  return typeof row === 'object';
}

function isMetricTable(pairs: ReturnType<KeyValueTable['read']>): boolean {
  return typeof pairs === 'object' && pairs.some(({ name }) => looksLikeMetric(name));
}

const LOG_NAME = /\.(?:log|out|err|stdout|stderr)(?:\.\d+)?$|^(?:stdout|stderr|output|log)(?:\.txt)?$/i;
const SOURCE_LINE = /^(?:import \w+|from [\w.]+ import |def \w+\(|class \w+|={40,}$)/;

/** Text that prints metrics in a way of its own, or only after more than the head shows. */
const otherText: LogFormat = {
  id: 'text',
  title: 'Other text logs',
  writtenBy: 'scripts that print a step and a loss on one line',
  recognise: recogniseOther,
  open: (_path, sink) => new TextLogReader(sink, DIALECTS, GENERAL_DIALECTS),
};

function recogniseOther(head: FileHead): Recognition {
  const { lines, binary } = inspectLines(head);
  if (binary) {
    return { confidence: 0, reason: 'binary data' };
  }
  const matches = GENERAL_DIALECTS.reduce((sum, dialect) => sum + matchesIn(dialect, head).metrics, 0);
  if (matches > 0) {
    return { confidence: matches > 1 ? 0.5 : 0.35, reason: `${matches} lines with a step and a result` };
  }
  const nameless = namelessColumns(lines);
  if (nameless !== undefined) {
    return { confidence: 0.1, reason: nameless };
  }
  const isLonger = head.size > head.bytes.length;
  const beginsWithSource = lines.filter((line) => SOURCE_LINE.test(line)).length > 2;
  if (isLonger && (LOG_NAME.test(fileName(head.path)) || beginsWithSource)) {
    return { confidence: 0.3, reason: 'no metrics at its beginning, but it may print them later' };
  }
  return { confidence: 0.01, reason: 'text without any line that has a step and a result' };
}

/** The formats of printed logs, the special before the general. */
export const TEXT_FORMATS: readonly LogFormat[] = [...DIALECTS.map(formatOf), progressBars, blankTables, otherText];
