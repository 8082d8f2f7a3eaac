import type { RecordSink } from '../model/record.js';
import { inspectLines } from './common/headLines.js';
import { LogLines } from './common/logLines.js';
import type { FileHead, LogFormat, LogReader, Recognition } from './reader.js';
import { wallTimeOfNumber } from './rows/wallTime.js';
import { parseNumber } from './text/numbers.js';

/** One file per metric, a line for each point: `1677142461847 52.4896 1` is milliseconds, value, step. */
export const mlflowMetric: LogFormat = {
  id: 'mlflow',
  title: 'MLflow metric file',
  writtenBy: 'MLflow file stores (mlruns/*/*/metrics/*)',
  recognise,
  open: (path, sink) => new MlflowReader(tagOf(path), sink),
};

const LINE = /^(\d{10,16}) (\S+)(?: (-?\d+))?$/;

function recognise(head: FileHead): Recognition {
  const { lines } = inspectLines(head);
  const fits =
    lines.length > 0 && lines.every((line) => LINE.test(line) && parseNumber(line.split(' ')[1] ?? '') !== undefined);
  if (!fits) {
    return { confidence: 0, reason: 'its lines are not a time, a value and a step' };
  }
  const inStore = /[/\\]metrics[/\\]/.test(head.path);
  return { confidence: inStore ? 0.95 : 0.5, reason: 'lines of a time, a value and a step' };
}

/** The path below the run's `metrics` folder: a metric's name may hold slashes. */
function tagOf(path: string): string {
  const parts = path.split(/[/\\]/);
  const folder = parts.lastIndexOf('metrics');
  return folder < 0 ? (parts.pop() ?? path) : parts.slice(folder + 1).join('/');
}

class MlflowReader implements LogReader {
  readonly #sink: RecordSink;
  readonly #tag: number;
  readonly #lines: LogLines;
  #row = 0;

  constructor(tag: string, sink: RecordSink) {
    this.#sink = sink;
    this.#tag = sink.tag(tag);
    this.#lines = new LogLines(sink, { line: (text) => this.#line(text) });
  }

  read(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
  }

  #line(text: string): void {
    const match = LINE.exec(text.trimEnd());
    const value = parseNumber(match?.[2] ?? '');
    if (match === null || value === undefined) {
      this.#lines.report('not a time, a value and a step');
      return;
    }
    const step = match[3] === undefined ? this.#row : Number(match[3]);
    this.#row++;
    this.#sink.scalar(this.#tag, step, value, wallTimeOfNumber(Number(match[1])));
  }
}
