import * as vscode from 'vscode';
import { parsePanelState } from '../../contract/panelMessages.js';
import { RUN_PAGE } from '../../contract/views.js';
import { RunPage, runPageOptions, type RunPageServices } from './runPage.js';

/** The open run pages, one a run. Pages of an earlier session are restored by the editor through the serializer. */
export class RunPages implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly services: RunPageServices;
  private readonly pages = new Map<string, RunPage>();
  private readonly registration: vscode.Disposable;

  constructor(services: RunPageServices) {
    this.services = services;
    this.registration = vscode.window.registerWebviewPanelSerializer(RUN_PAGE, this);
  }

  /** Opens the page of a run beside the code, or brings it to the front. */
  open(run: string, finding?: string): void {
    const open = this.pages.get(run);
    if (open) {
      open.reveal(finding);
      return;
    }
    const column = vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    const panel = vscode.window.createWebviewPanel(RUN_PAGE, '', column, {
      ...runPageOptions(this.services.extensionUri),
      enableFindWidget: true,
    });
    this.adopt(run, panel).showFinding(finding);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Thenable<void> {
    const run = parsePanelState(state)?.run;
    if (run === undefined || this.pages.has(run)) {
      panel.dispose();
    } else {
      this.adopt(run, panel);
    }
    return Promise.resolve();
  }

  dispose(): void {
    this.registration.dispose();
    for (const page of this.pages.values()) {
      page.dispose();
    }
  }

  private adopt(run: string, panel: vscode.WebviewPanel): RunPage {
    const icon = (theme: string): vscode.Uri =>
      vscode.Uri.joinPath(this.services.extensionUri, 'media', `run-page-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    const page = new RunPage(run, panel, this.services);
    this.pages.set(run, page);
    page.onClosed(() => {
      this.pages.delete(run);
      page.dispose();
    });
    return page;
  }
}
