import * as vscode from 'vscode';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import { pickRun } from '../commands/runPicker.js';
import { findingSpan } from '../presentation/findingText.js';
import { plainLabel } from '../presentation/plainText.js';

/** A finding of a run, by their ids. */
export interface PickedFinding {
  readonly run: string;
  readonly finding: string;
}

/** Asks for what is not named: a run, and a finding of it. Undefined when nothing was picked or there is nothing. */
export async function pickFinding(
  catalogue: RunCatalogue,
  run: string | undefined,
  finding: string | undefined,
): Promise<PickedFinding | undefined> {
  if (run !== undefined && finding !== undefined) {
    return { run, finding };
  }
  const all = catalogue.all();
  const chosen =
    run === undefined
      ? await pickRun(
          all.filter(({ findings }) => findings.length > 0),
          vscode.l10n.t('Compare checkpoints around a finding'),
        )
      : catalogue.get(run);
  if (!chosen) {
    return undefined;
  }
  const items = chosen.findings.map((one) => ({
    label: plainLabel(one.title),
    description: findingSpan(one),
    finding: one.id,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Compare the checkpoints before and after'),
    placeHolder: vscode.l10n.t('A finding of {0}', chosen.name),
  });
  return picked && { run: chosen.id, finding: picked.finding };
}
