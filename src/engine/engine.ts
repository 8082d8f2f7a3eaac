import { setMaxListeners } from 'node:events';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Disposable } from '../base/disposable.js';
import { Emitter } from '../base/event.js';
import { keepOnly } from '../base/keepOnly.js';
import type {
  EngineConfiguration,
  EngineEvent,
  EngineMethod,
  EngineRequests,
  RunSummary,
  SourceText,
} from '../contract/engineProtocol.js';
import type { PatternPreview } from '../contract/patternPreview.js';
import type { ExperimentOutcome } from '../contract/labExperiment.js';
import type { LabTrial } from '../contract/labProtocol.js';
import type { ReportedSignal, RunReport } from '../contract/report.js';
import type { Both, RunComparison } from '../contract/runComparison.js';
import type { DocumentRequest } from '../contract/runDocument.js';
import type { RunFacts } from '../lab/lab.js';
import type { GrammarSource } from '../loops/grammar.js';
import type { Envelope } from '../model/envelope.js';
import type { ComparedSide } from '../reports/runComparison.js';
import type { RunCheckpoint } from '../model/runCheckpoint.js';
import { abortable } from './abortable.js';
import { BackgroundQueue } from './backgroundQueue.js';
import { ChangeFeed } from './changeFeed.js';
import { Discovery } from './discovery/discovery.js';
import type { Discovered, DiscoveredRun } from './discovery/discovery.js';
import { excludedBy } from './discovery/pathGlobs.js';
import type { LabTrials } from './labTrials.js';
import { LIVE_MS } from './replay.js';
import { Repeating } from './repeating.js';
import type { RunCheckpoints } from './runs/runCheckpoints.js';
import { RunEntry } from './runs/runEntry.js';
import { languageOf, readSourceFile } from './sourceFiles.js';
import { SourceService } from './sourceService.js';
import type { ToolServices } from './tools/tool.js';
import { filesNamedIn, previewOf, recogniserWith } from './userPatterns.js';
import type { Recogniser } from './userPatterns.js';
import { WatchHints } from './tailing/watchHints.js';
import type { WatchFolder } from './tailing/watchHints.js';

/** Runs read for the first time side by side; reading several at once hardly makes all of them faster. */
const OPENED_SIDE_BY_SIDE = 2;
/** Runs that are read as fast as can be, the newest: what a person sees first. */
const NEWEST_RUNS = 200;
/** Reading of older runs that nobody asked for rests so many times as long as it took: others use the machine too. */
const REST_SHARE = 1;
/** Growing runs looked at side by side: most of that is waiting for the file system. */
const FOLLOWED_SIDE_BY_SIDE = 16;
/** New folders show up within two seconds: looking for them takes the rest. */
const SCAN_INTERVAL_MS = 1500;
/** Looking again for runs takes at most this share of the time, as long as the pause below is not longer. */
const SCAN_SHARE = 0.2;
const LONGEST_SCAN_PAUSE_MS = 15_000;
/** Memory that runs which no longer grow may keep, in bytes; beyond it those used longest ago are closed. */
const IDLE_BYTES = 256 * 1024 * 1024;
/** Runs that may be kept open although they no longer grow. */
const IDLE_RUNS = 32;
/** A request for a run that is still being read waits this long for all of it, then gets what there is. */
const PATIENCE_MS = 400;

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

