import type { BackendId } from '../backend.js';
import { runChild } from '../host/child.js';
import { engineOf } from '../host/backends.js';
import type { LadderOptions } from '../host/backends.js';
import { Curves } from './curves.js';
import type { Elsewhere } from './elsewhere.js';
import type { RunSpecification, RunStore } from './runStore.js';

/** What a run came to. */
export type RunOutcome =
  | { readonly kind: 'done'; readonly curves: Curves; readonly parameters: number; readonly versions: string }
  /** Broken off: by whoever asked, or because the budget was spent. */
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly reason: string };

/** How far an experiment is. */
export interface Progress {
  readonly done: number;
  /** Runs that are planned so far; more may come. */
  readonly planned: number;
  /** Steps of all planned runs that have been taken. */
  readonly share: number;
  /** Seconds that are left at the present speed; null before there is one. */
  readonly secondsLeft: number | null;
  /** The run that has just ended, and how; null while runs go on. */
  readonly ended: { readonly label: string; readonly seed: number; readonly outcome: RunOutcome['kind'] } | null;
}

/** A run begins, or has ended; of one that is kept from before only the end is told. */
export type RunEvent = Pick<RunSpecification, 'label' | 'seed'> & { readonly folder: string } & (
    | { readonly kind: 'run-started' }
    | {
        readonly kind: 'run-ended';
        readonly outcome: RunOutcome['kind'] | 'kept';
        /** Why it failed; null elsewhere. */
        readonly reason: string | null;
      }
  );

export interface QueueOptions extends LadderOptions {
  readonly backend: BackendId;
  /** Children at a time. */
  readonly concurrency: number;
  /** Milliseconds since the epoch at which no more is done. */
  readonly deadline: number;
  readonly now: () => number;
  readonly progress?: (progress: Progress) => void;
  readonly onRun?: (event: RunEvent) => void;
  /** Who trains in place of children of this process. */
  readonly elsewhere?: Elsewhere;
}

/** What a timer can wait for, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** Messages of progress are at least this far apart. */
const PROGRESS_MS = 500;

/** Trains runs, several at a time, each once; what is kept already is not trained again. */
export class RunQueue {
  private readonly store: RunStore;
  private readonly options: QueueOptions;
  private planned = 0;
  private done = 0;
  private plannedSteps = 0;
  private takenSteps = 0;
  /** Steps taken here, by which speed is told; kept runs cost nothing. */
  private workedSteps = 0;
  private readonly started: number;
  private toldAt = 0;
  private readonly broken = new AbortController();

  constructor(store: RunStore, options: QueueOptions) {
    this.store = store;
    this.options = options;
    this.started = options.now();
  }

