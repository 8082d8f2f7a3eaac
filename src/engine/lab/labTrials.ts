import { messageOf } from '../../base/errorMessage.js';
import type { FindingSummary, RunSummary } from '../../contract/engineProtocol.js';
import type { LabConfiguration, LabRung, LabTrial, TrialSubject } from '../../contract/labProtocol.js';
import type { RunReport } from '../../contract/report.js';
import { probeLadder, rankedByVerdicts, readTrials, THREADS_A_CHILD, tryFix, usualConcurrency } from '../../lab/lab.js';
import type { BackendId, LadderOptions, TrialRecord, TrialRequest } from '../../lab/lab.js';
import { RunCurves } from './runCurves.js';
import { TrialProgress } from './trialProgress.js';
import type { TrialTopic } from './trialProgress.js';
import { reportWithTrials, verdictsOn } from './trialsInReports.js';

/** The lab as trials use it. */
export interface Lab {
  readonly tryFix: typeof tryFix;
  readonly probeLadder: typeof probeLadder;
  readonly readTrials: typeof readTrials;
}

const LAB: Lab = { tryFix, probeLadder, readTrials };

export interface LabTrialsOptions {
  /** The lab's child process. */
  readonly childFile: string;
  readonly now: () => number;
  /** Hears of a trial that is another than before. */
  readonly onTrial: (trial: LabTrial) => void;
  /** Hears that the fixes of runs may stand in another order. */
  readonly onRanking: (runs: readonly string[]) => void;
  /** Hears of what cannot be read. */
  readonly onProblem: (message: string) => void;
  /** Undefined: the lab itself. */
  readonly lab?: Lab;
}

/** Snapshots are at least this far apart, so that four runs at a time cost those who follow them nothing. */
const TELL_MS = 400;

/** Tries fixes of findings in the lab, one trial after the other, and ranks fixes by what came of it. */
export class LabTrials {
  private readonly options: LabTrialsOptions;
  private readonly lab: Lab;
  private readonly curves = new RunCurves();
  private configuration: LabConfiguration | undefined;
  /** The newest first. */
  private records: readonly TrialRecord[] = [];
  private loading: Promise<void> = Promise.resolve();
  private readonly live = new Map<string, LiveTrial>();
  /** What is known of trials that have ended here: more than stands in their records. */
  private readonly ended = new Map<string, TrialProgress>();
  private turn: Promise<void> = Promise.resolve();
  private ladder: { readonly packages: string | null; readonly rungs: readonly LabRung[] } | undefined;

  constructor(options: LabTrialsOptions) {
    this.options = options;
    this.lab = options.lab ?? LAB;
  }

  /** Takes over settings; resolves once the records of their folder are read. */
  configure(configuration: LabConfiguration | undefined): Promise<void> {
    const before = this.configuration?.folder;
    this.configuration = configuration;
    if (configuration && configuration.folder !== before) {
      this.ended.clear();
      this.loading = this.load(configuration.folder);
    }
    return this.loading;
  }

  /** What is known of the newest trial of a finding; undefined where there was none. */
  async trial(subject: TrialSubject, runName: string): Promise<LabTrial | undefined> {
    const live = this.live.get(keyOf(subject))?.progress ?? this.ended.get(keyOf(subject));
    if (live) {
      return live.snapshot();
    }
    const record = this.recordOf(subject);
    return record && this.configuration ? this.kept(record, runName, this.configuration).snapshot() : undefined;
  }

  /** The finding of an earlier trial, for one that goes on after its run is gone. */
  recordOf({ run, finding }: TrialSubject): TrialRecord | undefined {
    return this.records.find((record) => record.finding.run === run && record.finding.id === finding);
  }

  /**
   * Tries fixes until there are verdicts or it is cancelled; each change is told to `onTrial`, and to `follow`.
   * @throws {Error} where the finding is being tried already.
   */
  async try(
    topic: TrialTopic,
    request: TrialRequest,
    signal: AbortSignal,
    follow?: (trial: LabTrial) => void,
  ): Promise<LabTrial> {
    const { configuration } = this;
    if (!configuration) {
      throw new Error('no folder is known in which the lab may keep its runs');
    }
    const key = keyOf(topic.subject);
    if (this.live.get(key)?.signal.aborted === false) {
      throw new Error(`fixes of “${topic.finding.title}” are being tried already`);
    }
    const progress = new TrialProgress(topic, configuration.folder, configuration.seeds, this.curves);
    const live = new LiveTrial(progress, signal, (trial) => {
      if (this.live.get(key) === live) {
        this.options.onTrial(trial);
      }
      follow?.(trial);
    });
    this.live.set(key, live);
    live.changed();
    const before = this.turn;
    const own = before.then(() => this.run(live, request, configuration));
    this.turn = own.catch(() => undefined);
    await own;
    if (this.live.get(key) === live) {
      this.live.delete(key);
      this.ended.set(key, progress);
    }
    return live.last();
  }

