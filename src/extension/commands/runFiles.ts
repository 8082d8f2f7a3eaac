import path from 'node:path';
import * as vscode from 'vscode';
import type { RunReport } from '../../contract/report.js';
import type { EngineRequester } from '../engine/enginePort.js';
import { isBinaryLog } from '../presentation/binaryLogs.js';

/** Opens the files of a run where they can be read as text, and shows where they are where they can't. */
export async function openLogFileOf(engine: EngineRequester, run: string): Promise<void> {
  await openLogFile(await engine.request('report', { run }));
}

export async function openLogFile(report: RunReport): Promise<void> {
  const chosen = await chooseFile(report.paths);
  if (chosen === undefined) {
    return;
  }
  const uri = vscode.Uri.file(chosen);
  if (isBinaryLog(chosen)) {
    await revealInExplorer(uri);
    const copy = vscode.l10n.t('Copy Path');
    const message = vscode.l10n.t('{0} is a binary log: it can be charted, not read.', path.basename(chosen));
    if ((await vscode.window.showInformationMessage(message, copy)) === copy) {
      await vscode.env.clipboard.writeText(chosen);
    }
    return;
  }
  await vscode.commands.executeCommand('vscode.open', uri);
}

/** Shows a path in the Explorer, or in the system's file manager when it lies outside the workspace. */
export async function revealInExplorer(uri: vscode.Uri): Promise<void> {
  const command = vscode.workspace.getWorkspaceFolder(uri) ? 'revealInExplorer' : 'revealFileInOS';
  await vscode.commands.executeCommand(command, uri);
}

async function chooseFile(paths: readonly string[]): Promise<string | undefined> {
  if (paths.length <= 1) {
    return paths[0];
  }
  const items = paths.map((file) => ({ label: path.basename(file), description: path.dirname(file), file }));
  const title = vscode.l10n.t('Which file of the run?');
  return (await vscode.window.showQuickPick(items, { title, matchOnDescription: true }))?.file;
}
