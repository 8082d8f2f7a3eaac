import type { RecordSink } from '../model/record.js';
import { inspectLines } from './common/headLines.js';
import { LogLines } from './common/logLines.js';
import { flattenConfiguration } from './json/flatten.js';
import { parseObject } from './jsonLines.js';
import type { FileHead, LogFormat, LogReader, Recognition } from './reader.js';
import { EpochStep } from './rows/epochStep.js';
import { splitPrefix } from './rows/columnNames.js';
import { parseNumber } from './text/numbers.js';

/** The `.log.json` of OpenMMLab's runner: one object a line, `iter` starting again in every epoch. */
export const mmcvJson: LogFormat = {
  id: 'mmcv-json',
  title: 'OpenMMLab JSON log',
  writtenBy: 'mmcv, mmdetection, mmsegmentation and others of OpenMMLab (*.log.json)',
  recognise,
  open: (_path, sink) => new MmcvJsonReader(sink),
};

const ROW = /^\{"mode": ?"(?:train|val)", ?"epoch": ?\d+, ?"iter": ?\d+/;

function recognise(head: FileHead): Recognition {
  const { lines } = inspectLines(head);
  const first = lines[0] ?? '';
  const rows = lines.filter((line) => ROW.test(line)).length;
  const header = /^\{"env_info": ?"/.test(first) || (/^\{/.test(first) && /"exp_name": ?"/.test(first));
  return rows > 0 || (header && lines.length === 1)
    ? { confidence: 0.95, reason: 'rows with mode, epoch and iter, as OpenMMLab writes them' }
    : { confidence: 0, reason: 'no row with mode, epoch and iter' };
}

/** Keys that say where a row belongs and are no metrics. */
const PLACE_KEYS = new Set(['mode', 'epoch', 'iter', 'step']);

class MmcvJsonReader implements LogReader {
  readonly #sink: RecordSink;
  readonly #lines: LogLines;
  readonly #step = new EpochStep();
  readonly #handles = new Map<string, number>();

  constructor(sink: RecordSink) {
    this.#sink = sink;
    this.#lines = new LogLines(sink, { line: (text) => this.#line(text) });
  }

  read(chunk: Uint8Array): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
  }

  #line(text: string): void {
    const row = parseObject(text);
    if (row === undefined) {
      if (text.trim() !== '') {
        this.#lines.report('not a JSON object');
      }
      return;
    }
    const mode = row['mode'];
    const epoch = row['epoch'];
    const iteration = row['iter'];
    if (typeof mode === 'string' && typeof iteration === 'number') {
      const isTraining = splitPrefix(mode) === '';
      const step = this.#step.next(typeof epoch === 'number' ? epoch : NaN, iteration, isTraining);
      this.#emit(row, isTraining ? '' : 'val/', step, epoch);
    } else {
      this.#sink.configuration(flattenConfiguration(row));
    }
  }

  #emit(row: Readonly<Record<string, unknown>>, prefix: string, step: number, epoch: unknown): void {
    for (const key of Object.keys(row)) {
      const value = PLACE_KEYS.has(key) ? undefined : numberOf(row[key]);
      if (value !== undefined) {
        this.#sink.scalar(this.#handle(prefix + key), step, value, NaN);
      }
    }
    if (prefix === '' && typeof epoch === 'number') {
      this.#sink.scalar(this.#handle('epoch'), step, epoch, NaN);
    }
  }

  #handle(tag: string): number {
    let handle = this.#handles.get(tag);
    if (handle === undefined) {
      handle = this.#sink.tag(tag);
      this.#handles.set(tag, handle);
    }
    return handle;
  }
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : typeof value === 'string' ? parseNumber(value) : undefined;
}
