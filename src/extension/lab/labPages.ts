import * as vscode from 'vscode';
import { parseTrialSubject } from '../../contract/labProtocol.js';
import type { TrialSubject } from '../../contract/labProtocol.js';
import { LAB_PAGE } from '../../contract/views.js';
import { pageOptions } from '../panel/pageResources.js';
import { LabPage } from './labPage.js';
import type { LabPageServices } from './labPage.js';

/** The open pages of trials, one a finding. Those of an earlier session are restored by the editor. */
export class LabPages implements vscode.WebviewPanelSerializer, vscode.Disposable {
  private readonly services: LabPageServices;
  private readonly pages = new Map<string, LabPage>();
  private readonly registration: vscode.Disposable;

  constructor(services: LabPageServices) {
    this.services = services;
    this.registration = vscode.window.registerWebviewPanelSerializer(LAB_PAGE, this);
  }

  /** Opens the page of a trial where the person looks, or brings it to the front. */
  open(subject: TrialSubject): void {
    const open = this.pages.get(keyOf(subject));
    if (open) {
      open.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(
      LAB_PAGE,
      vscode.l10n.t('Trial'),
      vscode.ViewColumn.Active,
      pageOptions(this.services.extensionUri),
    );
    this.adopt(subject, panel);
  }

  /** Whether somebody sees the page of a trial. */
  shows(subject: TrialSubject): boolean {
    return this.pages.get(keyOf(subject))?.isVisible === true;
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel, state: unknown): Thenable<void> {
    const subject = parseTrialSubject(state);
    if (subject === undefined || this.pages.has(keyOf(subject))) {
      panel.dispose();
    } else {
      this.adopt(subject, panel);
    }
    return Promise.resolve();
  }

  dispose(): void {
    this.registration.dispose();
    this.pages.forEach((page) => page.dispose());
  }

  private adopt(subject: TrialSubject, panel: vscode.WebviewPanel): void {
    const icon = (theme: string): vscode.Uri =>
      vscode.Uri.joinPath(this.services.extensionUri, 'media', `lab-page-${theme}.svg`);
    panel.iconPath = { light: icon('light'), dark: icon('dark') };
    const page = new LabPage(subject, panel, this.services);
    this.pages.set(keyOf(subject), page);
    page.onClosed(() => {
      this.pages.delete(keyOf(subject));
      page.dispose();
    });
  }
}

/** Names a trial among all. */
export function keyOf({ run, finding }: TrialSubject): string {
  return JSON.stringify([run, finding]);
}
