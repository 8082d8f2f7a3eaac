import * as vscode from 'vscode';
import { messageOf } from '../../base/errorMessage.js';
import type { ExperimentOutcome, ExperimentProgress } from '../../contract/labExperiment.js';
import { SWEEP_PAGE } from '../../contract/views.js';
import { experimentHtml } from '../../reports/experimentHtml.js';
import type { EngineService } from '../engine/engineService.js';
import { SWEEP_STYLE, sweepNotice } from '../presentation/sweepPage.js';

/** Sweeps learning rates in the lab and shows what came of it: the page of the report, in the editor's colours. */
export class SweepPages implements vscode.Disposable {
  private readonly engine: EngineService;
  private readonly version: string;
  private panel: vscode.WebviewPanel | undefined;
  private isRunning = false;
  private readonly closing = new AbortController();

  constructor(engine: EngineService, version: string) {
    this.engine = engine;
    this.version = version;
  }

  /** Asks first: it takes minutes. What was trained before is used, so that asking again shows it at once or goes on. */
  async run(): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      throw new Error(vscode.l10n.t('This workspace is in Restricted Mode: Evenkeel runs nothing.'));
    }
    if (this.isRunning) {
      this.panel?.reveal();
      return;
    }
    const train = vscode.l10n.t('Train');
    const choice = await vscode.window.showInformationMessage(
      vscode.l10n.t('Train a small proxy with many learning rates?'),
      {
        modal: true,
        detail: vscode.l10n.t(
          'It keeps this machine busy for some minutes and changes no file of the workspace. What has been trained before is used.',
        ),
      },
      train,
    );
    if (choice === train) {
      await this.train();
    }
  }

  dispose(): void {
    this.closing.abort();
    this.panel?.dispose();
  }

  private async train(): Promise<void> {
    this.isRunning = true;
    const title = vscode.l10n.t('Sweep of learning rates');
    this.show(
      sweepNotice(
        title,
        vscode.l10n.t('The proxy is being trained. The page shows what came of it once it ends or is cancelled.'),
      ),
    );
    const cancellation = new AbortController();
    try {
      const outcome = await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Notification, title, cancellable: true },
        (progress, token) => this.follow(progress, token, cancellation),
      );
      const { language } = vscode.env;
      this.show(experimentHtml(outcome, this.version, { words: vscode.l10n, language, style: SWEEP_STYLE }));
    } catch (error) {
      this.show(
        cancellation.signal.aborted
          ? sweepNotice(
              vscode.l10n.t('The sweep was cancelled'),
              vscode.l10n.t('Every run that came to its end is kept: asked again, the sweep goes on from there.'),
            )
          : sweepNotice(vscode.l10n.t('The sweep came to no end'), messageOf(error)),
      );
    } finally {
      this.isRunning = false;
    }
  }

  private async follow(
    progress: vscode.Progress<{ readonly message: string; readonly increment: number }>,
    token: vscode.CancellationToken,
    cancellation: AbortController,
  ): Promise<ExperimentOutcome> {
    token.onCancellationRequested(() => cancellation.abort());
    let told = 0;
    const listening = this.engine.onSweep((state: ExperimentProgress) => {
      const share = Math.max(told, state.share);
      const message = vscode.l10n.t('{0} of {1} runs', state.done, state.planned);
      progress.report({ message, increment: 100 * (share - told) });
      told = share;
    });
    try {
      return await this.engine.request('sweep', null, AbortSignal.any([cancellation.signal, this.closing.signal]));
    } finally {
      listening.dispose();
    }
  }

  private show(html: string): void {
    if (this.closing.signal.aborted) {
      return;
    }
    if (!this.panel) {
      this.panel = vscode.window.createWebviewPanel(
        SWEEP_PAGE,
        vscode.l10n.t('Sweep of learning rates'),
        vscode.ViewColumn.Active,
        { enableScripts: false, localResourceRoots: [] },
      );
      this.panel.onDidDispose(() => (this.panel = undefined));
    }
    this.panel.webview.html = html;
  }
}
