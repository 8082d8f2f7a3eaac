import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.js';
import { COMMANDS } from '../../contract/commands.js';
import type { TrainingLoop } from '../../model/loop.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import { lensTitle, lensTooltip } from '../presentation/lensText.js';
import { onSettingChanged, readSetting } from '../settings.js';
import { PacedRefresh } from './pacedRefresh.js';
import type { SourceAnalyses } from './sourceAnalyses.js';
import type { SourceRuns } from './sourceRuns.js';

const REFRESH_INTERVAL_MS = 1000;

/** The state of the run above each training loop, and the way to its fixes. */
export class CodeLenses implements vscode.CodeLensProvider, vscode.Disposable {
  private readonly analyses: SourceAnalyses;
  private readonly runs: SourceRuns;
  private readonly log: vscode.LogOutputChannel;
  private readonly owned = new DisposableStore();
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly refresh = this.owned.add(new PacedRefresh(REFRESH_INTERVAL_MS, () => this.refreshIfStale()));
  /** What the lenses of each document said last, so that they are not drawn anew for nothing. */
  private readonly shown = new Map<string, string>();

  readonly onDidChangeCodeLenses = this.changes.event;

  constructor(analyses: SourceAnalyses, runs: SourceRuns, catalogue: RunCatalogue, log: vscode.LogOutputChannel) {
    this.analyses = analyses;
    this.runs = runs;
    this.log = log;
    this.owned.add(catalogue.onChanged(() => this.refresh.trigger()));
    this.owned.add(runs.onChosen(() => this.changes.fire()));
    this.owned.add(onSettingChanged(['codeLens'], () => this.changes.fire()));
    this.owned.add(vscode.workspace.onDidGrantWorkspaceTrust(() => this.changes.fire()));
    this.owned.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.shown.delete(uri.toString())));
    this.owned.add(this.changes);
  }

  async provideCodeLenses(document: vscode.TextDocument): Promise<vscode.CodeLens[]> {
    if (!readSetting('codeLens', this.log)) {
      return [];
    }
    try {
      const loops = await this.analyses.loops(document);
      this.shown.set(document.uri.toString(), this.wordsFor(document.uri));
      return loops.flatMap((loop) => this.lensesOf(document, loop));
    } catch (error) {
      this.log.debug(`No code lens for ${document.uri.fsPath}: ${String(error)}`);
      return [];
    } finally {
      this.refresh.answered();
    }
  }

  dispose(): void {
    this.owned.dispose();
  }

  private lensesOf(document: vscode.TextDocument, loop: TrainingLoop): vscode.CodeLens[] {
    const range = new vscode.Range(loop.from.line, loop.from.character, loop.from.line, loop.from.character);
    const commands = [this.runCommand(document.uri), fixesCommand(document.uri, loop), jobCommand(document.uri)];
    return commands.filter((command) => command !== undefined).map((command) => new vscode.CodeLens(range, command));
  }

  private runCommand(uri: vscode.Uri): vscode.Command | undefined {
    const chosen = this.runs.runOf(uri);
    const title = chosen && lensTitle(chosen.run);
    if (!chosen || title === undefined) {
      return undefined;
    }
    return { title, tooltip: lensTooltip(chosen), command: COMMANDS.openRun.id, arguments: [chosen.run.id] };
  }

  private refreshIfStale(): boolean {
    const isStale = [...this.shown].some(([uri, words]) => this.wordsFor(vscode.Uri.parse(uri)) !== words);
    if (isStale) {
      this.changes.fire();
    }
    return isStale;
  }

  private wordsFor(uri: vscode.Uri): string {
    const chosen = this.runs.runOf(uri);
    return chosen ? `${chosen.run.id} ${lensTitle(chosen.run) ?? ''} ${chosen.reason}` : '';
  }
}

/** A cell is part of a program that the notebook runs; that runs as a whole. */
function jobCommand(uri: vscode.Uri): vscode.Command | undefined {
  return vscode.workspace.isTrusted && uri.scheme === 'file'
    ? {
        title: vscode.l10n.t('$(play) Run with Evenkeel'),
        tooltip: vscode.l10n.t('Runs this file and watches its training, with no line of it changed.'),
        command: COMMANDS.runFile.id,
        arguments: [uri],
      }
    : undefined;
}

function fixesCommand(uri: vscode.Uri, loop: TrainingLoop): vscode.Command | undefined {
  return vscode.workspace.isTrusted
    ? {
        title: vscode.l10n.t('Fixes…'),
        tooltip: vscode.l10n.t('Changes to this training loop; each is shown before it is made.'),
        command: COMMANDS.fixesForLoop.id,
        arguments: [uri, loop.from.line],
      }
    : undefined;
}
