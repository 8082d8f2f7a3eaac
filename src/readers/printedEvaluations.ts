import type { RecordSink } from '../model/record.js';
import { DIALECTS, GENERAL_DIALECTS } from './dialects/dialects.js';
import { isResultName, splitPrefix } from './rows/columnNames.js';
import { TextLogReader } from './text/textLogReader.js';

/** Under this name the hook hands on a line that the job printed: it knows the step, the line what was measured. */
const PRINTED = 'evenkeel/printed';

/** Replaces a line that the hook heard by the results of an evaluation that it names; other rows stay as they are. */
export function withPrintedEvaluations(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const line = row[PRINTED];
  if (typeof line !== 'string') {
    return row;
  }
  const { [PRINTED]: _, ...rest } = row;
  return { ...rest, ...(evaluationsIn(line) ?? evaluationsIn(`step ${String(rest['step'])}, ${line}`)) };
}

/**
 * Undefined where there is none. What the hook sees itself, such as the loss of the training, is not taken from what
 * the job prints.
 */
function evaluationsIn(line: string): Readonly<Record<string, number>> | undefined {
  const found = new Map<string, number>();
  const reader = new TextLogReader(new ResultSink(found), DIALECTS, GENERAL_DIALECTS);
  reader.read(new TextEncoder().encode(`${line}\n`));
  reader.end();
  const results = [...found].filter(([name]) => isOfEvaluation(name) && isResultName(name));
  return results.length > 0 ? Object.fromEntries(results) : undefined;
}

/** The best so far follows from the others. */
const RECORD = /\b(?:best|lowest|highest|min|max)\b/i;

function isOfEvaluation(name: string): boolean {
  const words = name.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/);
  return !RECORD.test(words.join(' ')) && words.some((word) => splitPrefix(word) !== '');
}

/** Keeps the newest value of each name. */
class ResultSink implements RecordSink {
  readonly #found: Map<string, number>;
  readonly #names: string[] = [];

  constructor(found: Map<string, number>) {
    this.#found = found;
  }

  tag(name: string): number {
    return this.#names.push(name) - 1;
  }

  scalar(tag: number, _step: number, value: number): void {
    this.#found.set(this.#names[tag] ?? '', value);
  }

  configuration(): void {}
  stepUnit(): void {}
  totalSteps(): void {}
  skipped(): void {}
  ended(): void {}
  problem(): void {}
}
