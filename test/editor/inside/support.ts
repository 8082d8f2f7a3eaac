import * as vscode from 'vscode';

/** Generous: a machine that is busy with other work takes several times as long, and waiting costs nothing otherwise. */
const WITHIN_MS = 60_000;

/** Waits until something holds. */
export async function eventually(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + WITHIN_MS;
  while (!(await holds())) {
    if (Date.now() > end) {
      throw new Error(`${what} did not come within ${WITHIN_MS / 1000} s`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The address of a file of the workspace. */
export function inWorkspace(...parts: readonly string[]): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (!folder) {
    throw new Error('no folder is open');
  }
  return vscode.Uri.joinPath(folder.uri, ...parts);
}

/** Opens a file of the workspace in an editor. */
export async function openSource(name: string): Promise<vscode.TextDocument> {
  const document = await vscode.workspace.openTextDocument(inWorkspace(name));
  await vscode.window.showTextDocument(document);
  return document;
}
