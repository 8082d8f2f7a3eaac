import type { RecordSink } from '../model/record.js';
import { inspectLines } from './common/headLines.js';
import { LogLines } from './common/logLines.js';
import { isObject } from './json/flatten.js';
import { parseLenientJson } from './json/lenientJson.js';
import type { FileHead, LogFormat, LogReader, Recognition } from './reader.js';
import { withPrintedEvaluations } from './printedEvaluations.js';
import { isRate, looksLikeMetric } from './rows/columnNames.js';
import { flatten } from './json/flatten.js';
import { ObjectRows } from './rows/objectRows.js';
import { bestStep } from './rows/shape.js';
import { stripAnsi } from './text/ansi.js';
import { parseNumber } from './text/numbers.js';
import { parseBar } from './text/progressBar.js';

/** One JSON object a line, each a row of metrics. */
export const jsonLines: LogFormat = {
  id: 'jsonl',
  title: 'JSON lines',
  writtenBy: 'detectron2 (metrics.json), TRL, LLaMA-Factory (trainer_log.jsonl), torchtune, home-made loggers',
  recognise,
  open: (_path, sink) => new JsonLinesReader(sink),
};

/** How Evenkeel's own samples of a machine begin; they have no step where the training told none. */
const MACHINE_HEADING = /^\{"telemetry":\{/;

function recognise(head: FileHead): Recognition {
  const { lines, endless } = inspectLines(head);
  if (endless && /\.(?:jsonl|ndjson)$/i.test(head.path)) {
    return { confidence: 0.4, reason: 'named like JSON lines; the first line is longer than what was looked at' };
  }
  if (MACHINE_HEADING.test(lines[0] ?? '')) {
    return { confidence: 0.9, reason: 'rows about the machine, as Evenkeel samples it beside a job' };
  }
  const sample = lines.slice(0, 40);
  if (sample.some((line) => parseBar(stripAnsi(line)) !== undefined)) {
    return { confidence: 0, reason: 'printed amid progress bars, which tell the step' };
  }
  const rows = sample.map(parseRow).filter((row) => row !== undefined);
  if (rows.length === 0 || rows.length < sample.length / 2) {
    return { confidence: 0, reason: 'its lines are not JSON objects' };
  }
  const numeric = rows.filter((row) => Object.values(row).some(isNumeric));
  const steps = numeric.some((row) => bestStep(Object.keys(row)) >= 0);
  // A single row with nothing but a rate is a configuration.
  const tells = (key: string): boolean => looksLikeMetric(key) && !(rows.length === 1 && isRate(key));
  const metrics = numeric.some((row) => Object.keys(row).some((key) => tells(key) && isNumeric(row[key])));
  if (!metrics && !(steps && numeric.length > 1)) {
    return { confidence: 0, reason: 'JSON lines, but no row has a step and a number that a training log would have' };
  }
  return { confidence: metrics && steps ? 0.9 : 0.6, reason: 'JSON objects with metrics, one a line' };
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && parseNumber(value) !== undefined);
}

function parseRow(line: string): Record<string, unknown> | undefined {
  const value = parseObject(line);
  return value === undefined ? undefined : flatten(value, () => undefined);
}

/** A line as an object: strict JSON first, which is fast, then JSON as loggers write it. */
export function parseObject(line: string): Readonly<Record<string, unknown>> | undefined {
  const value = PYTHON.test(line) ? parseLenientJson(line) : parseEither(line);
  return isObject(value) ? value : undefined;
}

function parseEither(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return parseLenientJson(line);
  }
}

/** A dictionary as Python prints it, which JSON.parse refuses at a price. */
const PYTHON = /^\s*\{\s*'/;

class JsonLinesReader implements LogReader {
  readonly #lines: LogLines;
  readonly #rows: ObjectRows;

  constructor(sink: RecordSink) {
    this.#rows = new ObjectRows(sink);
    this.#lines = new LogLines(sink, {
      line: (text) => this.#line(text),
      plainLine: (bytes, from) => this.#rows.addPlain(bytes, from),
    });
  }

  read(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end(() => {
      this.#rows.end();
      if (this.#rows.tooManyNames) {
        this.#lines.reportFile('more than 100,000 different keys: rows with further ones were left out');
      }
    });
  }

  #line(text: string): void {
    const row = parseObject(text);
    if (row !== undefined) {
      this.#rows.add(withPrintedEvaluations(row));
    } else if (text.trim() !== '') {
      this.#lines.report('not a JSON object');
    }
  }
}
