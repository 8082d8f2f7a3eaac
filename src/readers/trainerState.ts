import type { JsonValue } from '../model/json.js';
import type { RecordSink } from '../model/record.js';
import { fileName, inspectLines } from './common/headLines.js';
import { flattenConfiguration } from './json/flatten.js';
import { JsonScanner, type JsonPath } from './json/jsonScanner.js';
import type { FileHead, LogFormat, LogReader, Recognition } from './reader.js';
import { isRow, ObjectRows } from './rows/objectRows.js';

/** The state that Hugging Face's Trainer keeps in each checkpoint: its whole log so far. */
export const trainerState: LogFormat = {
  id: 'trainer-state',
  title: 'Hugging Face trainer state',
  writtenBy: 'transformers Trainer, TRL, LLaMA-Factory (trainer_state.json)',
  recognise,
  open: (_path, sink) => new TrainerStateReader(sink),
};

const OTHER_KEYS = ['"best_metric"', '"global_step"', '"is_world_process_zero"', '"num_train_epochs"', '"log_history"'];

function recognise(head: FileHead): Recognition {
  const text = inspectLines(head).lines.join('\n');
  if (!/^\s*\{/.test(text)) {
    return { confidence: 0, reason: 'not a JSON object' };
  }
  const known = OTHER_KEYS.filter((key) => text.includes(key)).length;
  const named = fileName(head.path) === 'trainer_state.json';
  if (text.includes('"log_history"') && known > 1) {
    return { confidence: 1, reason: 'a JSON object with log_history' };
  }
  return named && known > 0
    ? { confidence: 0.9, reason: 'called trainer_state.json' }
    : { confidence: 0, reason: 'no log_history' };
}

/** A row that the Trainer writes once, after the last step. */
const CLOSING_KEY = 'train_runtime';

class TrainerStateReader implements LogReader {
  readonly #sink: RecordSink;
  readonly #rows: ObjectRows;
  readonly #scanner: JsonScanner;

  constructor(sink: RecordSink) {
    this.#sink = sink;
    this.#rows = new ObjectRows(sink);
    this.#scanner = new JsonScanner({
      enter: (path) => (path.length === 0 || (path.length === 1 && path[0] === 'log_history') ? 'descend' : 'collect'),
      value: (path, value) => this.#value(path, value),
      leave: (path) => this.#leave(path),
    });
  }

  read(chunk: Uint8Array): void {
    this.#scanner.push(chunk);
  }

  end(): void {
    this.#scanner.end();
    this.#rows.end();
    const error = this.#scanner.error;
    if (error !== undefined) {
      this.#sink.problem({ offset: error.offset, message: `damaged trainer state: ${error.message}` });
    }
  }

  #value(path: JsonPath, value: unknown): void {
    if (path[0] === 'log_history') {
      if (path.length === 2 && isRow(value)) {
        this.#row(value);
      }
    } else if (path.length === 1) {
      this.#setting(String(path[0]), value);
    }
  }

  #row(row: Readonly<Record<string, JsonValue>>): void {
    this.#rows.add(row);
    if (CLOSING_KEY in row) {
      this.#sink.ended('finished', 'the Trainer wrote its closing summary');
    }
  }

  #setting(key: string, value: unknown): void {
    if (key === 'max_steps' && typeof value === 'number' && Number.isFinite(value) && value > 0) {
      this.#sink.totalSteps(value);
    }
    this.#sink.configuration(flattenConfiguration({ [key]: value }));
  }

  #leave(path: JsonPath): void {
    if (path.length === 1 && path[0] === 'log_history') {
      this.#rows.end();
    }
  }
}

/**
 * The step that a trainer's state was saved at: its keys are sorted, so that it comes before the log.
 * @param head the beginning of the file.
 */
export function globalStepIn(head: Uint8Array): number | undefined {
  const digits = /"global_step":\s*(\d+)/.exec(new TextDecoder().decode(head))?.[1];
  return digits === undefined ? undefined : Number(digits);
}
