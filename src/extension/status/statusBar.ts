import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.js';
import { COMMANDS } from '../../contract/commands.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import { statusBarText } from '../presentation/lensText.js';
import { runForStatusBar } from '../presentation/runOrder.js';
import { runAccessibleLabel, runTooltip } from '../presentation/runText.js';
import { onSettingChanged, readSetting } from '../settings.js';
import { Throttle } from '../throttle.js';

const REFRESH_INTERVAL_MS = 1000;

/** The newest loss of the run that matters most, while one is live or has just gone wrong. */
export class StatusBar implements vscode.Disposable {
  private readonly catalogue: RunCatalogue;
  private readonly log: vscode.LogOutputChannel;
  private readonly owned = new DisposableStore();
  private item: vscode.StatusBarItem | undefined;

  constructor(catalogue: RunCatalogue, log: vscode.LogOutputChannel) {
    this.catalogue = catalogue;
    this.log = log;
    const refresh = this.owned.add(new Throttle(REFRESH_INTERVAL_MS, () => this.refresh()));
    this.owned.add(catalogue.onChanged(() => refresh.trigger()));
    this.owned.add(onSettingChanged(['statusBar'], () => refresh.trigger()));
  }

  dispose(): void {
    this.owned.dispose();
    this.item?.dispose();
  }

  private refresh(): void {
    const isEnabled = readSetting('statusBar', this.log);
    const run = isEnabled ? runForStatusBar(this.catalogue.all(), Date.now() / 1000) : undefined;
    if (!run) {
      this.item?.dispose();
      this.item = undefined;
      return;
    }
    this.item ??= createItem();
    this.item.text = statusBarText(run);
    this.item.tooltip = new vscode.MarkdownString(runTooltip(run));
    this.item.accessibilityInformation = { label: runAccessibleLabel(run) };
    this.item.command = { command: COMMANDS.openRun.id, title: COMMANDS.openRun.title, arguments: [run.id] };
    this.item.show();
  }
}

function createItem(): vscode.StatusBarItem {
  const item = vscode.window.createStatusBarItem('evenkeel.run', vscode.StatusBarAlignment.Left, 10);
  item.name = vscode.l10n.t('Training Run');
  return item;
}
