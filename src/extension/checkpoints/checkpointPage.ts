import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.js';
import {
  parseFromCheckpointPage,
  type CheckpointNews,
  type CheckpointTask,
  type FromCheckpointPage,
} from '../../contract/checkpointProtocol.js';
import { onPageMessage } from '../panel/pageMessages.js';
import { pageDocument, pageOptions } from '../panel/pageResources.js';
import type { CheckpointReader } from './checkpointReader.js';

export interface CheckpointPageServices {
  readonly extensionUri: vscode.Uri;
  readonly reader: CheckpointReader;
  readonly log: vscode.LogOutputChannel;
  /** What the page's buttons do. */
  readonly compare: (checkpoint: vscode.Uri) => Promise<void>;
  readonly resetMomentum: (checkpoint: vscode.Uri) => Promise<void>;
}

/** A page that shows what a task says of one checkpoint, or of two. The task starts anew when the file changes. */
export class CheckpointPage implements vscode.Disposable {
  private readonly uri: vscode.Uri;
  private readonly task: CheckpointTask;
  private readonly panel: vscode.WebviewPanel;
  private readonly services: CheckpointPageServices;
  private readonly owned = new DisposableStore();
  private running: vscode.Disposable | undefined;

  /** @param uri of the checkpoint that the page's buttons are about. */
  constructor(uri: vscode.Uri, task: CheckpointTask, panel: vscode.WebviewPanel, services: CheckpointPageServices) {
    this.uri = uri;
    this.task = task;
    this.panel = panel;
    this.services = services;
    this.owned.add(
      onPageMessage(panel.webview, {
        page: 'checkpoint page',
        log: services.log,
        parse: parseFromCheckpointPage,
        answer: (message) => this.answer(message),
      }),
    );
    this.owned.add(panel.onDidDispose(() => this.dispose()));
    this.followFile();
    panel.webview.options = pageOptions(services.extensionUri);
    panel.webview.html = pageDocument(services.extensionUri, panel.webview, 'checkpoint', panel.title);
  }

  dispose(): void {
    this.running?.dispose();
    this.owned.dispose();
  }

  private followFile(): void {
    const name = this.uri.path.slice(this.uri.path.lastIndexOf('/') + 1);
    const pattern = new vscode.RelativePattern(vscode.Uri.joinPath(this.uri, '..'), escapedGlob(name));
    const watcher = this.owned.add(vscode.workspace.createFileSystemWatcher(pattern, true, false, true));
    this.owned.add(watcher.onDidChange(() => this.begin()));
  }

  private begin(): void {
    this.running?.dispose();
    void this.panel.webview.postMessage({ type: 'restart' });
    this.running = this.services.reader.start(this.task, (news) => this.pass(news));
  }

  private pass(news: CheckpointNews): void {
    if (news.type === 'failed') {
      this.services.log.warn(`${this.uri.fsPath}: ${news.message}`);
    }
    void this.panel.webview.postMessage(news);
  }

  private async answer(message: FromCheckpointPage): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.begin();
        return;
      case 'copy':
        return vscode.env.clipboard.writeText(message.text);
      case 'compare':
        return this.services.compare(this.uri);
      case 'reset-momentum':
        return this.services.resetMomentum(this.uri);
    }
  }
}

/** A name as a pattern that fits itself alone. */
function escapedGlob(name: string): string {
  return name.replace(/[[\]{}*?]/g, '[$&]');
}
