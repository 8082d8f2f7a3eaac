import * as vscode from 'vscode';
import type { EngineRequester } from '../engine/enginePort.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import type { RunPages } from '../panel/runPages.js';
import { COMMANDS } from '../../contract/commands.js';

const OPENED_KEY = 'evenkeel.openedPaths';
/** Logs opened besides the discovered ones that are remembered with the workspace; the oldest are forgotten. */
const REMEMBERED = 50;

/** Opens logs that the search for runs does not find by itself, and remembers them with the workspace. */
export class LogOpener {
  private readonly engine: EngineRequester;
  private readonly catalogue: RunCatalogue;
  private readonly pages: RunPages;
  private readonly memory: vscode.Memento;

  constructor(engine: EngineRequester, catalogue: RunCatalogue, pages: RunPages, memory: vscode.Memento) {
    this.engine = engine;
    this.catalogue = catalogue;
    this.pages = pages;
    this.memory = memory;
  }

  /** Asks for files or a folder. */
  async ask(): Promise<void> {
    const kind = await pickKind();
    const uris = kind && (await showDialog(kind));
    if (uris) {
      await this.open(uris.map(({ fsPath }) => fsPath));
    }
  }

  /** Opens paths and shows what was found: the page of one run, the list of several. */
  async open(paths: readonly string[], options: { readonly remember: boolean } = { remember: true }): Promise<void> {
    const runs = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Reading the log') },
      () => this.engine.request('open', { paths }),
    );
    this.catalogue.update(runs, []);
    const [first, second] = runs;
    if (!first) {
      void this.offerPattern(paths);
      return;
    }
    if (options.remember) {
      await this.remember(paths);
    }
    if (second) {
      await vscode.commands.executeCommand(COMMANDS.showFindings.id);
    } else {
      this.pages.open(first.id);
    }
  }

  /** Only one file can be shown while its pattern is written; a folder or several files get the message alone. */
  private async offerPattern(paths: readonly string[]): Promise<void> {
    const [only, ...others] = paths;
    const isText = only !== undefined && others.length === 0 && /\.(log|txt|out)$/i.test(only);
    const offer = isText && vscode.workspace.isTrusted ? [vscode.l10n.t('Read It by a Pattern…')] : [];
    const message = vscode.l10n.t('No training run was found in {0}.', paths.join(', '));
    if ((await vscode.window.showWarningMessage(message, ...offer)) !== undefined && only !== undefined) {
      await vscode.commands.executeCommand(COMMANDS.previewPattern.id, vscode.Uri.file(only));
    }
  }

  private async remember(paths: readonly string[]): Promise<void> {
    const earlier = openedPaths(this.memory).filter((path) => !paths.includes(path));
    await this.memory.update(OPENED_KEY, [...earlier, ...paths].slice(-REMEMBERED));
  }
}

/** Logs that were opened in this workspace before, the newest last. */
export function openedPaths(memory: vscode.Memento): readonly string[] {
  return memory.get<readonly string[]>(OPENED_KEY, []);
}

type DialogKind = 'files' | 'folder';

/** Dialogs of most platforms show files or folders, not both. */
async function pickKind(): Promise<DialogKind | undefined> {
  const items = [
    {
      label: vscode.l10n.t('$(file) Log Files…'),
      detail: vscode.l10n.t('One run: an event file, JSON lines, a CSV, a trainer_state.json'),
      dialog: 'files' as const,
    },
    {
      label: vscode.l10n.t('$(folder) Folder…'),
      detail: vscode.l10n.t('A run folder, or a folder of runs'),
      dialog: 'folder' as const,
    },
  ];
  const title = vscode.l10n.t('Open a log');
  return (await vscode.window.showQuickPick(items, { title }))?.dialog;
}

function showDialog(kind: DialogKind): Thenable<vscode.Uri[] | undefined> {
  return vscode.window.showOpenDialog({
    canSelectFiles: kind === 'files',
    canSelectFolders: kind === 'folder',
    canSelectMany: true,
    openLabel: vscode.l10n.t('Open'),
    title: kind === 'files' ? vscode.l10n.t('Open log files') : vscode.l10n.t('Open a folder of runs'),
  });
}
