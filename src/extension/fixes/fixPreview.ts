import path from 'node:path';
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.js';
import { COMMANDS, CONTEXT_KEYS } from '../../contract/commands.js';
import { FIX_SCHEME } from '../../contract/views.js';
import { applyEdits } from '../../fixes/editing/applyEdits.js';
import type { FixDescription } from '../../model/fix.js';
import type { SourceEdit } from '../../model/sourceEdit.js';
import { valueProblem, valueOf } from '../presentation/fixValues.js';
import { cellOf, isCell } from '../source/notebookCells.js';
import type { FixValues, SourceAnalyses } from '../source/sourceAnalyses.js';

/** A fix that the user asked for, in one file; `loopLine` is a line of the loop that is meant. */
export interface FixRequest {
  readonly uri: vscode.Uri;
  readonly fix: string;
  readonly loopLine: number | undefined;
}

/** A fix that is shown and not made. */
interface Preview {
  readonly request: FixRequest;
  readonly description: FixDescription;
  readonly values: FixValues;
  /** The text that the edits refer to. */
  readonly baseText: string;
  readonly edits: readonly SourceEdit[];
}

/**
 * Shows what a fix would change as a diff of the file against itself with the fix applied, and makes the change when
 * it is confirmed: one workspace edit, so that one undo takes it back. The file is left unsaved.
 */
