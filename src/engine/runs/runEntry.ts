import type { Disposable } from '../../base/disposable.js';
import { fail } from '../../base/fail.js';
import type { RunSummary } from '../../contract/engineProtocol.js';
import type { RunReport } from '../../contract/report.js';
import type { Role } from '../../model/role.js';
import { isEnding } from '../../model/run.js';
import type { RunDescription, RunStatus } from '../../model/run.js';
import type { DiscoveredRun } from '../discovery/discovery.js';
import type { Recogniser } from '../recognition/userPatterns.js';
import { reportOf } from './report.js';
import { RunSession } from './runSession.js';
import { sessionStatus, statusOf } from './runStatus.js';
import { summaryOf, unreadSummary } from './runSummary.js';

/** How often a run is begun anew in one reading when its files are replaced under it. */
const ATTEMPTS = 3;
/** A quiet run is taken to be over no later than this, however often it has gone on again. */
const LONGEST_PATIENCE_MS = 3_600_000;

export interface EntryOptions {
  readonly roles: () => Readonly<Record<string, Role>>;
  readonly recognise: () => Recogniser;
  readonly now: () => number;
  /** A run is live for this long after its newest change, in milliseconds. */
  readonly liveMs: number;
  /** Something about the run may look different now. */
  readonly onChange: () => void;
}

/** One run that was found: read when needed, followed while it grows, closed when memory is needed for others. */
export class RunEntry implements Disposable {
  private readonly options: EntryOptions;
  private found: DiscoveredRun;
  private current: RunSession | undefined;
  /** The last thing told of the run, for while it is closed. */
  private lastSummary: RunSummary | undefined;
  /** What the last summary was made of is no longer all: making one asks every monitor. */
  private isSummaryDue = true;
  private changed: number;
  private readVersion: string | undefined;
  private reading = false;
  private isGone = false;
  /** Stops the reading that is under way. */
  private stopReading: () => void = () => undefined;
  /** Seen to grow, not only found to have been changed lately: a fresh copy of old runs is not alive. */
  private hasGrown = false;
  private queue: Promise<unknown> = Promise.resolve();
  private patience: number;

  constructor(found: DiscoveredRun, options: EntryOptions) {
    this.found = found;
    this.changed = found.modified;
    this.options = options;
    this.patience = options.liveMs;
  }

  get description(): RunDescription {
    return this.found.description;
  }

  /** Milliseconds since the epoch of the newest known change on disk. */
  get modified(): number {
    return this.changed;
  }

  /** Undefined until it has been opened, and when it was closed. */
  get session(): RunSession | undefined {
    return this.current;
  }

  /** Whether the files have changed since they were last read to their end. */
  get isStale(): boolean {
    return this.readVersion !== this.found.version;
  }

  /** Whether the run is another than was last told, by the passing of time alone. */
  get hasAged(): boolean {
    return this.lastSummary !== undefined && this.lastSummary.status !== this.status;
  }

  /** Whether more may be known shortly: it is not open, its files have changed, or they are being read. */
  get isUnsettled(): boolean {
    return !this.current || this.isStale || this.reading;
  }

  /** Whether it may be closed: it is open, but has not been seen to grow lately. */
  get isIdle(): boolean {
    return this.current !== undefined && !this.reading && !(this.hasGrown && this.isRecent);
  }

  /** Bytes of the points in memory. */
  get bytes(): number {
    const { sealed, tail } = this.current?.analysis.store.bytes ?? { sealed: 0, tail: 0 };
    return sealed + tail;
  }

  get status(): RunStatus {
    const { now, liveMs } = this.options;
    if (this.current) {
      return sessionStatus(this.current, this.changed, now(), liveMs);
    }
    const { status, lastStep = null, totalSteps } = this.lastSummary ?? {};
    const outcome = status !== undefined && isEnding(status) ? status : undefined;
    return statusOf({
      outcome,
      changed: this.changed,
      now: now(),
      liveMs,
      lastStep,
      totalSteps: totalSteps ?? undefined,
    });
  }

