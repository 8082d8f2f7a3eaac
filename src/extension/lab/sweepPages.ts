import * as vscode from 'vscode';
import { messageOf } from '../../base/errorMessage.js';
import type { ExperimentOutcome, ExperimentProgress } from '../../contract/labExperiment.js';
import { SWEEP_PAGE } from '../../contract/views.js';
import { experimentHtml } from '../../reports/experimentHtml.js';
import type { EngineService } from '../engine/engineService.js';
import { SWEEP_STYLE, sweepNotice } from '../presentation/sweepPage.js';

/** The page of the newest sweep in the workspace, so that it is there again when the window is loaded anew. */
const NEWEST_PAGE = 'sweep.newestPage';

/** Sweeps learning rates in the lab and shows what came of it: the page of the report, in the editor's colours. */
export class SweepPages implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly engine: EngineService;
  private readonly version: string;
  private readonly memento: vscode.Memento;
  private readonly registration: vscode.Disposable;
  private panel: vscode.WebviewPanel | undefined;
  private isRunning = false;
  private readonly closing = new AbortController();

  /** @param memento of the workspace. */
  constructor(engine: EngineService, version: string, memento: vscode.Memento) {
    this.engine = engine;
    this.version = version;
    this.memento = memento;
    this.registration = vscode.window.registerWebviewPanelSerializer(SWEEP_PAGE, this);
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

  deserializeWebviewPanel(panel: vscode.WebviewPanel): Thenable<void> {
    const page = this.memento.get<string>(NEWEST_PAGE);
    if (this.panel || page === undefined) {
      panel.dispose();
    } else {
      this.adopt(panel);
      this.show(page);
    }
    return Promise.resolve();
  }

  dispose(): void {
    this.registration.dispose();
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
      const page = experimentHtml(outcome, this.version, { words: vscode.l10n, language, style: SWEEP_STYLE });
      this.show(page);
      await this.memento.update(NEWEST_PAGE, page);
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
    const panel =
      this.panel ??
      this.adopt(
        vscode.window.createWebviewPanel(
          SWEEP_PAGE,
          vscode.l10n.t('Sweep of learning rates'),
          vscode.ViewColumn.Active,
          { enableScripts: false, localResourceRoots: [] },
        ),
      );
    panel.webview.html = html;
  }

  private adopt(panel: vscode.WebviewPanel): vscode.WebviewPanel {
    this.panel = panel;
    panel.onDidDispose(() => (this.panel = undefined));
    return panel;
  }
}