export class FixPreviews implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly analyses: SourceAnalyses;
  private readonly owned = new DisposableStore();
  private readonly changes = new vscode.EventEmitter<vscode.Uri>();
  /** By the address of the proposed text. */
  private readonly previews = new Map<string, Preview>();

  readonly onDidChange = this.changes.event;

  constructor(analyses: SourceAnalyses) {
    this.analyses = analyses;
    this.owned.add(this.changes);
    this.owned.add(vscode.workspace.registerTextDocumentContentProvider(FIX_SCHEME, this));
    this.owned.add(vscode.window.tabGroups.onDidChangeTabs(({ closed }) => this.tabsChanged(closed)));
    this.owned.add(vscode.window.tabGroups.onDidChangeTabGroups(() => this.updateContext()));
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    const proposal = proposalBeside(uri);
    const preview = this.previews.get((proposal ?? uri).toString());
    if (!preview) {
      return '';
    }
    return proposal ? preview.baseText : applyEdits(preview.baseText, preview.edits);
  }

  async show(request: FixRequest, values: FixValues = {}): Promise<void> {
    if (!vscode.workspace.isTrusted) {
      void vscode.window.showWarningMessage(
        vscode.l10n.t('This workspace is in Restricted Mode: Evenkeel reads and changes nothing.'),
      );
      return;
    }
    const document = await vscode.workspace.openTextDocument(request.uri);
    const description = await this.describe(request.fix);
    const baseText = document.getText();
    const outcome = await this.analyses.fixWith(document, request.fix, request.loopLine, values);
    switch (outcome.kind) {
      case 'refused':
        void vscode.window.showWarningMessage(
          vscode.l10n.t('{0} is not made in {1}: {2}', description.title, nameOf(request.uri), outcome.reason),
        );
        return;
      case 'already-there':
        await this.showWhereItIs(document, description, outcome.line);
        return;
      case 'edits':
        await this.open({ request, description, values, baseText, edits: outcome.edits }, outcome.notes);
        return;
    }
  }

  /** @param uri of the proposed text; the active diff when it is omitted. */
  async apply(uri?: vscode.Uri): Promise<void> {
    const proposed = uri ?? activeProposal();
    const preview = proposed && this.previews.get(proposed.toString());
    if (!preview || !vscode.workspace.isTrusted) {
      return;
    }
    const document = await vscode.workspace.openTextDocument(preview.request.uri);
    if (document.getText() !== preview.baseText) {
      await this.show(preview.request, preview.values);
      void vscode.window.showInformationMessage(
        vscode.l10n.t('{0} was changed meanwhile. The diff now shows the fix for it as it is.', nameOf(document.uri)),
      );
      return;
    }
    if (!(await vscode.workspace.applyEdit(workspaceEdit(preview)))) {
      void vscode.window.showErrorMessage(vscode.l10n.t('The editor refused to change {0}.', nameOf(document.uri)));
      return;
    }
    await this.close(proposed);
    await showChange(document, preview);
  }

  async discard(uri?: vscode.Uri): Promise<void> {
    const proposed = uri ?? activeProposal();
    if (proposed) {
      await this.close(proposed);
    }
  }

  /** Asks for the numbers that the fix works with, and shows the diff with them. */
  async changeValues(uri?: vscode.Uri): Promise<void> {
    const proposed = uri ?? activeProposal();
    const preview = proposed && this.previews.get(proposed.toString());
    const values = preview && (await askForValues(preview));
    if (preview && values) {
      await this.show(preview.request, values);
    }
  }

  dispose(): void {
    this.owned.dispose();
  }

  private async describe(fix: string): Promise<FixDescription> {
    const description = (await this.analyses.fixes()).find(({ id }) => id === fix);
    if (!description) {
      throw new Error(vscode.l10n.t('There is no fix called "{0}".', fix));
    }
    return description;
  }

  private async open(preview: Preview, notes: readonly string[]): Promise<void> {
    const { request, description } = preview;
    const proposed = proposalFor(request);
    this.previews.set(proposed.toString(), preview);
    this.changes.fire(proposed);
    this.changes.fire(textBefore(proposed));
    const title = vscode.l10n.t('{0}: {1}', nameOf(request.uri), description.title);
    const left = isCell(request) ? textBefore(proposed) : request.uri;
    await vscode.commands.executeCommand('vscode.diff', left, proposed, title, {
      preview: true,
      viewColumn: columnOf(request.uri),
    });
    this.updateContext();
    void this.ask(proposed, preview, notes);
  }

  /** The same choices as the buttons above the diff, in words. */
  private async ask(proposed: vscode.Uri, preview: Preview, notes: readonly string[]): Promise<void> {
    const apply = vscode.l10n.t('Apply');
    const change = vscode.l10n.t('Change Values…');
    const discard = vscode.l10n.t('Discard');
    const shown = vscode.l10n.t('{0}: shown, not made yet.', preview.description.title);
    const choices = [apply, ...(preview.description.settings.length > 0 ? [change] : []), discard];
    const choice = await vscode.window.showInformationMessage([shown, ...notes].join(' '), ...choices);
    if (choice === undefined) {
      return;
    }
    if (!this.previews.has(proposed.toString())) {
      // Made, discarded or closed by other means while the notification stood.
      vscode.window.setStatusBarMessage(vscode.l10n.t('That diff is closed. Ask for the fix again.'), 8000);
      return;
    }
    const command =
      choice === apply ? COMMANDS.applyFix : choice === change ? COMMANDS.changeFixValues : COMMANDS.discardFix;
    await vscode.commands.executeCommand(command.id, proposed);
  }

  private async showWhereItIs(document: vscode.TextDocument, fix: FixDescription, line: number): Promise<void> {
    const show = vscode.l10n.t('Show It');
    const message = vscode.l10n.t(
      '{0} is already there, in line {1} of {2}.',
      fix.title,
      line + 1,
      nameOf(document.uri),
    );
    if ((await vscode.window.showInformationMessage(message, show)) === show) {
      await vscode.window.showTextDocument(document, { selection: new vscode.Range(line, 0, line, 0) });
    }
  }

  private async close(proposed: vscode.Uri): Promise<void> {
    this.previews.delete(proposed.toString());
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    await vscode.window.tabGroups.close(tabs.filter((tab) => proposalOf(tab)?.toString() === proposed.toString()));
    this.updateContext();
  }

  private tabsChanged(closed: readonly vscode.Tab[]): void {
    for (const tab of closed) {
      const proposed = proposalOf(tab);
      if (proposed) {
        this.previews.delete(proposed.toString());
      }
    }
    this.updateContext();
  }

  private updateContext(): void {
    const active = activeProposal();
    const preview = active && this.previews.get(active.toString());
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.previewingFix, preview !== undefined);
    const hasValues = preview !== undefined && preview.description.settings.length > 0;
    void vscode.commands.executeCommand('setContext', CONTEXT_KEYS.fixHasValues, hasValues);
  }
}

/** Marks the text before a fix among the addresses of {@link FIX_SCHEME}. */
const BEFORE = 'before:';

