import { setMaxListeners } from 'node:events';
import path from 'node:path';
import type { Disposable } from '../base/disposable.js';
import { Emitter } from '../base/event.js';
import { fail } from '../base/fail.js';
import type {
  EngineConfiguration,
  EngineEvent,
  EngineMethod,
  EngineRequests,
  RunSummary,
} from '../contract/engineProtocol.js';
import type { ExperimentOutcome } from '../contract/labExperiment.js';
import type { LabTrial } from '../contract/labProtocol.js';
import type { PatternPreview } from '../contract/patternPreview.js';
import type { ReportedSignal, RunReport } from '../contract/report.js';
import type { Both, RunComparison } from '../contract/runComparison.js';
import type { DocumentRequest } from '../contract/runDocument.js';
import type { GrammarSource } from '../loops/grammar.js';
import type { Envelope } from '../model/envelope.js';
import type { RunCheckpoint } from '../model/runCheckpoint.js';
import type { ComparedSide } from '../reports/runComparison.js';
import { abortable } from './abortable.js';
import { ChangeFeed } from './changeFeed.js';
import { RunScan } from './discovery/runScan.js';
import { LabService } from './lab/labService.js';
import { previewOf } from './recognition/userPatterns.js';
import { FollowedRuns } from './runs/followedRuns.js';
import type { RunCheckpoints } from './runs/runCheckpoints.js';
import type { RunEntry } from './runs/runEntry.js';
import { LIVE_MS } from './runs/runStatus.js';
import { readOpenedSource } from './sources/sourceFiles.js';
import { SourceService } from './sources/sourceService.js';
import type { WatchFolder } from './tailing/watchHints.js';
import type { ToolServices } from './tools/tool.js';

const NOTHING_CONFIGURED: EngineConfiguration = { folders: [], roles: {}, exclude: [], pollIntervalMs: 1000 };

/** What each request is answered by. Rejects with an error in words; aborting the signal rejects as well. */
export type EngineHandlers = {
  [Method in EngineMethod]: (
    params: EngineRequests[Method]['params'],
    signal: AbortSignal,
  ) => Promise<EngineRequests[Method]['result']>;
};

export interface EngineOptions {
  readonly grammars: GrammarSource;
  readonly now?: () => number;
  /** A run is live for this long after its newest change, in milliseconds. */
  readonly liveMs?: number;
  /** Undefined: the file system's own events. */
  readonly watch?: WatchFolder;
  /** The bundle of the lab's child process; undefined: nothing is tried. */
  readonly labChild?: string;
}

/**
 * Answers questions about runs, sources and trials. It finds runs ({@link RunScan}), reads and judges them and follows
 * those that grow ({@link FollowedRuns}), knows sources ({@link SourceService}) and tries fixes ({@link LabService}).
 */
export class Engine implements EngineHandlers, Disposable {
  private readonly events = new Emitter<EngineEvent>();
  readonly onEvent = this.events.event;
  private readonly lifetime = new AbortController();
  private readonly sources: SourceService;
  private readonly scan: RunScan;
  private readonly followed: FollowedRuns;
  private readonly lab: LabService;
  private readonly feed: ChangeFeed;
  private configuration = NOTHING_CONFIGURED;
  private runCheckpoints: RunCheckpoints | undefined;

