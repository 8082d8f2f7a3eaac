import * as vscode from 'vscode';
import { messageOf } from '../../base/errorMessage.js';
import type { EngineRequests, RunSummary } from '../../contract/engineProtocol.js';
import { isTrialOver } from '../../contract/labProtocol.js';
import type { LabTrial, TrialSubject } from '../../contract/labProtocol.js';
import type { EngineService } from '../engine/engineService.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import type { FixChooser } from '../fixes/fixChooser.js';
import type { LoopChooser } from '../fixes/loopChooser.js';
import type { RunPages } from '../panel/runPages.js';
import { plainLabel, plainText } from '../presentation/plainText.js';
import { languageOfFile } from '../presentation/sourceCandidates.js';
import { trialOutcome } from '../presentation/trialText.js';
import type { TreeRow } from '../presentation/treeRows.js';
import { readSetting } from '../settings.js';
import { keyOf, LabPages } from './labPages.js';

export interface LabServices {
  readonly extensionUri: vscode.Uri;
  readonly engine: EngineService;
  readonly catalogue: RunCatalogue;
  readonly pages: RunPages;
  readonly fixes: FixChooser;
  readonly loops: LoopChooser;
  readonly log: vscode.LogOutputChannel;
}

/** Tries fixes of findings in the lab, and shows how it goes on. */
export class Lab implements vscode.Disposable {
  private readonly services: LabServices;
  private readonly trials: LabPages;
  private readonly running = new Map<string, AbortController>();

  constructor(services: LabServices) {
    this.services = services;
    const { extensionUri, engine, log } = services;
    this.trials = new LabPages({
      ...{ extensionUri, engine, log },
      actions: {
        resume: (subject) => this.begin(subject),
        cancel: (subject) => this.running.get(keyOf(subject))?.abort(),
        openFinding: ({ run, finding }) => this.openFinding(run, finding),
        openRun: (folder) => this.openRun(folder),
        applyFix: ({ run, finding }, fix) => services.fixes.forFinding(run, finding, fix),
      },
    });
  }

  /** Tries the fixes of a finding: of the one that is named or chosen in a tree, else of the one that the user picks. */
  async tryFixes(of?: TreeRow | TrialSubject): Promise<void> {
    const subject = of === undefined ? await this.pick() : 'target' in of ? subjectOf(of) : of;
    if (!subject) {
      return;
    }
    if (!vscode.workspace.isTrusted) {
      throw new Error(vscode.l10n.t('This workspace is in Restricted Mode: Evenkeel runs nothing.'));
    }
    const known = await this.services.engine.request('trial', subject);
    const isFinal = known && !['stopped', 'failed'].includes(known.stage);
    if (!isFinal) {
      this.begin(subject);
    }
    this.trials.open(subject);
  }

  dispose(): void {
    this.running.forEach((cancellation) => cancellation.abort());
    this.trials.dispose();
  }

  private begin(subject: TrialSubject): void {
    const key = keyOf(subject);
    if (this.running.get(key)?.signal.aborted === false) {
      return;
    }
    const cancellation = new AbortController();
    this.running.set(key, cancellation);
    void this.run(subject, cancellation).finally(() => {
      if (this.running.get(key) === cancellation) {
        this.running.delete(key);
      }
    });
  }

  private async run(subject: TrialSubject, cancellation: AbortController): Promise<void> {
    const { engine, log } = this.services;
    const { signal } = cancellation;
    try {
      const source = await this.sourceOf(subject.run);
      const trial = await engine.request('tryFix', { ...subject, ...(source && { source }) }, signal);
      if (!this.trials.shows(subject)) {
        await this.tellOf(trial);
      }
    } catch (error) {
      // Whoever cancelled it knows; its page hears from the engine how it ended.
      if (!signal.aborted) {
        log.error(`Trying fixes failed: ${messageOf(error)}`);
        void vscode.window.showErrorMessage(messageOf(error));
      }
    }
  }

  /** The script that trained the run, where there is no doubt which it is. */
  private async sourceOf(run: string): Promise<EngineRequests['tryFix']['params']['source']> {
    const location = this.services.catalogue.get(run)?.location;
    const found = location === undefined ? undefined : await this.services.loops.certainFor(location);
    const language = found?.uri.scheme === 'file' ? languageOfFile(found.uri.fsPath) : null;
    if (!found || language === null) {
      return undefined;
    }
    const document = await vscode.workspace.openTextDocument(found.uri);
    return { path: found.uri.fsPath, language, text: document.getText(), line: found.loop.from.line };
  }

  /** For whoever looks elsewhere by then. */
  private async tellOf(trial: LabTrial): Promise<void> {
    if (!isTrialOver(trial.stage) || readSetting('notifications', this.services.log) === 'none') {
      return;
    }
    const show = vscode.l10n.t('Show Trial');
    const choice = await vscode.window.showInformationMessage(trialOutcome(trial), show);
    if (choice === show) {
      this.trials.open(trial.subject);
    }
  }

  private openFinding(run: string, finding: string): void {
    if (this.services.catalogue.get(run)) {
      this.services.pages.open(run, finding);
    } else {
      void vscode.window.showInformationMessage(vscode.l10n.t('The run of this trial is gone.'));
    }
  }

  /** Runs of the lab are runs as any other, once they are opened. */
  private async openRun(folder: string): Promise<void> {
    const [run] = await this.services.engine.request('open', { paths: [folder] });
    if (!run) {
      throw new Error(vscode.l10n.t('Nothing of this run can be read any more: {0}', folder));
    }
    this.services.pages.open(run.id);
  }

  private async pick(): Promise<TrialSubject | undefined> {
    const items = this.services.catalogue.all().flatMap(findingItems);
    if (items.length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t('There is no finding whose fixes could be tried.'));
      return undefined;
    }
    const picked = await vscode.window.showQuickPick(items, {
      title: vscode.l10n.t('Try the fixes of which finding?'),
      placeHolder: vscode.l10n.t('A small proxy of the run is trained with and without each fix'),
      matchOnDescription: true,
    });
    return picked?.subject;
  }
}

function findingItems(run: RunSummary): (vscode.QuickPickItem & { readonly subject: TrialSubject })[] {
  return run.findings
    .filter(({ fixes }) => fixes.length > 0)
    .map(({ id, title }) => ({
      label: plainLabel(title),
      description: plainText(run.name),
      subject: { run: run.id, finding: id },
    }));
}

function subjectOf({ target }: TreeRow): TrialSubject | undefined {
  return target.kind === 'finding' ? { run: target.run.id, finding: target.finding.id } : undefined;
}
