import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BackendId } from '../backend.js';
import type { MetricsMessage } from '../protocol.js';
import type { LabSettings } from '../settings.js';
import { Curves } from './curves.js';

/** What decides about a run: the same specification gives the same numbers on the same backend. */
export interface RunSpecification {
  /** Arms on top of the baseline, joined by "+"; "baseline" for none. */
  readonly label: string;
  readonly settings: LabSettings;
  readonly seed: number;
  readonly backend: BackendId;
}

/** What is kept of a run that came to its end. */
export interface RunRecord {
  readonly evenkeelLab: 1;
  readonly label: string;
  readonly seed: number;
  readonly backend: BackendId;
  readonly versions: string;
  readonly parameters: number;
  readonly seconds: number;
  readonly settings: LabSettings;
}

const RECORD = 'lab-run.json';
const METRICS = 'metrics.jsonl';
const FAILURE = 'lab-failure.json';
/** Characters of the hash that tells runs apart. */
const HASH_LENGTH = 10;

/**
 * Folders of runs, one each: the log as any trainer would write it, and a record once the run has come to its end. A
 * folder without a record is a run that was broken off.
 */
export class RunStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  folderOf(run: RunSpecification): string {
    return path.join(this.folder, this.nameOf(run));
  }

  /** Of the run's folder. */
  nameOf(run: RunSpecification): string {
    const decisive = JSON.stringify([run.settings, run.seed, run.backend]);
    const hash = createHash('sha256').update(decisive).digest('hex').slice(0, HASH_LENGTH);
    return `${run.label.replaceAll(/[^\w+.-]/g, '_')}-seed${run.seed}-${hash}`;
  }

  /** A run that is there already, whole; undefined otherwise. */
  async kept(run: RunSpecification): Promise<{ record: RunRecord; curves: Curves } | undefined> {
    const folder = this.folderOf(run);
    try {
      const record = JSON.parse(await readFile(path.join(folder, RECORD), 'utf8')) as RunRecord;
      const curves = Curves.parse(await readFile(path.join(folder, METRICS), 'utf8'));
      // A log that was lost behind its record is no result.
      return curves.values('train/loss').length === run.settings.steps ? { record, curves } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Says in a run's folder why it failed, for whoever had it trained elsewhere. */
  async noteFailure(run: RunSpecification, reason: string): Promise<void> {
    await mkdir(this.folderOf(run), { recursive: true });
    await writeFile(path.join(this.folderOf(run), FAILURE), `${JSON.stringify({ reason })}\n`);
  }

  /** Why a run failed elsewhere; undefined where nobody said. */
  async failureOf(run: RunSpecification): Promise<string | undefined> {
    try {
      const text = await readFile(path.join(this.folderOf(run), FAILURE), 'utf8');
      return (JSON.parse(text) as { readonly reason: string }).reason;
    } catch {
      return undefined;
    }
  }

  /** Takes back what {@link noteFailure} said. */
  async forgetFailure(run: RunSpecification): Promise<void> {
    await rm(path.join(this.folderOf(run), FAILURE), { force: true });
  }

  /** Begins a run's folder anew. */
  async begin(run: RunSpecification): Promise<RunLog> {
    const folder = this.folderOf(run);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    return new RunLog(folder);
  }
}

/** The log of a run that is being trained. */
export class RunLog {
  private readonly folder: string;
  private readonly stream: WriteStream;
  private trouble: Error | undefined;

  constructor(folder: string) {
    this.folder = folder;
    this.stream = createWriteStream(path.join(folder, METRICS));
    this.stream.on('error', (error) => {
      this.trouble = error;
    });
  }

  /** Why the log cannot be written; undefined while it can. */
  get error(): Error | undefined {
    return this.trouble;
  }

  add({ step, values }: MetricsMessage, wallTime: number): void {
    this.stream.write(`${JSON.stringify({ step, timestamp: wallTime / 1000, ...values })}\n`);
  }

  /** Ends the log; with the record, if the run came to its end. Throws when the disk takes no more. */
  async end(record: RunRecord | undefined): Promise<void> {
    await new Promise<void>((resolve) => {
      this.stream.end(() => resolve());
      this.stream.once('close', () => resolve());
    });
    if (this.trouble !== undefined) {
      throw this.trouble;
    }
    if (record !== undefined) {
      const unfinished = path.join(this.folder, `${RECORD}.part`);
      await writeFile(unfinished, `${JSON.stringify(record, undefined, 2)}\n`);
      await rename(unfinished, path.join(this.folder, RECORD));
    }
  }
}
