import * as vscode from 'vscode';
import type { FindingSummary, RunSummary } from '../../contract/engineProtocol.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import { fixChoices, groupTitle, type FixChoice } from '../presentation/fixChoices.js';
import type { SourceAnalyses } from '../source/sourceAnalyses.js';
import type { SourceRuns } from '../source/sourceRuns.js';
import type { FixPreviews } from './fixPreview.js';
import type { FoundLoop, LoopChooser } from './loopChooser.js';

interface FixItem extends vscode.QuickPickItem {
  readonly choice?: FixChoice;
}

/** From "something should be done" to a fix that is shown: asks which loop and which fix, where that is open. */
export class FixChooser {
  private readonly analyses: SourceAnalyses;
  private readonly runs: SourceRuns;
  private readonly catalogue: RunCatalogue;
  private readonly loops: LoopChooser;
  private readonly previews: FixPreviews;

  constructor(
    analyses: SourceAnalyses,
    runs: SourceRuns,
    catalogue: RunCatalogue,
    loops: LoopChooser,
    previews: FixPreviews,
  ) {
    this.analyses = analyses;
    this.runs = runs;
    this.catalogue = catalogue;
    this.loops = loops;
    this.previews = previews;
  }

  /** Fixes of the loop around a line of a document. */
  async forLoop(uri: vscode.Uri, line: number): Promise<void> {
    const document = await vscode.workspace.openTextDocument(uri);
    const found = await this.loops.chooseIn(document, line);
    if (found) {
      const findings = this.runs.runOf(uri)?.run.findings ?? [];
      await this.pickAndShow(found, findings, await this.analyses.fixes());
    }
  }

  /** A fix of a finding: of the one that is named, else of the one that the user picks. */
  async forFinding(runId: string, findingId: string, fix?: string): Promise<void> {
    const run = this.catalogue.get(runId);
    if (!run) {
      return;
    }
    const found = await this.loops.chooseFor(run.location);
    if (!found) {
      return;
    }
    if (fix !== undefined) {
      await this.previews.show({ uri: found.uri, fix, loopLine: found.loop.from.line });
      return;
    }
    const finding = findingOf(run, findingId);
    const known = await this.analyses.fixes();
    const offered = known.filter(({ id }) => finding?.fixes.includes(id));
    await this.pickAndShow(found, finding ? [finding] : [], offered);
  }

  private async pickAndShow(
    found: FoundLoop,
    findings: readonly FindingSummary[],
    fixes: Awaited<ReturnType<SourceAnalyses['fixes']>>,
  ): Promise<void> {
    const document = await vscode.workspace.openTextDocument(found.uri);
    const loopLine = found.loop.from.line;
    const outcomes = await Promise.all(
      fixes.map(async (description) => ({
        description,
        outcome: await this.analyses.fix(document, description.id, loopLine),
      })),
    );
    const choices = fixChoices(outcomes, findings, found.loop);
    const choice = choices.length === 1 ? choices[0] : await pick(choices);
    if (choice) {
      await this.previews.show({ uri: found.uri, fix: choice.fix, loopLine });
    }
  }
}

function findingOf(run: RunSummary, id: string): FindingSummary | undefined {
  return run.findings.find((finding) => finding.id === id);
}

async function pick(choices: readonly FixChoice[]): Promise<FixChoice | undefined> {
  const items = choices.flatMap((choice, index): FixItem[] => {
    const item: FixItem = { label: choice.label, description: choice.description, detail: choice.detail, choice };
    const isFirstOfGroup = choices[index - 1]?.group !== choice.group;
    return isFirstOfGroup
      ? [{ label: groupTitle(choice.group), kind: vscode.QuickPickItemKind.Separator }, item]
      : [item];
  });
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Fixes for this loop'),
    placeHolder: vscode.l10n.t('Each is shown as a diff before anything is changed'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return picked?.choice;
}