  /** Fixes that helped in front, those that did harm last, each with what is known of it; and which findings can be tried. */
  rankedReport(report: RunReport): RunReport {
    return reportWithTrials(report, this.records);
  }

  /** As {@link rankedReport}. */
  rankedSummary(run: RunSummary): RunSummary {
    const findings = run.findings.map((finding) => this.rankedSummaryOf(run.id, finding));
    return findings.some((finding, index) => finding !== run.findings[index]) ? { ...run, findings } : run;
  }

  private async load(folder: string): Promise<void> {
    const { trials, unreadable } = await this.lab.readTrials(folder);
    if (this.configuration?.folder !== folder) {
      return;
    }
    this.records = trials;
    unreadable.forEach((file) => this.options.onProblem(`${file}: it is no record of a trial, and is left out`));
    this.options.onRanking([...new Set(trials.flatMap(({ finding }) => finding.run ?? []))]);
  }

  private kept(record: TrialRecord, runName: string, { folder, seeds }: LabConfiguration): TrialProgress {
    const { run, id, title, symptom } = record.finding;
    const topic = { subject: { run: run ?? '', finding: id ?? '' }, finding: { title, symptom }, runName };
    const progress = new TrialProgress(topic, folder, seeds, this.curves);
    progress.takeRecord(record);
    return progress;
  }

  private async run(live: LiveTrial, request: TrialRequest, configuration: LabConfiguration): Promise<void> {
    const { progress, signal } = live;
    try {
      await this.train(live, request, configuration);
    } catch (error) {
      progress.end(signal.aborted ? 'stopped' : 'failed', messageOf(error));
    }
    await live.finish();
  }

  private async train(live: LiveTrial, request: TrialRequest, configuration: LabConfiguration): Promise<void> {
    const { progress, signal } = live;
    const { folder, packages, processes, seeds, budget, version } = configuration;
    signal.throwIfAborted();
    const file = this.options.childFile;
    const ladder: LadderOptions = { file, signal, threads: THREADS_A_CHILD, packages, polite: true };
    progress.stage = 'preparing';
    live.changed();
    const rungs = await this.rungs(ladder);
    progress.ladder = rungs;
    const best = rungs.find(({ available }) => available)?.id;
    const record = await this.lab.tryFix(request, {
      ...ladder,
      ...{ folder, seeds, budget, evenkeel: version, now: this.options.now },
      backend: (best as BackendId | undefined) ?? 'auto',
      concurrency: processes > 0 ? processes : usualConcurrency(),
      onEvent: (event) => {
        progress.take(event);
        live.changed();
      },
    });
    this.records = [record, ...this.records.filter(({ id }) => id !== record.id)];
    progress.takeRecord(record);
    this.options.onRanking([progress.topic.subject.run]);
  }

  /** All rungs, looked at once: what a machine can do does not change while it runs. */
  private async rungs(options: LadderOptions): Promise<readonly LabRung[]> {
    if (this.ladder?.packages === options.packages) {
      return this.ladder.rungs;
    }
    const rungs = await this.lab.probeLadder(options);
    options.signal?.throwIfAborted();
    this.ladder = { packages: options.packages, rungs };
    return rungs;
  }

  private rankedSummaryOf(run: string, finding: FindingSummary): FindingSummary {
    const verdicts = verdictsOn(run, finding, this.records);
    if (verdicts.size === 0) {
      return finding;
    }
    const fixes = rankedByVerdicts(
      finding.fixes.map((id) => ({ id })),
      verdicts,
    );
    const helped = fixes.filter(({ id }) => verdicts.get(id)?.verdict === 'helps').map(({ id }) => id);
    return { ...finding, fixes: fixes.map(({ id }) => id), ...(helped.length > 0 && { helped }) };
  }
}

function keyOf({ run, finding }: TrialSubject): string {
  return JSON.stringify([run, finding]);
}

/** A trial that goes on, told of in snapshots that are not closer than a person can see. */
class LiveTrial {
  readonly progress: TrialProgress;
  readonly signal: AbortSignal;
  private readonly tell: (trial: LabTrial) => void;
  private telling: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private newest: LabTrial | undefined;
  private isOver = false;

  constructor(progress: TrialProgress, signal: AbortSignal, tell: (trial: LabTrial) => void) {
    this.progress = progress;
    this.signal = signal;
    this.tell = tell;
  }

  changed(): void {
    if (!this.isOver) {
      this.timer ??= setTimeout(() => {
        this.timer = undefined;
        this.telling = this.telling.then(() => this.tellNow());
      }, TELL_MS);
    }
  }

  /** Tells of its end. */
  async finish(): Promise<void> {
    this.isOver = true;
    clearTimeout(this.timer);
    await this.telling;
    await this.tellNow();
  }

  last(): LabTrial {
    if (!this.newest) {
      throw new Error('the trial has not ended');
    }
    return this.newest;
  }

  private async tellNow(): Promise<void> {
    this.newest = await this.progress.snapshot();
    this.tell(this.newest);
  }
}