  /**
   * All of them, in their order; each with what it came to. A disk that takes no more ends everything.
   * @param ended is told of each as it ends.
   */
  async run(
    runs: readonly RunSpecification[],
    ended?: (run: RunSpecification, outcome: RunOutcome) => void,
  ): Promise<RunOutcome[]> {
    this.planned += runs.length;
    this.plannedSteps += runs.reduce((sum, { settings }) => sum + settings.steps, 0);
    const outcomes: RunOutcome[] = runs.map(() => ({ kind: 'stopped' }));
    await this.trainElsewhere(runs);
    const waiting = [...runs.entries()];
    const worker = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [index, run] = next;
        const outcome = await this.one(run);
        outcomes[index] = outcome;
        this.done += 1;
        this.tell({ label: run.label, seed: run.seed, outcome: outcome.kind });
        ended?.(run, outcome);
      }
    };
    const workers = Array.from({ length: Math.min(this.options.concurrency, runs.length) }, async () => {
      try {
        await worker();
      } catch (error) {
        // The others have the same disk: they are ended before anybody is told.
        this.broken.abort();
        throw error;
      }
    });
    const failed = (await Promise.allSettled(workers)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') {
      throw failed.reason;
    }
    return outcomes;
  }

  private get isOver(): boolean {
    return this.timeLeft <= 0 || this.options.signal?.aborted === true || this.broken.signal.aborted;
  }

  private get timeLeft(): number {
    return this.options.deadline - this.options.now();
  }

  private async one(run: RunSpecification): Promise<RunOutcome> {
    const place = { label: run.label, seed: run.seed, folder: this.store.folderOf(run) };
    const kept = await this.store.kept(run);
    if (kept !== undefined) {
      this.takenSteps += run.settings.steps;
      const { parameters, versions } = kept.record;
      this.options.onRun?.({ ...place, kind: 'run-ended', outcome: 'kept', reason: null });
      return { kind: 'done', curves: kept.curves, parameters, versions };
    }
    if (this.options.elsewhere !== undefined) {
      const reason = await this.store.failureOf(run);
      const stopped = reason === undefined && this.isOver;
      return stopped ? { kind: 'stopped' } : { kind: 'failed', reason: reason ?? 'did not come to its end elsewhere' };
    }
    if (this.isOver) {
      return { kind: 'stopped' };
    }
    this.options.onRun?.({ ...place, kind: 'run-started' });
    const outcome = await this.train(run);
    const reason = outcome.kind === 'failed' ? outcome.reason : null;
    this.options.onRun?.({ ...place, kind: 'run-ended', outcome: outcome.kind, reason });
    return outcome;
  }

  /** Has others train what is not kept yet; they write where we read. */
  private async trainElsewhere(runs: readonly RunSpecification[]): Promise<void> {
    const { elsewhere } = this.options;
    if (elsewhere === undefined || this.isOver) {
      return;
    }
    const missing: RunSpecification[] = [];
    for (const run of runs) {
      if ((await this.store.kept(run)) === undefined) {
        await this.store.forgetFailure(run);
        missing.push(run);
      }
    }
    if (missing.length > 0) {
      await elsewhere.train(missing, this.endingSignal());
    }
  }

  private endingSignal(...more: readonly AbortSignal[]): AbortSignal {
    const { signal } = this.options;
    const spent = AbortSignal.timeout(Math.max(1, Math.min(this.timeLeft, LONGEST_TIMER_MS)));
    return AbortSignal.any([spent, this.broken.signal, ...more, ...(signal === undefined ? [] : [signal])]);
  }

  private async train(run: RunSpecification): Promise<RunOutcome> {
    const { settings, seed, backend, label } = run;
    const { now } = this.options;
    const log = await this.store.begin(run);
    const unwritable = new AbortController();
    const curves = new Curves();
    const begun = now();
    let [parameters, versions] = [0, ''];
    const end = await runChild(
      { kind: 'train', engine: engineOf(backend, this.options), settings, seed, dump: false },
      { ...this.options, signal: this.endingSignal(unwritable.signal) },
      (message) => {
        switch (message.message) {
          case 'ready':
            versions = message.versions;
            break;
          case 'started':
            parameters = message.parameters;
            break;
          case 'metrics':
            curves.add(message);
            log.add(message, now());
            this.takenSteps += 1;
            this.workedSteps += 1;
            this.tell(null);
            if (log.error !== undefined) {
              unwritable.abort();
            }
            break;
          default:
            break;
        }
      },
    );
    const seconds = (now() - begun) / 1000;
    const whole = end.kind === 'done';
    await log.end(
      whole ? { evenkeelLab: 1, label, seed, backend, versions, parameters, seconds, settings } : undefined,
    );
    switch (end.kind) {
      case 'done':
        return { kind: 'done', curves, parameters, versions };
      case 'cancelled':
        return { kind: 'stopped' };
      case 'failed':
        return { kind: 'failed', reason: end.reason };
    }
  }

  private tell(ended: Progress['ended']): void {
    const { now, progress } = this.options;
    const time = now();
    if (progress === undefined || (ended === null && time - this.toldAt < PROGRESS_MS)) {
      return;
    }
    this.toldAt = time;
    const secondsAStep = this.workedSteps > 0 ? (time - this.started) / 1000 / this.workedSteps : null;
    const left = Math.max(0, this.plannedSteps - this.takenSteps);
    progress({
      done: this.done,
      planned: this.planned,
      share: this.plannedSteps > 0 ? this.takenSteps / this.plannedSteps : 0,
      secondsLeft: secondsAStep === null ? null : secondsAStep * left,
      ended,
    });
  }
}