/**
 * One proposed text a file (or cell) and fix; the path keeps its name, so that the editor colours it as the language it
 * is. A cell is code, whatever holds it.
 */
function proposalFor({ uri, fix }: FixRequest): vscode.Uri {
  return uri.with({ scheme: FIX_SCHEME, query: fix, ...(isCell({ uri }) && { path: `${uri.path}.py` }) });
}

/** The text that a proposal is compared with, where a diff can't show the document itself: a cell opens its notebook. */
function textBefore(proposed: vscode.Uri): vscode.Uri {
  return proposed.with({ query: BEFORE + proposed.query });
}

/** The proposal that a text is compared with; undefined for one that is a proposal itself. */
function proposalBeside(uri: vscode.Uri): vscode.Uri | undefined {
  return uri.query.startsWith(BEFORE) ? uri.with({ query: uri.query.slice(BEFORE.length) }) : undefined;
}

function proposalOf(tab: vscode.Tab | undefined): vscode.Uri | undefined {
  const input: unknown = tab?.input;
  const isProposal = input instanceof vscode.TabInputTextDiff && input.modified.scheme === FIX_SCHEME;
  return isProposal ? input.modified : undefined;
}

function activeProposal(): vscode.Uri | undefined {
  return proposalOf(vscode.window.tabGroups.activeTabGroup.activeTab);
}

function workspaceEdit({ request, edits }: Preview): vscode.WorkspaceEdit {
  const edit = new vscode.WorkspaceEdit();
  for (const { range, newText } of edits) {
    edit.replace(request.uri, rangeOf(range), newText);
  }
  return edit;
}

/** The file with the change in view. */
async function showChange(document: vscode.TextDocument, { request, edits, description }: Preview): Promise<void> {
  const main = edits.find(({ range }) => range.start.line >= (request.loopLine ?? 0)) ?? edits.at(-1);
  const added = edits
    .filter((edit) => main && edit.range.start.line < main.range.start.line)
    .reduce((lines, edit) => lines + edit.newText.split('\n').length - 1, 0);
  const line = Math.min((main?.range.start.line ?? 0) + added, document.lineCount - 1);
  const column = columnOf(document.uri);
  const message = vscode.l10n.t('Applied: {0}. One undo takes it back.', description.title);
  vscode.window.setStatusBarMessage(message, 8000);
  const cell = cellOf(document);
  if (cell) {
    const selections = [new vscode.NotebookRange(cell.index, cell.index + 1)];
    await vscode.window.showNotebookDocument(cell.notebook, { selections });
    return;
  }
  const editor = await vscode.window.showTextDocument(document, column === undefined ? {} : { viewColumn: column });
  const place = new vscode.Range(line, 0, line, 0);
  editor.selection = new vscode.Selection(place.start, place.start);
  editor.revealRange(place, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

async function askForValues({ description, values }: Preview): Promise<FixValues | undefined> {
  const chosen: Record<string, number | string> = {};
  for (const [index, setting] of description.settings.entries()) {
    const word = await vscode.window.showInputBox({
      title: `${description.title} (${index + 1}/${description.settings.length})`,
      prompt: vscode.l10n.t('{0}. The default comes from: {1}', setting.title, setting.source),
      value: String(values[setting.name] ?? setting.default),
      validateInput: (input) => valueProblem(setting, input),
    });
    if (word === undefined) {
      return undefined;
    }
    chosen[setting.name] = valueOf(setting, word);
  }
  return chosen;
}

function columnOf(uri: vscode.Uri): vscode.ViewColumn | undefined {
  const visible = vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());
  return visible?.viewColumn ?? firstCodeColumn();
}

/** Where code is shown: never on top of a run page when there is another place. */
function firstCodeColumn(): vscode.ViewColumn | undefined {
  const group = vscode.window.tabGroups.all.find(
    ({ activeTab }) => !(activeTab?.input instanceof vscode.TabInputWebview),
  );
  return group?.viewColumn ?? vscode.ViewColumn.Beside;
}

function rangeOf({ start, end }: SourceEdit['range']): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

function nameOf(uri: vscode.Uri): string {
  return path.basename(uri.fsPath);
}
