import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import { inlayTexts } from '../presentation/inlayText.js';
import { lensTooltip } from '../presentation/lensText.js';
import { onSettingChanged, readSetting } from '../settings.js';
import { PacedRefresh } from './pacedRefresh.js';
import type { SourceAnalyses } from './sourceAnalyses.js';
import type { SourceRuns } from './sourceRuns.js';

const REFRESH_INTERVAL_MS = 2000;

/** The newest values of the run behind the lines of its training loop; off unless the user asks for them. */
export class InlayHints implements vscode.InlayHintsProvider, vscode.Disposable {
  private readonly analyses: SourceAnalyses;
  private readonly runs: SourceRuns;
  private readonly log: vscode.LogOutputChannel;
  private readonly owned = new DisposableStore();
  private readonly changes = new vscode.EventEmitter<void>();
  private readonly refresh = this.owned.add(new PacedRefresh(REFRESH_INTERVAL_MS, () => this.ask()));

  readonly onDidChangeInlayHints = this.changes.event;

  constructor(analyses: SourceAnalyses, runs: SourceRuns, catalogue: RunCatalogue, log: vscode.LogOutputChannel) {
    this.analyses = analyses;
    this.runs = runs;
    this.log = log;
    this.owned.add(catalogue.onChanged(() => this.refresh.trigger()));
    this.owned.add(runs.onChosen(() => this.changes.fire()));
    this.owned.add(onSettingChanged(['inlayHints'], () => this.changes.fire()));
    this.owned.add(this.changes);
  }

  async provideInlayHints(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.InlayHint[]> {
    try {
      return await this.hintsIn(document, range);
    } finally {
      this.refresh.answered();
    }
  }

  dispose(): void {
    this.owned.dispose();
  }

  private async hintsIn(document: vscode.TextDocument, range: vscode.Range): Promise<vscode.InlayHint[]> {
    const chosen = readSetting('inlayHints', this.log) ? this.runs.runOf(document.uri) : undefined;
    if (!chosen) {
      return [];
    }
    const loops = await this.analyses.loops(document);
    return loops
      .flatMap((loop) => inlayTexts(loop, chosen.run))
      .filter(({ line }) => line >= range.start.line && line <= range.end.line && line < document.lineCount)
      .map(({ line, text }) => {
        const hint = new vscode.InlayHint(document.lineAt(line).range.end, text);
        hint.paddingLeft = true;
        hint.tooltip = lensTooltip(chosen);
        return hint;
      });
  }

  private ask(): boolean {
    const isOn = readSetting('inlayHints', this.log);
    if (isOn) {
      this.changes.fire();
    }
    return isOn;
  }
}
