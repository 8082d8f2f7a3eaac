import * as vscode from 'vscode';
import { messageOf } from '../../base/errorMessage.js';
import { DisposableStore } from '../../base/disposable.js';
import { parseFromLabPage } from '../../contract/labProtocol.js';
import type { FromLabPage, LabTrial, ToLabPage, TrialSubject } from '../../contract/labProtocol.js';
import type { EngineService } from '../engine/engineService.js';
import { onPageMessage } from '../panel/pageMessages.js';
import { pageDocument, pageOptions } from '../panel/pageResources.js';
import { saveChart } from '../panel/saveChart.js';
import { plainText } from '../presentation/plainText.js';

/** What a page of a trial asks of the rest of the extension. */
export interface LabPageActions {
  /** Begins the trial, or goes on with it. */
  resume(subject: TrialSubject): void;
  cancel(subject: TrialSubject): void;
  openFinding(subject: TrialSubject): void;
  /** Shows the page of a run of the lab. */
  openRun(folder: string): Promise<void>;
  applyFix(subject: TrialSubject, fix: string): Promise<void>;
}

export interface LabPageServices {
  readonly extensionUri: vscode.Uri;
  readonly engine: EngineService;
  readonly actions: LabPageActions;
  readonly log: vscode.LogOutputChannel;
}

/** One panel with the page of one trial: sends whole snapshots while it can be seen. */
export class LabPage implements vscode.Disposable {
  private readonly subject: TrialSubject;
  private readonly panel: vscode.WebviewPanel;
  private readonly services: LabPageServices;
  private readonly owned = new DisposableStore();
  private trial: LabTrial | undefined;

  constructor(subject: TrialSubject, panel: vscode.WebviewPanel, services: LabPageServices) {
    this.subject = subject;
    this.panel = panel;
    this.services = services;
    this.owned.add(
      onPageMessage(panel.webview, {
        page: 'page of a trial',
        log: services.log,
        parse: parseFromLabPage,
        answer: (message) => this.answer(message),
      }),
    );
    this.owned.add(panel.onDidChangeViewState(() => this.send()));
    this.owned.add(services.engine.onTrial((trial) => this.hear(trial)));
    this.owned.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.send()));
    panel.webview.options = pageOptions(services.extensionUri);
    panel.webview.html = pageDocument(services.extensionUri, panel.webview, 'lab', panel.title);
  }

  get isVisible(): boolean {
    return this.panel.visible;
  }

  onClosed(listener: () => void): void {
    this.owned.add(this.panel.onDidDispose(listener));
  }

  reveal(): void {
    this.panel.reveal(undefined, false);
  }

  dispose(): void {
    this.owned.dispose();
  }

  private hear(trial: LabTrial): void {
    const { run, finding } = trial.subject;
    if (run === this.subject.run && finding === this.subject.finding) {
      this.trial = trial;
      this.panel.title = vscode.l10n.t('Trial: {0}', plainText(trial.finding.title));
      this.send();
    }
  }

  private send(): void {
    if (this.trial && this.panel.visible) {
      this.post({ type: 'trial', trial: this.trial, trusted: vscode.workspace.isTrusted });
    }
  }

  private post(message: ToLabPage): void {
    void this.panel.webview.postMessage(message);
  }

  private async answer(message: FromLabPage): Promise<void> {
    const { subject } = this;
    const { actions } = this.services;
    switch (message.type) {
      case 'ready':
        return this.show();
      case 'cancel': {
        actions.cancel(subject);
        return;
      }
      case 'resume': {
        actions.resume(subject);
        return;
      }
      case 'open-finding': {
        actions.openFinding(subject);
        return;
      }
      case 'open-run':
        return this.openRun(message.folder);
      case 'apply-fix':
        return actions.applyFix(subject, message.fix);
      case 'save-chart':
        return saveChart(message.name, message.format, message.content);
    }
  }

  /** A trial that was just begun tells of itself; one of an earlier session is asked for. */
  private async show(): Promise<void> {
    try {
      const trial = await this.services.engine.request('trial', this.subject);
      if (trial) {
        this.hear(trial);
      } else if (!this.trial) {
        this.post({ type: 'failed', message: vscode.l10n.t('Nothing has been tried against this finding yet.') });
      }
    } catch (error) {
      this.post({ type: 'failed', message: messageOf(error) });
    }
  }

  /** Only runs of this trial: the folder comes from a page. */
  private async openRun(folder: string): Promise<void> {
    const isOwn = this.trial?.arms.some(({ runs }) => runs.some((run) => run.folder === folder)) === true;
    if (isOwn) {
      await this.services.actions.openRun(folder);
    }
  }
}