/** Finds runs, reads and judges them, follows those that grow, and answers questions about them and about sources. */
export class Engine implements EngineHandlers, Disposable {
  private readonly events = new Emitter<EngineEvent>();
  readonly onEvent = this.events.event;
  private readonly now: () => number;
  private readonly liveMs: number;
  private readonly sources: SourceService;
  private readonly lifetime = new AbortController();
  private readonly entries = new Map<string, RunEntry>();
  /** Ids, the one used longest ago first. */
  private readonly recentlyUsed = new Set<string>();
  private readonly opening = new BackgroundQueue(OPENED_SIDE_BY_SIDE);
  private readonly following = new BackgroundQueue(FOLLOWED_SIDE_BY_SIDE);
  private readonly feed: ChangeFeed;
  private readonly hints: WatchHints;
  private readonly scanning: Repeating;
  private readonly polling: Repeating;
  /** Runs that may grow, by the folders of their files. */
  private runsOfFolder: ReadonlyMap<string, readonly string[]> = new Map();
  /** Runs read for the first time that nobody had asked for. */
  private openedUnasked = 0;
  /** What was said of files that can't be read, so that it is said once. */
  private readonly loggedUnreadable = new Map<string, string>();
  private discovery = new Discovery();
  private recognise: Recogniser = recogniserWith({});
  private configuration = NOTHING_CONFIGURED;
  private runCheckpoints: RunCheckpoints | undefined;
  private readonly labChild: string | undefined;
  private trials: LabTrials | undefined;
  private trialsLoading: Promise<LabTrials> | undefined;
  /** How long the last look for runs took, without the reading of what was new. */
  private lookingMs = 0;
  /** Paths opened by hand, as they were named. */
  private readonly opened = new Set<string>();

  constructor(options: EngineOptions) {
    this.now = options.now ?? Date.now;
    this.liveMs = options.liveMs ?? LIVE_MS;
    this.labChild = options.labChild;
    setMaxListeners(0, this.lifetime.signal); // Every reading listens; they are many, and bounded by the queues.
    this.sources = new SourceService(options.grammars);
    this.feed = new ChangeFeed(
      (run) => this.summaryOf(run),
      (event) => this.events.fire(event),
    );
    this.hints = new WatchHints((folder) => this.readRunsIn(folder), options.watch);
    const logFailure = (error: unknown): void => this.logUnlessClosed(error);
    this.scanning = new Repeating(
      () => this.scan(),
      () => pauseAfterScan(this.lookingMs),
      logFailure,
    );
    this.polling = new Repeating(
      () => this.poll(),
      () => this.configuration.pollIntervalMs,
      logFailure,
    );
  }

  configure(params: EngineConfiguration): Promise<null> {
    const before = this.configuration;
    this.configuration = params;
    if (!isSame(params.patterns, before.patterns)) {
      this.recognise = recogniserWith(params.patterns ?? {});
      this.discovery = new Discovery(); // It remembers what files were taken for.
      this.forget();
    } else if (!isSame(params.roles, before.roles)) {
      this.forget(); // What tags measure is decided when a run is read.
    }
    if (params.lab && this.labChild !== undefined) {
      void this.labTrials().catch((error: unknown) => this.logUnlessClosed(error));
    }
    this.scanning.start();
    this.polling.start();
    return Promise.resolve(null);
  }

  async rescan(_params: null, signal: AbortSignal): Promise<readonly RunSummary[]> {
    await abortable(this.scanning.now(), signal);
    return this.runs();
  }

  runs(): Promise<readonly RunSummary[]> {
    return Promise.resolve([...this.entries.keys()].flatMap((run) => this.summaryOf(run) ?? []));
  }

  async open({ paths }: { paths: readonly string[] }, signal: AbortSignal): Promise<readonly RunSummary[]> {
    paths.forEach((one) => this.opened.add(one));
    await abortable(this.scanning.now(), signal);
    const targets = paths.map((one) => path.resolve(one));
    const found = [...this.entries].filter(([, entry]) => isUnder(entry, targets));
    return found.flatMap(([run]) => this.summaryOf(run) ?? []);
  }

  async report({ run }: { run: string }, signal: AbortSignal): Promise<RunReport> {
    const report = reported(await this.readable(run, signal));
    return this.trials?.rankedReport(report) ?? report;
  }

  async envelope(params: EngineRequests['envelope']['params'], signal: AbortSignal): Promise<Envelope> {
    const { run, tag, rank, ...request } = params;
    const { session, description } = await this.readable(run, signal);
    const store = session?.analysis.store;
    const handle = store?.find(tag, rank);
    return store && handle !== undefined
      ? store.envelope(handle, request)
      : fail(`${description.name} has no series "${tag}"${rank === undefined ? '' : ` of rank ${rank}`}`);
  }

