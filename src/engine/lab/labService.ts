import { fail } from '../../base/fail.js';
import type { EngineRequests, RunSummary } from '../../contract/engineProtocol.js';
import type { ExperimentOutcome } from '../../contract/labExperiment.js';
import type { LabConfiguration, LabTrial } from '../../contract/labProtocol.js';
import type { RunReport } from '../../contract/report.js';
import type { RunFacts } from '../../lab/lab.js';
import type { FollowedRuns } from '../runs/followedRuns.js';
import type { RunSession } from '../runs/runSession.js';
import type { SourceService } from '../sources/sourceService.js';
import type { LabTrials, LabTrialsOptions } from './labTrials.js';
import type { SweepOptions } from './sweep.js';

export interface LabServiceOptions extends Pick<LabTrialsOptions, 'now' | 'onTrial' | 'onRanking' | 'onProblem'> {
  /** The bundle of the lab's child process; undefined: nothing is tried. */
  readonly childFile: string | undefined;
  readonly configuration: () => LabConfiguration | undefined;
  readonly runs: FollowedRuns;
  readonly sources: SourceService;
  readonly onSweep: SweepOptions['onProgress'];
}

/** Trials of the fixes of runs' findings, and sweeps. The lab is loaded with the first need of it. */
export class LabService {
  private readonly options: LabServiceOptions;
  private trials: LabTrials | undefined;
  private loading: Promise<LabTrials> | undefined;

  constructor(options: LabServiceOptions) {
    this.options = options;
  }

  /** Reads what earlier trials have shown, so that fixes are ranked by it; does nothing where there is no lab. */
  async prepare(): Promise<void> {
    if (this.options.configuration() && this.options.childFile !== undefined) {
      await this.configured();
    }
  }

  /** The report with fixes in the order of what trials have shown, as far as it has been read. */
  rankedReport(report: RunReport): RunReport {
    return this.trials?.rankedReport(report) ?? report;
  }

  /** As {@link LabService.rankedReport}. */
  rankedSummary(summary: RunSummary): RunSummary {
    return this.trials?.rankedSummary(summary) ?? summary;
  }

  async trial({ run, finding }: EngineRequests['trial']['params']): Promise<LabTrial | null> {
    const trials = await this.configured();
    return (await trials.trial({ run, finding }, this.nameOf(run))) ?? null;
  }

  /** @param follow hears of each change of this trial. */
  async tryFix(
    { run, finding, fixes, source }: EngineRequests['tryFix']['params'],
    signal: AbortSignal,
    follow?: (trial: LabTrial) => void,
  ): Promise<LabTrial> {
    const trials = await this.configured();
    const { onlyFixes, requestOf, trialRequest } = await import('./trialRequest.js');
    const record = trials.recordOf({ run, finding });
    const { runs } = this.options;
    const entry = runs.find(run) && (await runs.readable(run, signal));
    const report = entry?.reported();
    const isThere = report?.findings.some(({ id }) => id === finding) === true;
    if (!report && !record) {
      fail(`there is no run ${run} any more`);
    }
    const whole =
      report && (isThere || !record)
        ? trialRequest(report, finding, await this.factsOf(entry?.session, source))
        : requestOf(record!);
    const request = onlyFixes(whole, fixes);
    const { title, symptom } = request.finding;
    const topic = { subject: { run, finding }, finding: { title, symptom }, runName: this.nameOf(run) };
    return trials.try(topic, request, signal, follow);
  }

  /** The learning rates that each optimizer of the lab bears. */
  async sweep(signal: AbortSignal): Promise<ExperimentOutcome> {
    const configuration = this.options.configuration() ?? fail('no folder is known in which the lab may keep its runs');
    const { sweepLearningRates } = await import('./sweep.js');
    const { now, onSweep } = this.options;
    return sweepLearningRates({ childFile: this.childFile(), configuration, now, signal, onProgress: onSweep });
  }

  private childFile(): string {
    return this.options.childFile ?? fail('this program has no lab');
  }

  private nameOf(run: string): string {
    return this.options.runs.find(run)?.description.name ?? '';
  }

  /** What the run's logs and its source say of how it was trained. */
  private async factsOf(
    session: RunSession | undefined,
    source: EngineRequests['tryFix']['params']['source'],
  ): Promise<RunFacts> {
    const { factsOfRun, knowledgeOf } = await import('../facts/runFacts.js');
    const { analysis } = session ?? {};
    const known = knowledgeOf(analysis ?? { configuration: {} }, analysis?.signals() ?? []);
    return factsOfRun(known, source ? await this.options.sources.facts(source) : {});
  }

  /** Trials, with the settings of now. */
  private async configured(): Promise<LabTrials> {
    this.loading ??= this.load(this.childFile());
    const trials = await this.loading;
    await trials.configure(this.options.configuration());
    return trials;
  }

  private async load(childFile: string): Promise<LabTrials> {
    const { LabTrials } = await import('./labTrials.js');
    const { now, onTrial, onRanking, onProblem } = this.options;
    this.trials = new LabTrials({ childFile, now, onTrial, onRanking, onProblem });
    return this.trials;
  }
}
