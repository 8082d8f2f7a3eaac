import * as vscode from 'vscode';
import { MCP_PROVIDER } from '../../contract/agentTools.js';
import { labFolder } from '../settings.js';

/**
 * Lets the editor start Evenkeel's own server of the Model Context Protocol, for agents that speak that. It serves the
 * folders of the workspace, as a child process of the editor, on standard input and output: no port is opened.
 */
export function registerMcpServer(context: vscode.ExtensionContext, log: vscode.LogOutputChannel): vscode.Disposable {
  const { extensionUri, extension } = context;
  const script = vscode.Uri.joinPath(extensionUri, 'dist', 'cli.js').fsPath;
  const { version } = extension.packageJSON as { readonly version: string };
  return vscode.lm.registerMcpServerDefinitionProvider(MCP_PROVIDER, {
    onDidChangeMcpServerDefinitions: foldersOrTrustChanged,
    provideMcpServerDefinitions() {
      const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
      const [first] = folders;
      if (!first || !vscode.workspace.isTrusted) {
        return [];
      }
      const server = new vscode.McpStdioServerDefinition(
        'Evenkeel',
        process.execPath,
        // What agents try ranks the fixes of the editor, too.
        [script, 'mcp', '--lab', labFolder(log, context), '--', ...folders.map(({ uri }) => uri.fsPath)],
        // In the desktop editor the executable is the editor's own, which runs scripts when it is told to.
        { ELECTRON_RUN_AS_NODE: '1' },
        version,
      );
      server.cwd = first.uri;
      return [server];
    },
  });
}

function foldersOrTrustChanged(listener: () => void): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeWorkspaceFolders(() => listener()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => listener()),
  );
}
