import path from 'node:path';
import * as vscode from 'vscode';
import { CONTEXT_KEYS } from '../../contract/commands.js';
import { CHECKPOINT_COMPARISON, CHECKPOINT_EDITOR } from '../../contract/views.js';
import { checkpointsAround } from '../../model/runCheckpoint.js';
import type { EngineRequester } from '../engine/enginePort.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import { pageOptions } from '../panel/pageResources.js';
import { plainText } from '../presentation/plainText.js';
import { CheckpointPage, type CheckpointPageServices } from './checkpointPage.js';
import { CheckpointReader } from './checkpointReader.js';
import { pickFinding } from './findingPicker.js';

/** Opens checkpoints in an editor of their own, compares two, and repairs one into a new file. */
export class Checkpoints implements vscode.CustomReadonlyEditorProvider, vscode.Disposable {
  private readonly services: CheckpointPageServices;
  /** Folder in which statistics of checkpoints are kept. */
  private readonly cache: string;
  private readonly engine: EngineRequester;
  private readonly catalogue: RunCatalogue;
  private readonly registration: vscode.Disposable;
  /** What "Compare with Selected" compares with. */
  private selected: vscode.Uri | undefined;

  constructor(
    extensionUri: vscode.Uri,
    storageUri: vscode.Uri,
    engine: EngineRequester,
    catalogue: RunCatalogue,
    log: vscode.LogOutputChannel,
  ) {
    this.cache = vscode.Uri.joinPath(storageUri, 'checkpoint-statistics').fsPath;
    this.engine = engine;
    this.catalogue = catalogue;
    this.services = {
      extensionUri,
      log,
      reader: new CheckpointReader(extensionUri),
      compare: (uri) => this.compareWithChosen(uri),
      resetMomentum: (uri) => this.resetMomentum(uri),
    };
    this.registration = vscode.window.registerCustomEditorProvider(CHECKPOINT_EDITOR, this, {
      supportsMultipleEditorsPerDocument: true,
      webviewOptions: { enableFindWidget: false, retainContextWhenHidden: true },
    });
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    new CheckpointPage(uri, { type: 'inspect', path: uri.fsPath, cache: this.cache }, panel, this.services);
  }

  /** Remembers a checkpoint to compare with. */
  select(uri?: vscode.Uri): void {
    this.selected = uri ?? activeCheckpoint();
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.checkpointSelected, this.selected !== undefined);
  }

  /** Compares a checkpoint with the one that was selected, or asks for one. */
  async compareWithSelected(uri?: vscode.Uri): Promise<void> {
    const second = uri ?? activeCheckpoint();
    if (second === undefined) {
      return;
    }
    if (this.selected === undefined || this.selected.fsPath === second.fsPath) {
      return this.compareWithChosen(second);
    }
    this.showComparison(this.selected, second);
  }

  /** @param path absolute. */
  async open(path: string): Promise<void> {
    await vscode.commands.executeCommand('vscode.openWith', vscode.Uri.file(path), CHECKPOINT_EDITOR);
  }

  /** Shows what became of one checkpoint in another. @param first absolute path of the earlier one. */
  compare(first: string, second: string): void {
    this.showComparison(vscode.Uri.file(first), vscode.Uri.file(second));
  }

  /**
   * Compares the checkpoints before and after a finding of a run, or says that there are none.
   * @param finding where it is omitted, the user is asked for one.
   */
  async compareAround(run?: string, finding?: string): Promise<void> {
    const picked = await pickFinding(this.catalogue, run, finding);
    if (!picked) {
      return;
    }
    const { findings } = await this.engine.request('report', { run: picked.run });
    const found = findings.find(({ id }) => id === picked.finding);
    const checkpoints = await this.engine.request('checkpoints', { run: picked.run });
    const pair = found && checkpointsAround(found, checkpoints);
    if (pair) {
      this.compare(pair.before.path, pair.after.path);
      return;
    }
    void vscode.window.showInformationMessage(
      checkpoints.length === 0
        ? vscode.l10n.t(
            'No checkpoints of this run were found in its folder or where its configuration says that it saves.',
          )
        : vscode.l10n.t(
            'None of the {0} checkpoints of this run lie on both sides of the finding.',
            checkpoints.length,
          ),
    );
  }

  async resetMomentum(uri?: vscode.Uri): Promise<void> {
    const input = uri ?? activeCheckpoint();
    const output = input && (await askForCopy(input));
    if (!input || !output) {
      return;
    }
    const options = {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Resetting the momentum into {0}', path.basename(output.fsPath)),
      cancellable: true,
    };
    const news = await vscode.window.withProgress(options, (_progress, token) =>
      this.services.reader.finish({ type: 'reset-momentum', input: input.fsPath, output: output.fsPath }, token),
    );
    if (news.type === 'repaired') {
      await vscode.commands.executeCommand('vscode.openWith', output, CHECKPOINT_EDITOR);
    }
  }

  dispose(): void {
    this.registration.dispose();
  }

  private async compareWithChosen(uri: vscode.Uri): Promise<void> {
    const [other] =
      (await vscode.window.showOpenDialog({
        defaultUri: vscode.Uri.joinPath(uri, '..'),
        openLabel: vscode.l10n.t('Compare'),
        title: vscode.l10n.t('The earlier checkpoint that {0} is compared with', path.basename(uri.fsPath)),
      })) ?? [];
    if (other) {
      this.showComparison(other, uri);
    }
  }

  private showComparison(first: vscode.Uri, second: vscode.Uri): void {
    const names = namesApart(first.fsPath, second.fsPath).map((name) => plainText(name));
    const panel = vscode.window.createWebviewPanel(CHECKPOINT_COMPARISON, names.join(' ↔ '), vscode.ViewColumn.Active, {
      ...pageOptions(this.services.extensionUri),
      retainContextWhenHidden: true,
    });
    new CheckpointPage(second, { type: 'compare', first: first.fsPath, second: second.fsPath }, panel, this.services);
  }
}

/** By the folders around them where the files themselves are called alike, as trainers call them. */
function namesApart(...files: readonly [string, string]): string[] {
  const [one, other] = files.map((file) => path.basename(file));
  return files.map((file) => path.basename(one === other ? path.dirname(file) : file));
}

/** The checkpoint in the editor that has the focus. */
function activeCheckpoint(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputCustom && input.viewType === CHECKPOINT_EDITOR ? input.uri : undefined;
}

/** Never the file itself: a name beside it is proposed. */
async function askForCopy(input: vscode.Uri): Promise<vscode.Uri | undefined> {
  const { dir, name, ext } = path.parse(input.fsPath);
  return vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(path.join(dir, `${name}-momentum-reset${ext}`)),
    title: vscode.l10n.t('Write the copy with its momentum reset to'),
  });
}
