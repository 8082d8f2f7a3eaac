import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.js';
import { COMMANDS } from '../../contract/commands.js';
import { SETTINGS, type SettingValue } from '../../contract/settings.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import { alertsFor, type Alert } from '../presentation/alerts.js';
import { plainText } from '../presentation/plainText.js';
import type { RowTarget } from '../presentation/treeRows.js';
import { readSetting } from '../settings.js';
import { Throttle } from '../throttle.js';

const LOOK_INTERVAL_MS = 1000;
const SAID_KEY = 'evenkeel.notified';
/** Of the alerts that were shown, how many are remembered over sessions. */
const REMEMBERED = 500;

/** Says once per run and cause that a live run went wrong. */
export class Notifications implements vscode.Disposable {
  private readonly catalogue: RunCatalogue;
  private readonly memory: vscode.Memento;
  private readonly log: vscode.LogOutputChannel;
  private readonly owned = new DisposableStore();
  private readonly said: Set<string>;

  constructor(catalogue: RunCatalogue, memory: vscode.Memento, log: vscode.LogOutputChannel) {
    this.catalogue = catalogue;
    this.memory = memory;
    this.log = log;
    this.said = new Set(memory.get<readonly string[]>(SAID_KEY, []));
    const look = this.owned.add(new Throttle(LOOK_INTERVAL_MS, () => this.look()));
    this.owned.add(catalogue.onChanged(() => look.trigger()));
  }

  dispose(): void {
    this.owned.dispose();
  }

  private look(): void {
    const alerts = alertsFor(this.catalogue.all(), this.said, readSetting('notifications', this.log));
    for (const alert of alerts) {
      this.said.add(alert.key);
      void this.say(alert);
    }
    if (alerts.length > 0) {
      void this.memory.update(SAID_KEY, [...this.said].slice(-REMEMBERED));
    }
  }

  private async say({ run, finding }: Alert): Promise<void> {
    const open = vscode.l10n.t('Open Run Page');
    const fix = vscode.l10n.t('Fixes…');
    const silence = vscode.l10n.t('Quiet Mode');
    const message = `${plainText(run.name)}: ${plainText(finding.title)}`;
    const show = finding.severity === 'error' ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
    const offered = finding.fixes.length > 0 && vscode.workspace.isTrusted ? [open, fix, silence] : [open, silence];
    const choice = await show<string>(message, ...offered);
    if (choice === open) {
      await vscode.commands.executeCommand(COMMANDS.openRun.id, run.id, finding.id);
    } else if (choice === fix) {
      const target: RowTarget = { kind: 'finding', run, finding };
      await vscode.commands.executeCommand(COMMANDS.previewFix.id, { target });
    } else if (choice === silence) {
      await turnOff();
    }
  }
}

async function turnOff(): Promise<void> {
  const value: SettingValue<'notifications'> = 'none';
  await vscode.workspace.getConfiguration().update(SETTINGS.notifications.id, value, vscode.ConfigurationTarget.Global);
}
