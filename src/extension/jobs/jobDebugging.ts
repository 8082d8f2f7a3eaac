import path from 'node:path';
import * as vscode from 'vscode';
import { hookEnvironment } from '../../runner/hookEnvironment.js';
import { makeRunFolder } from '../../runner/jobFolder.js';
import type { JobLauncher } from './jobLauncher.js';
import { folderFor } from './jobLauncher.js';
import { pythonFor } from './programs.js';

const PYTHON_FILE = /\.py$/i;
const NOTEBOOK = /\.ipynb$/i;

/**
 * Debug configurations of the type "evenkeel": those of the language's own debugger, with the hook in their
 * environment. The debugger owns the process, so that it ends with the session.
 */
export class JobDebugging implements vscode.DebugConfigurationProvider {
  private readonly hooks: string;
  private readonly launcher: JobLauncher;

  constructor(extensionUri: vscode.Uri, launcher: JobLauncher) {
    this.hooks = vscode.Uri.joinPath(extensionUri, 'hooks').fsPath;
    this.launcher = launcher;
  }

  provideDebugConfigurations(): vscode.DebugConfiguration[] {
    return [{ type: 'evenkeel', request: 'launch', name: vscode.l10n.t('Debug with Evenkeel'), program: '${file}' }]; // eslint-disable-line no-template-curly-in-string
  }

  /** F5 without a launch.json gives an empty configuration: that means the file in front. */
  resolveDebugConfiguration(
    _folder: vscode.WorkspaceFolder | undefined,
    configuration: vscode.DebugConfiguration,
  ): vscode.DebugConfiguration | undefined {
    if (configuration['program'] !== undefined || configuration['module'] !== undefined) {
      return configuration;
    }
    const file = vscode.window.activeTextEditor?.document.uri.fsPath;
    return file === undefined
      ? undefined
      : { ...configuration, type: 'evenkeel', request: 'launch', name: path.basename(file), program: file };
  }

  async resolveDebugConfigurationWithSubstitutedVariables(
    folder: vscode.WorkspaceFolder | undefined,
    { every, hook, ...configuration }: vscode.DebugConfiguration,
  ): Promise<vscode.DebugConfiguration | undefined> {
    if (!vscode.workspace.isTrusted) {
      void vscode.window.showWarningMessage(
        vscode.l10n.t('This workspace is in Restricted Mode: Evenkeel runs nothing.'),
      );
      return undefined;
    }
    const program: unknown = configuration['program'] ?? configuration['module'];
    if (NOTEBOOK.test(String(program))) {
      void vscode.window.showWarningMessage(
        vscode.l10n.t('A notebook is no program: run it with Evenkeel, or debug its cells in the notebook itself.'),
      );
      return undefined;
    }
    const uri = vscode.Uri.file(String(program));
    const cwd = String(configuration['cwd'] ?? folder?.uri.fsPath ?? folderFor(uri));
    const made = await makeRunFolder({ cwd, command: [String(program)], now: Date.now() });
    const own = (configuration['env'] ?? {}) as Record<string, string>;
    const env = {
      ...own,
      ...hookEnvironment({
        hooks: this.hooks,
        mode: hook === 'off' ? 'off' : 'auto',
        every: typeof every === 'number' ? every : undefined,
        folder: made.folder,
        inherited: { ...process.env, ...own },
      }),
    };
    this.launcher.awaitRun(made.folder);
    const isPython = configuration['module'] !== undefined || PYTHON_FILE.test(String(program));
    return isPython
      ? { python: await pythonFor(uri), console: 'integratedTerminal', ...configuration, cwd, env, type: 'debugpy' }
      : { ...configuration, cwd, env, type: 'node' };
  }
}
