import * as vscode from 'vscode';
import { messageOf } from '../../base/errorMessage.js';
import { DisposableStore } from '../../base/disposable.js';
import { parseFromPanel } from '../../contract/panelMessages.js';
import type { FromPanel, ToPanel } from '../../contract/panelProtocol.js';
import type { RunCheckpoint } from '../../model/runCheckpoint.js';
import { packComparison } from '../../contract/panelComparison.js';
import { packReport } from '../../contract/panelReport.js';
import type { RunReport } from '../../contract/report.js';
import type { EngineRequester } from '../engine/enginePort.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import { comparableRuns } from '../presentation/comparableRuns.js';
import { plainText } from '../presentation/plainText.js';
import { Throttle } from '../throttle.js';
import { onPageMessage } from './pageMessages.js';
import { pageDocument, pageOptions } from './pageResources.js';
import { saveChart } from './saveChart.js';

/**
 * A row is on the chart within a quarter of a second, of which finding it takes a part; rows that come ten times a second
 * each get a report of their own, unless making one takes longer.
 */
const REFRESH_INTERVAL_MS = 75;
/** What is compared with is for holding the page's own run against, not for watching. */
const COMPARED_INTERVAL_MS = 1000;
/** Checkpoints are looked for again so often while a run is live; where looking takes long, less often. */
const CHECKPOINTS_INTERVAL_MS = 4000;
const CHECKPOINTS_SHARE = 0.05;
/** The list of other runs is for choosing from, not for watching. */
const LIST_INTERVAL_MS = 3000;

/** What a run page asks of the rest of the extension. */
export interface RunPageActions {
  applyFix(run: string, fix: string, finding: string): Promise<void>;
  /** Tries the fixes of a finding in the lab. */
  tryFixes(run: string, finding: string): Promise<void>;
  copyFinding(report: RunReport, finding: string): Promise<void>;
  exportRun(report: RunReport): Promise<void>;
  openLog(report: RunReport): Promise<void>;
  showDocs(monitor: string): Promise<void>;
  openCheckpoint(path: string): Promise<void>;
  compareCheckpoints(first: string, second: string): void;
}

export interface RunPageServices {
  readonly extensionUri: vscode.Uri;
  readonly engine: EngineRequester;
  readonly catalogue: RunCatalogue;
  readonly actions: RunPageActions;
  readonly log: vscode.LogOutputChannel;
}

/** One panel with the page of one run: answers what the page asks, and sends whole snapshots while it can be seen. */
export class RunPage implements vscode.Disposable {
  readonly run: string;
  private readonly panel: vscode.WebviewPanel;
  private readonly services: RunPageServices;
  private readonly owned = new DisposableStore();
  private readonly refresh: Throttle;
  private readonly closing = new AbortController();
  private readonly relist: Throttle;
  private readonly regrow: Throttle;
  private compared: readonly string[] = [];
  private listed = '';
  private report: RunReport | undefined;
  /** What the page has been told of: nothing else is opened for it. */
  private checkpoints: readonly RunCheckpoint[] = [];
  private nextLook: ReturnType<typeof setTimeout> | undefined;
  private isReady = false;
  private isReporting = false;
  private isReportDue = false;
  private pendingFinding: string | undefined;
  private pendingComparison: string | undefined;