  async checkpoints({ run }: { run: string }, signal: AbortSignal): Promise<readonly RunCheckpoint[]> {
    const entry = await this.readable(run, signal);
    const { RunCheckpoints } = await import('./runs/runCheckpoints.js');
    this.runCheckpoints ??= new RunCheckpoints();
    const { analysis } = entry.session ?? {};
    return this.runCheckpoints.of({
      description: entry.description,
      configuration: analysis?.configuration ?? {},
      started: (analysis?.store.firstWallTime ?? NaN) * 1000,
      changed: entry.modified,
      runs: [...this.entries.values()].map(({ description }) => description),
      within: [...this.configuration.folders, ...this.opened],
    });
  }

  async document({ run, ...request }: DocumentRequest, signal: AbortSignal): Promise<string> {
    const report = await this.report({ run }, signal);
    const { session } = await this.readable(run, signal);
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
    const series = (await this.readable(run, signal)).session?.analysis.store.series ?? [];
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

  async trial({ run, finding }: EngineRequests['trial']['params']): Promise<LabTrial | null> {
    const trials = await this.labTrials();
    return (await trials.trial({ run, finding }, this.nameOf(run))) ?? null;
  }

  /** @param follow hears of each change of this trial. */
  async tryFix(
    { run, finding, fixes, source }: EngineRequests['tryFix']['params'],
    signal: AbortSignal,
    follow?: (trial: LabTrial) => void,
  ): Promise<LabTrial> {
    const trials = await this.labTrials();
    const { onlyFixes, requestOf, trialRequest } = await import('./labRequest.js');
    const record = trials.recordOf({ run, finding });
    const entry = this.entries.has(run) ? await this.readable(run, signal) : undefined;
    const report = entry && reported(entry);
    const isThere = report?.findings.some(({ id }) => id === finding) === true;
    if (!report && !record) {
      fail(`there is no run ${run} any more`);
    }
    const whole =
      report && (isThere || !record)
        ? trialRequest(report, finding, await this.factsOf(entry, source))
        : requestOf(record!);
    const request = onlyFixes(whole, fixes);
    const { title, symptom } = request.finding;
    const topic = { subject: { run, finding }, finding: { title, symptom }, runName: this.nameOf(run) };
    return trials.try(topic, request, signal, follow);
  }

  async sweep(_params: null, signal: AbortSignal): Promise<ExperimentOutcome> {
    const { lab: configuration = fail('no folder is known in which the lab may keep its runs') } = this.configuration;
    const { sweepLearningRates } = await import('./labSweep.js');
    return sweepLearningRates({
      childFile: this.labChild ?? fail('this program has no lab'),
      ...{ configuration, now: this.now, signal },
      onProgress: (progress) => this.events.fire({ type: 'sweep', progress }),
    });
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
      readSource: (file) => readOpened(file, openTexts),
    };
    return runTool(name, input, services, signal);
  }

  private readonly request: ToolServices['request'] = (method, params, signal) =>
    (this as EngineHandlers)[method](params, signal);

  dispose(): void {
    this.lifetime.abort();
    this.scanning.dispose();
    this.polling.dispose();
    this.hints.dispose();
    this.opening.clear();
    this.following.clear();
    this.feed.dispose();
    this.forget();
    this.events.dispose();
  }

  private summaryOf(run: string): RunSummary | undefined {
    const summary = this.entries.get(run)?.summary();
    return summary && (this.trials?.rankedSummary(summary) ?? summary);
  }

  private nameOf(run: string): string {
    return this.entries.get(run)?.description.name ?? '';
  }

  /** What the run's logs and its source say of how it was trained. */
  private async factsOf(
    { session }: RunEntry,
    source: EngineRequests['tryFix']['params']['source'],
  ): Promise<RunFacts> {
    const { factsOfRun } = await import('./trials/runFacts.js');
    const { ratesOf } = await import('./labRequest.js');
    const { configuration = {}, totalSteps } = session?.analysis ?? {};
    const knowledge = { configuration, rates: ratesOf(session?.analysis.signals() ?? []) };
    const known = totalSteps === undefined ? knowledge : { ...knowledge, totalSteps };
    return factsOfRun(known, source ? await this.sources.facts(source) : {});
  }