  constructor({ grammars, now = Date.now, liveMs = LIVE_MS, watch, labChild }: EngineOptions) {
    const { signal } = this.lifetime;
    setMaxListeners(0, signal); // Every reading listens; they are many, and bounded by the queues.
    const onFailure = (error: unknown): void => this.logUnlessClosed(error);
    this.sources = new SourceService(grammars);
    this.feed = new ChangeFeed(
      (run) => this.summaryOf(run),
      (event) => this.events.fire(event),
    );
    this.scan = new RunScan({
      ...{ now, signal, onFailure },
      configuration: () => this.configuration,
      onNewest: (runs) => this.followed.add(runs),
      onRuns: (runs) => this.followed.replaceBy(runs),
      onUnreadable: (message, wasAskedFor) => this.log(wasAskedFor ? 'warning' : 'debug', message),
    });
    this.followed = new FollowedRuns({
      ...{ now, liveMs, signal, watch, onFailure },
      roles: () => this.configuration.roles,
      recognise: () => this.scan.recognise,
      pollIntervalMs: () => this.configuration.pollIntervalMs,
      onChange: (run) => this.feed.touch(run),
    });
    this.lab = new LabService({
      ...{ now, childFile: labChild, runs: this.followed, sources: this.sources },
      configuration: () => this.configuration.lab,
      onTrial: (trial) => this.events.fire({ type: 'trial', trial }),
      onSweep: (progress) => this.events.fire({ type: 'sweep', progress }),
      onRanking: (runs) => runs.filter((run) => this.followed.find(run)).forEach((run) => this.feed.touch(run)),
      onProblem: (message) => this.log('warning', message),
    });
  }

  configure(params: EngineConfiguration): Promise<null> {
    const before = this.configuration;
    this.configuration = params;
    if (!isSame(params.patterns, before.patterns)) {
      this.scan.patternsChanged();
      this.followed.clear();
    } else if (!isSame(params.roles, before.roles)) {
      this.followed.clear(); // What tags measure is decided when a run is read.
    }
    this.lab.prepare().catch((error: unknown) => this.logUnlessClosed(error));
    this.scan.start();
    this.followed.start();
    return Promise.resolve(null);
  }

  async rescan(_params: null, signal: AbortSignal): Promise<readonly RunSummary[]> {
    await abortable(this.scan.now(), signal);
    return this.runs();
  }

  runs(): Promise<readonly RunSummary[]> {
    return Promise.resolve(this.followed.ids.flatMap((run) => this.summaryOf(run) ?? []));
  }

  async open({ paths }: { paths: readonly string[] }, signal: AbortSignal): Promise<readonly RunSummary[]> {
    this.scan.open(paths);
    await abortable(this.scan.now(), signal);
    const targets = paths.map((one) => path.resolve(one));
    const found = this.followed.all.filter((entry) => isUnder(entry, targets));
    return found.flatMap(({ description }) => this.summaryOf(description.id) ?? []);
  }

  async report({ run }: { run: string }, signal: AbortSignal): Promise<RunReport> {
    return this.lab.rankedReport((await this.followed.readable(run, signal)).reported());
  }

  async envelope(params: EngineRequests['envelope']['params'], signal: AbortSignal): Promise<Envelope> {
    const { run, tag, rank, ...request } = params;
    const { session, description } = await this.followed.readable(run, signal);
    const store = session?.analysis.store;
    const handle = store?.find(tag, rank);
    return store && handle !== undefined
      ? store.envelope(handle, request)
      : fail(`${description.name} has no series "${tag}"${rank === undefined ? '' : ` of rank ${rank}`}`);
  }

  async checkpoints({ run }: { run: string }, signal: AbortSignal): Promise<readonly RunCheckpoint[]> {
    const entry = await this.followed.readable(run, signal);
    const { RunCheckpoints } = await import('./runs/runCheckpoints.js');
    this.runCheckpoints ??= new RunCheckpoints();
    const { analysis } = entry.session ?? {};
    return this.runCheckpoints.of({
      description: entry.description,
      configuration: analysis?.configuration ?? {},
      started: (analysis?.store.firstWallTime ?? NaN) * 1000,
      changed: entry.modified,
      runs: this.followed.all.map(({ description }) => description),
      within: this.scan.roots,
    });
  }

  async document({ run, ...request }: DocumentRequest, signal: AbortSignal): Promise<string> {
    const report = await this.report({ run }, signal);
    const { session } = await this.followed.readable(run, signal);
    const { runDocument } = await import('./runs/runDocument.js');
    return session
      ? runDocument(report, session.analysis.store, request)
      : fail(`${report.name} was closed meanwhile: try again`);
  }

