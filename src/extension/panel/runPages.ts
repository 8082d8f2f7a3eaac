import * as vscode from 'vscode';
import { parsePanelState } from '../../contract/panelMessages.js';
import { RUN_PAGE } from '../../contract/views.js';
import { pageOptions } from './pageResources.js';
import { RunPage, type RunPageServices } from './runPage.js';

/** The open run pages, one a run. Pages of an earlier session are restored by the editor through the serializer. */
export class RunPages implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly services: RunPageServices;
  private readonly pages = new Map<string, RunPage>();
  private readonly registration: vscode.Disposable;

  constructor(services: RunPageServices) {
    this.services = services;
    this.registration = vscode.window.registerWebviewPanelSerializer(RUN_PAGE, this);
  }

  /**
   * Opens the page of a run beside the code, or brings it to the front.
   * @param against id of another run, whose curves are laid over those of the page's.
   */
  open(run: string, finding?: string, against?: string): void {
    const open = this.pages.get(run);
    if (open) {
      open.reveal(finding);
      open.compareWith(against);
      return;
    }
    const column = vscode.window.activeTextEditor ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
    const panel = vscode.window.createWebviewPanel(RUN_PAGE, '', column, {
      ...pageOptions(this.services.extensionUri),
      enableFindWidget: true,
    });
    const page = this.adopt(run, panel);
    page.showFinding(finding);
    page.compareWith(against);
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