  /** The lab, loaded with the first need of it, with the settings of now. */
  private async labTrials(): Promise<LabTrials> {
    this.trialsLoading ??= this.loadTrials(this.labChild ?? fail('this program has no lab'));
    const trials = await this.trialsLoading;
    await trials.configure(this.configuration.lab);
    return trials;
  }

  private async loadTrials(childFile: string): Promise<LabTrials> {
    const { LabTrials } = await import('./labTrials.js');
    this.trials = new LabTrials({
      childFile,
      now: this.now,
      onTrial: (trial) => this.events.fire({ type: 'trial', trial }),
      onRanking: (runs) => runs.filter((run) => this.entries.has(run)).forEach((run) => this.feed.touch(run)),
      onProblem: (message) => this.log('warning', message),
    });
    return this.trials;
  }

  private async scan(): Promise<void> {
    const { folders, exclude } = this.configuration;
    const roots = [...new Set([...folders, ...this.opened])];
    const isExcluded = excludedBy(exclude);
    const discovered = await this.discovery.discover(roots, {
      isExcluded,
      recognise: this.recognise,
      isNamedLog: filesNamedIn(this.configuration.patterns ?? {}),
      now: this.now,
      signal: this.lifetime.signal,
      onNewest: (runs) => this.addRuns(runs),
    });
    this.lookingMs = discovered.lookingMs;
    this.takeOver(discovered);
  }

  private takeOver({ runs, unreadable }: Discovered): void {
    const ids = new Set(runs.map(({ description }) => description.id));
    for (const run of this.entries.keys()) {
      if (!ids.has(run)) {
        this.remove(run);
      }
    }
    this.addRuns(runs);
    this.logUnreadable(unreadable);
  }

  private addRuns(runs: readonly DiscoveredRun[]): void {
    for (const found of runs) {
      const { id } = found.description;
      const known = this.entries.get(id);
      if (known) {
        known.update(found);
      } else {
        this.entries.set(id, new RunEntry(found, this.entryOptions(id)));
        this.feed.touch(id);
      }
      if (this.entries.get(id)?.isStale) {
        this.readInBackground(id);
      }
    }
  }

  private logUnreadable(unreadable: Discovered['unreadable']): void {
    keepOnly(this.loggedUnreadable, new Set(unreadable.map(({ path: file }) => file)));
    for (const { path: file, message } of unreadable) {
      if (this.loggedUnreadable.get(file) !== message) {
        this.loggedUnreadable.set(file, message);
        this.log(this.opened.has(file) ? 'warning' : 'debug', `${file}: ${message}`);
      }
    }
  }

  private entryOptions(id: string): ConstructorParameters<typeof RunEntry>[1] {
    return {
      roles: () => this.configuration.roles,
      recognise: () => this.recognise,
      now: this.now,
      liveMs: this.liveMs,
      onChange: () => this.feed.touch(id),
    };
  }

  private remove(run: string): void {
    this.opening.remove(run);
    this.following.remove(run);
    this.entries.get(run)?.dispose();
    this.entries.delete(run);
    this.recentlyUsed.delete(run);
    this.feed.touch(run);
  }

  private forget(): void {
    [...this.entries.keys()].forEach((run) => this.remove(run));
  }

  /** Looks at the runs that may grow, whatever the file system says or does not say. */
  private poll(): Promise<void> {
    this.runsOfFolder = this.foldersOfLiveRuns();
    this.hints.update(new Set(this.runsOfFolder.keys()));
    for (const [run, entry] of this.entries) {
      if (entry.session && !entry.session.isEnded) {
        this.readInBackground(run);
      } else if (entry.hasAged) {
        this.feed.touch(run);
      }
    }
    this.closeIdle();
    return Promise.resolve();
  }

