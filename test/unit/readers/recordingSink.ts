import type { JsonValue } from '../../../src/model/json.js';
import type { Problem } from '../../../src/model/problem.js';
import type { RecordSink, SkippedKind, StepUnit, TagHandle, TagOptions } from '../../../src/model/record.js';
import type { LogFormat } from '../../../src/readers/reader.js';

export interface RecordedPoint {
  readonly step: number;
  readonly value: number;
  readonly wallTime: number;
}

/** Keeps everything that a reader says, both in order (`calls`) and by tag. */
export class RecordingSink implements RecordSink {
  /** Every call in order, one line each; only filled when asked for, because it is large. */
  readonly calls: string[] = [];
  readonly points = new Map<string, RecordedPoint[]>();
  readonly settings: Record<string, JsonValue> = {};
  readonly problems: Problem[] = [];
  readonly skippedCounts = new Map<string, number>();
  unit: StepUnit = 'step';
  total: number | undefined;
  outcome: string | undefined;
  scalars = 0;
  readonly #keepsCalls: boolean;
  readonly #names: string[] = [];
  readonly #series: RecordedPoint[][] = [];
  readonly #handles = new Map<string, TagHandle>();

  constructor(keepsCalls = false) {
    this.#keepsCalls = keepsCalls;
  }

  tag(name: string, options?: TagOptions): TagHandle {
    const key = options?.rank === undefined ? name : `${name} @${options.rank}`;
    let handle = this.#handles.get(key);
    if (handle === undefined) {
      handle = this.#names.length;
      this.#handles.set(key, handle);
      this.#names.push(key);
      const series: RecordedPoint[] = [];
      this.#series.push(series);
      this.points.set(key, series);
      this.#note(`tag ${key}`);
    }
    return handle;
  }

  scalar(tag: TagHandle, step: number, value: number, wallTime: number): void {
    const series = this.#series[tag];
    if (series === undefined) {
      throw new Error(`a handle that no tag has: ${tag}`);
    }
    if (!Number.isFinite(step)) {
      throw new Error(`a step that is not finite: ${step} of ${this.#names[tag]}`);
    }
    this.scalars++;
    series.push({ step, value, wallTime });
    this.#note(`${this.#names[tag]} ${step} ${value} ${wallTime}`);
  }

  configuration(values: Readonly<Record<string, JsonValue>>): void {
    for (const key of Object.keys(values)) {
      this.settings[key] = values[key] as JsonValue;
    }
    this.#note(`configuration ${JSON.stringify(values)}`);
  }

  stepUnit(unit: StepUnit): void {
    this.unit = unit;
    this.#note(`unit ${unit}`);
  }

  totalSteps(total: number): void {
    this.total = total;
    this.#note(`total ${total}`);
  }

  skipped(kind: SkippedKind, tag: string): void {
    const key = `${kind} ${tag}`;
    this.skippedCounts.set(key, (this.skippedCounts.get(key) ?? 0) + 1);
    this.#note(`skipped ${key}`);
  }

  ended(outcome: 'finished' | 'failed', message: string): void {
    this.outcome = outcome;
    this.#note(`ended ${outcome} ${message}`);
  }

  problem(problem: Problem): void {
    this.problems.push(problem);
    this.#note(`problem ${problem.offset} ${problem.message}`);
  }

  /** Values of one tag in order; empty when it was never logged. */
  values(tag: string): number[] {
    return (this.points.get(tag) ?? []).map((point) => point.value);
  }

  steps(tag: string): number[] {
    return (this.points.get(tag) ?? []).map((point) => point.step);
  }

  /** A readable summary for goldens: tags with their number of points, first and last. */
  summary(): Record<string, JsonValue> {
    const tags: Record<string, JsonValue> = {};
    for (const [tag, series] of this.points) {
      tags[tag] = { points: series.length, first: describe(series[0]), last: describe(series[series.length - 1]) };
    }
    return {
      unit: this.unit,
      total: this.total ?? null,
      outcome: this.outcome ?? null,
      tags,
      settings: Object.keys(this.settings).length,
      skipped: Object.fromEntries(this.skippedCounts),
      problems: this.problems.map((problem) => `${problem.offset}: ${problem.message}`),
    };
  }

  #note(line: string): void {
    if (this.#keepsCalls) {
      this.calls.push(line);
    }
  }
}

function describe(point: RecordedPoint | undefined): JsonValue {
  if (point === undefined) {
    return null;
  }
  const time = Number.isNaN(point.wallTime) ? '' : ` at ${point.wallTime}`;
  return `${point.step}: ${point.value}${time}`;
}

/** Reads bytes as one chunk, or cut into pieces of the given sizes (the last size repeats). */
export function readAll(
  format: LogFormat,
  bytes: Uint8Array,
  sizes?: readonly number[],
  keepsCalls = false,
  path = 'file',
): RecordingSink {
  const sink = new RecordingSink(keepsCalls);
  const reader = format.open(path, sink);
  if (sizes === undefined) {
    reader.read(bytes);
  } else {
    let position = 0;
    for (let index = 0; position < bytes.length; index++) {
      const size = Math.max(1, sizes[Math.min(index, sizes.length - 1)] ?? 1);
      // A copy that is overwritten afterwards: readers must not keep the caller's array.
      const piece = bytes.slice(position, position + size);
      reader.read(piece);
      piece.fill(0x58);
      position += size;
    }
  }
  reader.end();
  return sink;
}

/** Text as UTF-8 bytes. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The head that `recognise` is shown for a file of these bytes. */
export function headOf(path: string, bytes: Uint8Array): { path: string; bytes: Uint8Array; size: number } {
  return { path, bytes: bytes.subarray(0, 64 * 1024), size: bytes.length };
}
