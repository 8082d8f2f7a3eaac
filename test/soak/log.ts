import { appendFileSync, mkdirSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import type { MadeRecord } from '../corpus/syntheticRuns.js';

export const FORMATS = ['jsonl', 'csv'] as const;
export type Format = (typeof FORMATS)[number];

/** One row of a log: what was logged at a step. */
interface Row {
  readonly step: number;
  readonly values: ReadonlyMap<string, number>;
}

/** Seconds that a step takes by the log's own clock. */
const STEP_SECONDS = 0.4;

/** The log of one made-up run, written bit by bit, and ill-treated on request. */
export class SoakedLog {
  readonly folder: string;
  private readonly file: string;
  private readonly format: Format;
  private readonly rows: readonly Row[];
  private readonly tags: readonly string[];
  private written = 0;
  private wallTime = 1_790_000_000;

  constructor(folder: string, records: readonly MadeRecord[], format: Format) {
    this.folder = folder;
    this.format = format;
    this.file = path.join(folder, format === 'csv' ? 'progress.csv' : 'metrics.jsonl');
    this.rows = asRows(records);
    this.tags = [...new Set(records.map(({ tag }) => tag))];
    mkdirSync(folder, { recursive: true });
  }

  get length(): number {
    return this.rows.length;
  }

  get isWhole(): boolean {
    return this.written >= this.rows.length;
  }

  /** Appends further rows. */
  write(count: number): void {
    const text = this.next(count);
    if (text !== '') {
      appendFileSync(this.file, text);
    }
  }

  /** What a full disk leaves of a write: its beginning. The row that was cut stays cut, and nothing of it is written again. */
  writeOnFullDisk(count: number): void {
    const text = this.next(count);
    appendFileSync(this.file, text.slice(0, Math.floor(text.length * 0.6)));
  }

  /** As a script does that is started again and opens its log for writing. */
  startOver(): void {
    truncateSync(this.file);
    this.written = 0;
  }

  /** As a tool does that keeps a log small: the first part stays, the script goes on writing at its end. */
  cutInHalf(): void {
    truncateSync(this.file, Math.floor(statSync(this.file).size / 2));
  }

  /** As logrotate does; the script goes on in a new file. */
  rotate(): void {
    renameSync(this.file, `${this.file}.1`);
    if (this.format === 'csv') {
      appendFileSync(this.file, this.header());
    }
  }

  /** Somebody deletes the folder of the run. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The same training from its beginning in a folder of the same name. */
  recreate(): void {
    mkdirSync(this.folder, { recursive: true });
    this.written = 0;
  }

  /** The clock of the machine that trains is set. */
  jumpClock(seconds: number): void {
    this.wallTime += seconds;
  }

  private next(count: number): string {
    const header = this.written === 0 && this.format === 'csv' ? this.header() : '';
    const rows = this.rows.slice(this.written, this.written + count);
    this.written += rows.length;
    return header + rows.map((row) => this.line(row)).join('');
  }

  private header(): string {
    return ['step', 'timestamp', ...this.tags].join() + '\n';
  }

  private line({ step, values }: Row): string {
    this.wallTime += STEP_SECONDS;
    const time = this.wallTime.toFixed(3);
    if (this.format === 'csv') {
      const cells = this.tags.map((tag) => (values.has(tag) ? String(values.get(tag)) : ''));
      return [String(step), time, ...cells].join() + '\n';
    }
    // As Python's json module writes it: what is not finite stays visible.
    const fields = [...values].map(([tag, value]) => `${JSON.stringify(tag)}: ${value}`);
    return `{"step": ${step}, "timestamp": ${time}, ${fields.join(', ')}}\n`;
  }
}

/** Records of one step that follow one another make a row. */
function asRows(records: readonly MadeRecord[]): Row[] {
  const rows: { step: number; values: Map<string, number> }[] = [];
  for (const { tag, step, value } of records) {
    const last = rows.at(-1);
    if (last?.step === step && !last.values.has(tag)) {
      last.values.set(tag, value);
    } else {
      rows.push({ step, values: new Map([[tag, value]]) });
    }
  }
  return rows;
}
