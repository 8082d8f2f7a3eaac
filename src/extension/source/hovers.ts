import * as vscode from 'vscode';
import type { EngineRequester } from '../engine/enginePort.js';
import { isObservedLine, observedSignals, observedTable, type Observation } from '../presentation/observedTable.js';
import { readSetting } from '../settings.js';
import type { SourceAnalyses } from './sourceAnalyses.js';
import type { SourceRuns } from './sourceRuns.js';

/** Columns that the extremes of a whole run are taken from. */
const BUCKETS = 64;

/** What was observed, on the lines where gradients are made, clipped and used. */
export class Hovers implements vscode.HoverProvider {
  private readonly engine: EngineRequester;
  private readonly analyses: SourceAnalyses;
  private readonly runs: SourceRuns;
  private readonly log: vscode.LogOutputChannel;

  constructor(engine: EngineRequester, analyses: SourceAnalyses, runs: SourceRuns, log: vscode.LogOutputChannel) {
    this.engine = engine;
    this.analyses = analyses;
    this.runs = runs;
    this.log = log;
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | undefined> {
    const chosen = this.runs.runOf(document.uri);
    if (!chosen || !readSetting('hover', this.log)) {
      return undefined;
    }
    const loops = await this.analyses.loops(document);
    if (!loops.some((loop) => isObservedLine(loop, position.line))) {
      return undefined;
    }
    const cancellation = new AbortController();
    token.onCancellationRequested(() => cancellation.abort());
    const observations = await this.observe(chosen.run.id, cancellation.signal);
    return observations.length === 0
      ? undefined
      : new vscode.Hover(new vscode.MarkdownString(observedTable(observations, chosen)));
  }

  private async observe(run: string, signal: AbortSignal): Promise<readonly Observation[]> {
    const report = await this.engine.request('report', { run }, signal);
    return Promise.all(
      observedSignals(report.signals).map(async (observed) => {
        const rank = observed.rank === undefined ? {} : { rank: observed.rank };
        const params = { run, tag: observed.tag, ...rank, axis: 'step', buckets: BUCKETS } as const;
        return { signal: observed, envelope: await this.engine.request('envelope', params, signal) };
      }),
    );
  }
}