  constructor(run: string, panel: vscode.WebviewPanel, services: RunPageServices) {
    this.run = run;
    this.panel = panel;
    this.services = services;
    this.refresh = this.owned.add(new Throttle(REFRESH_INTERVAL_MS, () => void this.sendReport()));
    this.relist = this.owned.add(new Throttle(LIST_INTERVAL_MS, () => this.sendRuns()));
    this.regrow = this.owned.add(new Throttle(COMPARED_INTERVAL_MS, () => void this.sendCompared(this.compared)));
    this.owned.add(
      onPageMessage(panel.webview, {
        page: 'run page',
        log: services.log,
        parse: parseFromPanel,
        answer: (message) => this.answer(message),
      }),
    );
    this.owned.add(panel.onDidChangeViewState(() => this.visibilityChanged()));
    this.owned.add(services.catalogue.onChanged(({ changed, removed }) => this.runsChanged(changed, removed)));
    this.owned.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.refresh.trigger()));
    this.updateTitle();
    panel.webview.options = pageOptions(services.extensionUri);
    panel.webview.html = pageDocument(services.extensionUri, panel.webview, 'runPage', panel.title);
  }

  onClosed(listener: () => void): void {
    this.owned.add(this.panel.onDidDispose(listener));
  }

  /** Brings the page to the front, at the finding when one is named. */
  reveal(finding: string | undefined): void {
    this.panel.reveal(undefined, false);
    this.showFinding(finding);
  }

  showFinding(finding: string | undefined): void {
    this.pendingFinding = finding;
    if (this.isReady) {
      this.sendPendingFinding();
    }
  }

  /** Lays the curves of another run over the page's own. @param run its id. */
  compareWith(run: string | undefined): void {
    this.pendingComparison = run;
    if (this.isReady) {
      this.sendPendingComparison();
    }
  }

  dispose(): void {
    this.closing.abort();
    clearTimeout(this.nextLook);
    this.owned.dispose();
  }

  private async answer(message: FromPanel): Promise<void> {
    const { actions } = this.services;
    switch (message.type) {
      case 'ready':
        this.isReady = true;
        this.listed = '';
        this.sendRuns();
        this.sendPendingComparison();
        void this.followCheckpoints();
        return this.sendReport();
      case 'compare':
        this.compared = message.runs;
        return this.sendCompared(message.runs);
      case 'envelope':
        return this.sendEnvelope(message);
      case 'save-chart':
        return saveChart(message.name, message.format, message.content);
      case 'apply-fix':
        return actions.applyFix(this.run, message.fix, message.finding);
      case 'try-fixes':
        return actions.tryFixes(this.run, message.finding);
      case 'copy-finding':
        return this.report && actions.copyFinding(this.report, message.finding);
      case 'export-run':
        return this.report && actions.exportRun(this.report);
      case 'open-log':
        return this.report && actions.openLog(this.report);
      case 'show-docs':
        return actions.showDocs(message.monitor);
      case 'open-checkpoint':
        return this.knows(message.path) ? actions.openCheckpoint(message.path) : undefined;
      case 'compare-checkpoints':
        if (this.knows(message.first) && this.knows(message.second)) {
          actions.compareCheckpoints(message.first, message.second);
        }
        return undefined;
    }
  }

  /** One report at a time, and a further one where something changed meanwhile: the slower they are, the fewer. */
  private async sendReport(): Promise<void> {
    this.isReportDue = true;
    if (this.isReporting) {
      return;
    }
    this.isReporting = true;
    while (this.isReportDue && !this.closing.signal.aborted) {
      this.isReportDue = false;
      await this.sendOneReport();
    }
    this.isReporting = false;
  }

  private async sendOneReport(): Promise<void> {
    try {
      const report = await this.services.engine.request('report', { run: this.run }, this.closing.signal);
      this.report = report;
      this.updateTitle();
      this.send({
        type: 'report',
        report: packReport(report),
        live: report.status === 'live',
        trusted: vscode.workspace.isTrusted,
      });
      this.sendPendingFinding();
    } catch (error) {
      this.send({ type: 'report-failed', message: messageOf(error) });
    }
  }

  private knows(checkpoint: string): boolean {
    return this.checkpoints.some(({ path }) => path === checkpoint);
  }

  /** Tells of the run's checkpoints, and of new ones as long as it is live and the page can be seen. */
  private async followCheckpoints(): Promise<void> {
    clearTimeout(this.nextLook);
    const began = performance.now();
    try {
      this.checkpoints = await this.services.engine.request('checkpoints', { run: this.run }, this.closing.signal);
      this.send({ type: 'checkpoints', checkpoints: this.checkpoints });
    } catch (error) {
      this.services.log.debug(`checkpoints of ${this.run}: ${messageOf(error)}`);
    }
    const took = performance.now() - began;
    if (this.isReady && !this.closing.signal.aborted && this.services.catalogue.get(this.run)?.status === 'live') {
      const pause = Math.max(CHECKPOINTS_INTERVAL_MS, took / CHECKPOINTS_SHARE);
      this.nextLook = setTimeout(() => void this.followCheckpoints(), pause);
    }
  }

  private sendRuns(): void {
    const runs = comparableRuns(this.services.catalogue.all(), this.run);
    const list = JSON.stringify(runs);
    if (this.isReady && list !== this.listed) {
      this.listed = list;
      this.send({ type: 'runs', runs });
    }
  }

  private async sendCompared(runs: readonly string[]): Promise<void> {
    await Promise.all(
      runs.map(async (run) => {
        try {
          const report = await this.services.engine.request('report', { run }, this.closing.signal);
          const { signals, configuration } = report;
          this.send({ type: 'compared', run, signals, lastStep: report.steps?.last ?? null, configuration });
          const comparison = await this.services.engine.request(
            'compare',
            { runs: [this.run, run] },
            this.closing.signal,
          );
          this.send({ type: 'comparison', run, comparison: packComparison(comparison) });
        } catch (error) {
          this.send({ type: 'compare-failed', run, message: messageOf(error) });
        }
      }),
    );
  }

  private async sendEnvelope({ type: _type, request, ...params }: FromPanel & { type: 'envelope' }): Promise<void> {
    try {
      const envelope = await this.services.engine.request(
        'envelope',
        { run: this.run, ...params },
        this.closing.signal,
      );
      this.send({ type: 'envelope', request, envelope });
    } catch (error) {
      this.send({ type: 'failure', request, message: messageOf(error) });
    }
  }

  private sendPendingFinding(): void {
    if (this.pendingFinding !== undefined) {
      this.send({ type: 'reveal', finding: this.pendingFinding });
      this.pendingFinding = undefined;
    }
  }

  private sendPendingComparison(): void {
    const run = comparableRuns(this.services.catalogue.all(), this.run).find(({ id }) => id === this.pendingComparison);
    if (run) {
      this.send({ type: 'compare-with', run });
      this.pendingComparison = undefined;
    }
  }

  private send(message: ToPanel): void {
    if (!this.closing.signal.aborted) {
      void this.panel.webview.postMessage(message);
    }
  }

  private visibilityChanged(): void {
    if (!this.panel.visible) {
      // The editor throws a hidden page away: it says "ready" again when it is back.
      this.isReady = false;
      clearTimeout(this.nextLook);
    }
  }

  private runsChanged(changed: readonly string[], removed: readonly string[]): void {
    if (this.isReady && (changed.includes(this.run) || removed.includes(this.run))) {
      this.refresh.trigger();
    }
    this.relist.trigger();
    if (this.isReady && this.compared.some((run) => changed.includes(run))) {
      this.regrow.trigger();
    }
  }

  private updateTitle(): void {
    const name = this.report?.name ?? this.services.catalogue.get(this.run)?.name;
    this.panel.title = name === undefined ? vscode.l10n.t('Run') : plainText(name);
  }
}