  private foldersOfLiveRuns(): ReadonlyMap<string, readonly string[]> {
    const folders = new Map<string, string[]>();
    for (const [run, entry] of this.entries) {
      if (entry.session && entry.status === 'live') {
        for (const folder of new Set(foldersOf(entry))) {
          folders.set(folder, [...(folders.get(folder) ?? []), run]);
        }
      }
    }
    return folders;
  }

  private readRunsIn(folder: string): void {
    this.runsOfFolder.get(folder)?.forEach((run) => this.readInBackground(run));
  }

  /** What changed last is read first. */
  private readInBackground(run: string): void {
    const entry = this.entries.get(run);
    if (entry?.session) {
      this.following.add(run, entry.modified, () => this.read(run));
    } else {
      this.opening.add(run, entry?.modified ?? 0, () => this.openUnasked(run));
    }
  }

  private async openUnasked(run: string): Promise<void> {
    const began = performance.now();
    await this.read(run);
    this.openedUnasked++;
    if (this.openedUnasked > NEWEST_RUNS && this.opening.size > 0) {
      await this.rest((performance.now() - began) * REST_SHARE);
    }
  }

  private async rest(milliseconds: number): Promise<void> {
    await delay(milliseconds, undefined, { signal: this.lifetime.signal }).catch(() => undefined);
  }

  /** Never rejects: what went wrong is logged, and told to whoever asks for the run. */
  private async read(run: string): Promise<void> {
    const entry = this.entries.get(run);
    try {
      await entry?.read(this.lifetime.signal);
      this.feed.touch(run);
    } catch (error) {
      this.logUnlessClosed(error);
    }
  }

  private logUnlessClosed(error: unknown): void {
    if (!this.lifetime.signal.aborted) {
      this.log('error', describe(error));
    }
  }

  /** The run, open, and read to its end if that does not take long. */
  private async readable(run: string, signal: AbortSignal): Promise<RunEntry> {
    const entry = this.entries.get(run) ?? fail(`there is no run ${run} any more`);
    this.recentlyUsed.delete(run);
    this.recentlyUsed.add(run);
    if (entry.isUnsettled) {
      const reading = entry.read(this.lifetime.signal);
      await abortable(Promise.race([reading, delay(PATIENCE_MS)]), signal);
      if (!entry.session) {
        await abortable(reading, signal);
      }
    }
    return entry;
  }

  /** Closes runs that do not grow, those last that somebody asked for lately, and before them the newest. */
  private closeIdle(): void {
    const uses = new Map([...this.recentlyUsed].map((run, index) => [run, index]));
    const idle = [...this.entries]
      .filter(([, entry]) => entry.isIdle)
      .sort(([a, one], [b, other]) => (uses.get(b) ?? -1) - (uses.get(a) ?? -1) || other.modified - one.modified);
    let bytes = 0;
    idle.forEach(([, entry], index) => {
      bytes += entry.bytes;
      if (index >= IDLE_RUNS || bytes > IDLE_BYTES) {
        entry.close();
      }
    });
  }

  private log(level: 'debug' | 'warning' | 'error', message: string): void {
    this.events.fire({ type: 'log', level, message });
  }
}

function pauseAfterScan(tookMs: number): number {
  return Math.min(Math.max(SCAN_INTERVAL_MS, tookMs / SCAN_SHARE), LONGEST_SCAN_PAUSE_MS);
}

function foldersOf({ description }: RunEntry): string[] {
  return description.lanes.flat().map((file) => path.dirname(file.path));
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

/** A file as the user sees it: of the open editor where there is one, else of the disk. */
async function readOpened(file: string, openTexts: Readonly<Record<string, string>>): Promise<SourceText> {
  const open = openTexts[file] ?? openTexts[path.resolve(file)];
  const language = languageOf(file);
  return open === undefined || !language ? readSourceFile(file) : { path: file, language, text: open };
}

function reported(entry: RunEntry): RunReport {
  return entry.report() ?? fail(`${entry.description.location}: nothing of the run could be read yet`);
}

function fail(message: string): never {
  throw new Error(message);
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