  summary(): RunSummary {
    const { status } = this;
    const { name, location } = this.description;
    if (this.current && (this.isSummaryDue || status !== this.lastSummary?.status)) {
      this.isSummaryDue = false;
      this.lastSummary = summaryOf(this.current, status, this.changed);
    }
    const last = this.lastSummary ?? unreadSummary(this.description, status, this.changed);
    this.lastSummary = { ...last, name, location, status, changed: this.changed / 1000 };
    return this.lastSummary;
  }

  /** What is known so far; undefined when the run is not open. */
  report(): RunReport | undefined {
    const report = this.current && reportOf(this.current, this.status);
    return report && this.reading ? { ...report, reading: true } : report;
  }

  /** As {@link RunEntry.report}. @throws {Error} where the run is not open. */
  reported(): RunReport {
    return this.report() ?? fail(`${this.description.location}: nothing of the run could be read yet`);
  }

  /** Takes over what discovery found since. */
  update(found: DiscoveredRun): void {
    this.hasGrown ||= found.version !== this.found.version;
    this.found = found;
    this.changed = Math.max(this.changed, found.modified);
    if (this.current && !this.current.extend(found.description)) {
      this.close();
    }
  }

  /** Opens the run where needed and reads what is new. One reading at a time; rejects when aborted. */
  read(signal: AbortSignal): Promise<void> {
    const turn = this.queue.then(() => this.readNow(signal));
    this.queue = turn.catch(() => undefined);
    return turn;
  }

  /** Forgets all but the summary; it is read again when somebody asks. */
  close(): void {
    this.stopReading();
    if (this.current && this.current.end(true)) {
      this.isSummaryDue = true;
    }
    this.summary();
    this.current?.close();
    this.current = undefined;
  }

  /** The run is no longer there: it is not read again. */
  dispose(): void {
    this.isGone = true;
    this.close();
  }

  private get isRecent(): boolean {
    return this.options.now() - this.changed <= this.options.liveMs;
  }

  /** Until the run is closed: what was read is then nobody's any more. */
  private async readNow(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.isGone) {
      return;
    }
    const reading = new AbortController();
    const forward = (): void => reading.abort(signal.reason);
    signal.addEventListener('abort', forward, { once: true });
    this.stopReading = () => reading.abort();
    try {
      await this.readAll(reading.signal);
    } catch (error) {
      if (signal.aborted || !reading.signal.aborted) {
        throw error;
      }
    } finally {
      signal.removeEventListener('abort', forward);
    }
  }

  private async readAll(signal: AbortSignal): Promise<void> {
    const wasOpen = this.current !== undefined;
    this.reading = true;
    // Even if reading fails: the same files would make it fail again.
    this.readVersion = this.found.version;
    try {
      if (await this.readToEnd(signal)) {
        this.changed = wasOpen ? this.options.now() : this.changed;
        this.hasGrown ||= wasOpen;
        this.noteChange();
      }
      await this.settle(signal);
    } finally {
      this.reading = false;
    }
  }

  /** @returns whether there was anything new. */
  private async readToEnd(signal: AbortSignal): Promise<boolean> {
    for (let attempt = 1; ; attempt++) {
      this.current ??= new RunSession(this.description, {
        roles: this.options.roles(),
        recognise: this.options.recognise(),
      });
      const session = this.current;
      const outcome = await session.read(signal, () => this.noteChange());
      if (outcome !== 'replaced' || attempt === ATTEMPTS) {
        return outcome !== 'unchanged';
      }
      this.beginAnew(session);
    }
  }

  /** A run that goes on after it seemed to be over gets more patience: each time costs reading it from the start. */
  private beginAnew(session: RunSession): void {
    if (session.isEnded) {
      this.patience = Math.min(this.patience * 2, LONGEST_PATIENCE_MS);
    }
    session.close();
    this.current = undefined;
  }

  /** Once nothing grows any more, the run is told as reading its files from the start would tell it. */
  private async settle(signal: AbortSignal): Promise<void> {
    const isQuiet = this.options.now() - this.changed > this.patience;
    if (!this.current || this.current.isEnded || !isQuiet) {
      return;
    }
    if (this.current.needsReplay) {
      this.current.close();
      this.current = undefined;
      await this.readToEnd(signal);
    }
    this.session?.end();
    this.noteChange();
  }

  private noteChange(): void {
    this.isSummaryDue = true;
    this.options.onChange();
  }
}
