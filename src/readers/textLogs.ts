import { fileName, inspectLines } from './common/headLines.js';
import { DIALECTS, GENERAL_DIALECTS } from './dialects/dialects.js';
import type { FileHead, LogFormat, Recognition } from './reader.js';
import { stripAnsi } from './text/ansi.js';
import { looksLikeMetric } from './rows/columnNames.js';
import { BlankTable } from './text/blankTable.js';
import { FramedTable } from './text/framedTable.js';
import { KeyValueTable } from './text/keyValueTable.js';
import type { Dialect } from './text/dialect.js';
import { observe } from './text/observation.js';
import { parseBar } from './text/progressBar.js';
import { bareLine } from './text/linePrefix.js';
import { TextLogReader } from './text/textLogReader.js';

/** A dialect as a format: its rules first, those of the others after it, because jobs print what they like. */
function formatOf(dialect: Dialect): LogFormat {
  const others = DIALECTS.filter((other) => other !== dialect);
  return {
    id: dialect.id,
    title: dialect.title,
    writtenBy: dialect.writtenBy,
    recognise: (head) => recognise(dialect, head),
    open: (_path, sink) => new TextLogReader(sink, [dialect, ...others], GENERAL_DIALECTS),
  };
}

function recognise(dialect: Dialect, head: FileHead): Recognition {
  const matches = matchesIn(dialect, head);
  return matches === 0
    ? { confidence: 0, reason: `no line of a ${dialect.title}` }
    : { confidence: Math.min(0.85, 0.7 + 0.01 * matches), reason: `${matches} lines of a ${dialect.title}` };
}

const counted = new WeakMap<Dialect, WeakMap<Uint8Array, number>>();

function matchesIn(dialect: Dialect, head: FileHead): number {
  const known = counted.get(dialect) ?? new WeakMap<Uint8Array, number>();
  counted.set(dialect, known);
  let matches = known.get(head.bytes);
  if (matches === undefined) {
    matches = inspectLines(head).lines.filter((line) => fits(dialect, bareLine(stripAnsi(line).trimEnd()).text)).length;
    known.set(head.bytes, matches);
  }
  return matches;
}

/** Whether a line holds metrics in this dialect; lines of a configuration or of context alone do not tell. */
function fits(dialect: Dialect, line: string): boolean {
  if (line.length > MAXIMUM_LINE_LENGTH) {
    return false;
  }
  return dialect.rules.some((rule) => {
    const observation = rule.context === 'needs' || rule.context === 'passes' ? undefined : observe(rule, line);
    return observation !== undefined && (observation.pairs.length > 0 || rule.context === 'opens');
  });
}

const MAXIMUM_LINE_LENGTH = 4096;

/** Progress bars with metrics, as the only thing that a log has. */
const progressBars: LogFormat = {
  id: 'progress-bar',
  title: 'Progress bars with metrics',
  writtenBy: 'tqdm: nanoGPT forks, Lightning, OpenRLHF, levanter, home-made loops',
  recognise: (head) => {
    const bars = inspectLines(head).lines.filter((line) => (parseBar(stripAnsi(line))?.pairs.length ?? 0) > 0).length;
    return bars === 0
      ? { confidence: 0, reason: 'no progress bar with metrics' }
      : { confidence: 0.65, reason: `${bars} progress bars with metrics` };
  },
  open: (_path, sink) => new TextLogReader(sink, DIALECTS, GENERAL_DIALECTS),
};

/** A table made for the eye, as the only thing that a log has. */
const blankTables: LogFormat = {
  id: 'blank-table',
  title: 'Printed tables',
  writtenBy: "fastai, skorch, spaCy, Ultralytics, Ray Tune, Stable-Baselines3, OpenAI's baselines and Spinning Up",
  recognise: (head) => {
    const table = new BlankTable();
    const framed = new FramedTable();
    const keyValues = new KeyValueTable();
    const rows = inspectLines(head)
      .lines.map((line) => parseBar(stripAnsi(line))?.label ?? stripAnsi(line))
      .filter((line) => isMetricTable(keyValues.read(line)) || isRow(table.read(line) ?? framed.read(line))).length;
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
  const matches = GENERAL_DIALECTS.reduce((sum, dialect) => sum + matchesIn(dialect, head), 0);
  if (matches > 0) {
    return { confidence: matches > 1 ? 0.5 : 0.35, reason: `${matches} lines with a step and a result` };
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
