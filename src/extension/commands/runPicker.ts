import * as vscode from 'vscode';
import type { RunSummary } from '../../contract/engineProtocol.js';
import { plainLabel, plainText } from '../presentation/plainText.js';
import { comparableRuns } from '../presentation/comparableRuns.js';
import { byRecency, byUrgency } from '../presentation/runOrder.js';
import { distinguishingFolders, runDescription, statusIcon, statusWord } from '../presentation/runText.js';

interface RunItem extends vscode.QuickPickItem {
  readonly run: RunSummary;
}

/** Asks for a run; undefined when none was picked or there is none. @param title what shall be done with it. */
export async function pickRun(runs: readonly RunSummary[], title: string): Promise<RunSummary | undefined> {
  if (runs.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('No training run was found yet.'));
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(runItems([...runs].sort(byUrgency)), {
    title,
    placeHolder: vscode.l10n.t('Name of a run'),
    matchOnDescription: true,
  });
  return picked?.run;
}

/** Asks for a run to compare with another; undefined when none was picked or there is no other with any numbers. */
export async function pickOtherRun(runs: readonly RunSummary[], own: RunSummary): Promise<RunSummary | undefined> {
  const comparable = new Set(comparableRuns(runs, own.id).map(({ id }) => id));
  const others = runs.filter(({ id }) => comparable.has(id)).sort(byRecency);
  if (others.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('There is no other run to compare {0} with yet.', plainText(own.name)),
    );
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(runItems(others), {
    title: vscode.l10n.t('Compare {0} with', plainLabel(own.name)),
    placeHolder: vscode.l10n.t('Name of a run'),
    matchOnDescription: true,
  });
  return picked?.run;
}

/** Which run a file belongs to: a run, null for none, undefined to choose by nearness. `cancelled` changes nothing. */
export type RunChoice = { readonly run: RunSummary | null | undefined } | 'cancelled';

export async function pickRunOfFile(runs: readonly RunSummary[], current: RunSummary | undefined): Promise<RunChoice> {
  const automatic = { label: vscode.l10n.t('$(sparkle) Nearest run, live ones first'), run: undefined };
  const none = { label: vscode.l10n.t('$(circle-slash) No run'), run: null };
  const separator = { label: vscode.l10n.t('runs'), kind: vscode.QuickPickItemKind.Separator, run: undefined };
  const items: (vscode.QuickPickItem & { run: RunSummary | null | undefined })[] = [
    automatic,
    none,
    separator,
    ...runItems([...runs].sort(byRecency)),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Whose numbers are shown in this file?'),
    placeHolder: current ? vscode.l10n.t('Now: {0}', current.name) : vscode.l10n.t('Now: no run'),
    matchOnDescription: true,
  });
  return picked ? { run: picked.run } : 'cancelled';
}

function runItems(runs: readonly RunSummary[]): RunItem[] {
  const folders = distinguishingFolders(runs);
  return runs.map((run) => ({
    label: `$(${statusIcon(run.status).id}) ${plainLabel(run.name)}`,
    description: [statusWord(run.status), runDescription(run), folders.get(run.id)].filter(Boolean).join(' · '),
    run,
  }));
}