  async compare({ runs }: { runs: Both<string> }, signal: AbortSignal): Promise<RunComparison> {
    const { compareRuns } = await import('../reports/runComparison.js');
    return compareRuns([await this.comparedSide(runs[0], signal), await this.comparedSide(runs[1], signal)]);
  }

  private async comparedSide(run: string, signal: AbortSignal): Promise<ComparedSide> {
    const report = await this.report({ run }, signal);
    const series = (await this.followed.readable(run, signal)).session?.analysis.store.series ?? [];
    return {
      report,
      seriesOf: ({ tag, rank }: ReportedSignal) => series.find((each) => each.tag === tag && each.rank === rank),
    };
  }

  previewPattern({ pattern, lines }: EngineRequests['previewPattern']['params']): Promise<PatternPreview> {
    return Promise.resolve(previewOf(pattern, lines));
  }

  loops(params: EngineRequests['loops']['params']): Promise<EngineRequests['loops']['result']> {
    return this.sources.loops(params);
  }

  blocks(params: EngineRequests['blocks']['params']): Promise<EngineRequests['blocks']['result']> {
    return this.sources.blocks(params);
  }

  settings(params: EngineRequests['settings']['params']): Promise<EngineRequests['settings']['result']> {
    return this.sources.settings(params);
  }

  fixes(): Promise<EngineRequests['fixes']['result']> {
    return Promise.resolve(this.sources.fixes());
  }

  fix(params: EngineRequests['fix']['params']): Promise<EngineRequests['fix']['result']> {
    return this.sources.fix(params);
  }

  trial(params: EngineRequests['trial']['params']): Promise<LabTrial | null> {
    return this.lab.trial(params);
  }

  /** @param follow hears of each change of this trial. */
  tryFix(
    params: EngineRequests['tryFix']['params'],
    signal: AbortSignal,
    follow?: (trial: LabTrial) => void,
  ): Promise<LabTrial> {
    return this.lab.tryFix(params, signal, follow);
  }

  sweep(_params: null, signal: AbortSignal): Promise<ExperimentOutcome> {
    return this.lab.sweep(signal);
  }

  /** @param follow hears of each change of a trial that the tool has begun. */
  async tool(
    { name, input, openTexts = {} }: EngineRequests['tool']['params'],
    signal: AbortSignal,
    follow?: (trial: LabTrial) => void,
  ): Promise<object> {
    const { runTool } = await import('./tools/tools.js');
    const services: ToolServices = {
      request: this.request,
      tryFix: (params, cancellation) => this.tryFix(params, cancellation, follow),
      readSource: (file) => readOpenedSource(file, openTexts),
    };
    return runTool(name, input, services, signal);
  }

  private readonly request: ToolServices['request'] = (method, params, signal) =>
    (this as EngineHandlers)[method](params, signal);

  dispose(): void {
    this.lifetime.abort();
    this.scan.dispose();
    this.followed.dispose();
    this.feed.dispose();
    this.events.dispose();
  }

  private summaryOf(run: string): RunSummary | undefined {
    const summary = this.followed.find(run)?.summary();
    return summary && this.lab.rankedSummary(summary);
  }

  private logUnlessClosed(error: unknown): void {
    if (!this.lifetime.signal.aborted) {
      this.log('error', describe(error));
    }
  }

  private log(level: 'debug' | 'warning' | 'error', message: string): void {
    this.events.fire({ type: 'log', level, message });
  }
}

/** Whether any file of the run is one of the paths or lies below one. */
function isUnder({ description }: RunEntry, targets: readonly string[]): boolean {
  const files = [...description.lanes.flat().map((file) => file.path), ...(description.copies ?? [])];
  return files.some((file) => {
    const absolute = path.resolve(file);
    return targets.some((target) => absolute === target || absolute.startsWith(target + path.sep));
  });
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one ?? {}) === JSON.stringify(other ?? {});
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
