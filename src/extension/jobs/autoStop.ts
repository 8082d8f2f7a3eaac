import * as vscode from 'vscode';
import type { FindingSummary, RunSummary } from '../../contract/engineProtocol.js';
import { isOver } from '../../runner/jobRecord.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import { readSetting } from '../settings.js';
import type { Jobs } from './jobs.js';

/** What makes a job stop, by the setting. */
const SYMPTOMS: Readonly<Record<'off' | 'non-finite' | 'diverged', readonly string[]>> = {
  off: [],
  'non-finite': ['non-finite'],
  diverged: ['non-finite', 'divergence'],
};

/** Stops jobs of ours that are beyond help, where the user wants that: after a countdown that can be cancelled. */
export class AutoStop implements vscode.Disposable {
  private readonly jobs: Jobs;
  private readonly catalogue: RunCatalogue;
  private readonly log: vscode.LogOutputChannel;
  private readonly subscription: vscode.Disposable;
  /** Folders of jobs about which the user has been asked. */
  private readonly asked = new Set<string>();

  constructor(jobs: Jobs, catalogue: RunCatalogue, log: vscode.LogOutputChannel) {
    this.jobs = jobs;
    this.catalogue = catalogue;
    this.log = log;
    this.subscription = vscode.Disposable.from(
      catalogue.onChanged(({ changed }) => changed.forEach((run) => this.consider(run))),
    );
  }

  dispose(): void {
    this.subscription.dispose();
  }

  private consider(id: string): void {
    const run = this.catalogue.get(id);
    const job = run && this.jobs.get(run.location);
    if (!run || !job || isOver(job.state) || this.asked.has(job.folder)) {
      return;
    }
    const finding = causeToStop(run, SYMPTOMS[readSetting('jobAutoStop', this.log)]);
    if (finding) {
      this.asked.add(job.folder);
      void this.countDown(job.folder, run.name, finding).catch((error: unknown) => this.log.error(String(error)));
    }
  }

  private async countDown(folder: string, name: string, finding: FindingSummary): Promise<void> {
    const seconds = readSetting('jobAutoStopAfter', this.log);
    const isCancelled = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t('{0}: {1}', name, finding.title),
        cancellable: true,
      },
      async (progress, cancellation) => {
        for (let left = seconds; left > 0 && !cancellation.isCancellationRequested; left--) {
          progress.report({
            message: vscode.l10n.t('The job is stopped in {0} s unless you cancel.', left),
            increment: 100 / seconds,
          });
          await new Promise((resolve) => setTimeout(resolve, 1000));
        }
        return cancellation.isCancellationRequested;
      },
    );
    if (!isCancelled) {
      await this.jobs.stop(folder, `stopped by itself: ${finding.title}`);
    }
  }
}

function causeToStop(run: RunSummary, symptoms: readonly string[]): FindingSummary | undefined {
  return run.findings.find(({ symptom, severity, open }) => open && severity === 'error' && symptoms.includes(symptom));
}
