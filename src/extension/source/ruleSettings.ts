import * as vscode from 'vscode';
import { SETTINGS } from '../../contract/settings.js';
import { unknownRules } from '../presentation/unknownRules.js';
import { onSettingChanged, readSetting } from '../settings.js';

/** Tells of rules that the settings name and that there are not, once for each change. */
export class RuleSettings implements vscode.Disposable {
  private readonly log: vscode.LogOutputChannel;
  private readonly listening: vscode.Disposable;
  private told = '';

  constructor(log: vscode.LogOutputChannel) {
    this.log = log;
    this.listening = vscode.Disposable.from(onSettingChanged(['rules'], () => void this.check()));
    void this.check();
  }

  dispose(): void {
    this.listening.dispose();
  }

  private async check(): Promise<void> {
    const names = unknownRules(readSetting('rules', this.log)).join(', ');
    if (names === this.told) {
      return;
    }
    this.told = names;
    if (names === '') {
      return;
    }
    const message = vscode.l10n.t('The setting {0} names rules that there are not: {1}.', SETTINGS.rules.id, names);
    this.log.warn(message);
    const open = vscode.l10n.t('Open Settings');
    if ((await vscode.window.showWarningMessage(message, open)) === open) {
      await vscode.commands.executeCommand('workbench.action.openSettings', SETTINGS.rules.id);
    }
  }
}
