import * as vscode from 'vscode';
import type { ChartFormat } from '../../contract/panelProtocol.js';
import { exportName } from '../presentation/exportName.js';

/** Asks where to, and writes the file; does nothing when the question is dismissed. */
export async function saveChart(name: string, format: ChartFormat, content: Uint8Array): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    ...(folder ? { defaultUri: vscode.Uri.joinPath(folder, exportName(name, format)) } : {}),
    filters: format === 'png' ? { [vscode.l10n.t('Picture')]: ['png'] } : { [vscode.l10n.t('Table')]: ['csv'] },
  });
  if (target) {
    await vscode.workspace.fs.writeFile(target, content);
  }
}
