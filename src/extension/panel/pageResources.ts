import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { pageHtml } from '../presentation/pageHtml.js';

/** Where the files of all pages lie. */
function webviewFolder(extensionUri: vscode.Uri): vscode.Uri {
  return vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
}

/** Options that every page is created and restored with: scripts run, and nothing but the extension's files is loaded. */
export function pageOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, localResourceRoots: [webviewFolder(extensionUri)] };
}

/** The document of a page. @param name of its bundle. */
export function pageDocument(extensionUri: vscode.Uri, webview: vscode.Webview, name: string, title: string): string {
  const resource = (file: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(webviewFolder(extensionUri), file)).toString();
  return pageHtml({
    nonce: randomBytes(24).toString('base64url'),
    cspSource: webview.cspSource,
    script: resource(`${name}.js`),
    style: resource(`${name}.css`),
    icons: resource('codicon.css'),
    language: vscode.env.language,
    title,
    translations: vscode.l10n.bundle,
  });
}
