import * as vscode from 'vscode';
import { commandText } from '../../runner/commandLine.js';
import { isOver } from '../../runner/jobRecord.js';
import type { TreeRow } from '../presentation/treeRows.js';
import type { JobLauncher } from './jobLauncher.js';
import type { Jobs, SeenJob } from './jobs.js';
import type { Rescues } from './rescues.js';

/** What the user asks of jobs, from a row of a tree or from the palette. */
export class JobActions {
  private readonly jobs: Jobs;
  private readonly launcher: JobLauncher;
  private readonly rescues: Rescues;

  constructor(jobs: Jobs, launcher: JobLauncher, rescues: Rescues) {
    this.jobs = jobs;
    this.launcher = launcher;
    this.rescues = rescues;
  }

  async show(row?: TreeRow): Promise<void> {
    const job = await this.chosen(row, () => true);
    if (job) {
      this.launcher.show(job);
    }
  }

  async stop(row?: TreeRow): Promise<void> {
    const job = await this.chosen(row, isGoingOn);
    if (job) {
      await vscode.window.withProgress(
        { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Stopping {0}', job.record.name) },
        () => this.jobs.stop(job.folder, 'stopped in the editor'),
      );
    }
  }

  async pause(row?: TreeRow): Promise<void> {
    const job = await this.chosen(row, ({ state }) => state === 'running');
    await (job && this.jobs.tell(job.folder, 'pause'));
  }

  async resume(row?: TreeRow): Promise<void> {
    const job = await this.chosen(row, ({ state }) => state === 'paused');
    await (job && this.jobs.tell(job.folder, 'resume'));
  }

  async saveCheckpoint(row?: TreeRow): Promise<void> {
    const job = await this.chosen(row, ({ state }) => state === 'running');
    if (!job) {
      return;
    }
    const { path, step } = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t('Saving a checkpoint of {0}', job.record.name),
      },
      () => this.jobs.saveCheckpoint(job.folder),
    );
    const reveal = vscode.l10n.t('Reveal in Explorer');
    const message =
      step === null ? vscode.l10n.t('Saved {0}.', path) : vscode.l10n.t('Saved step {0} in {1}.', step, path);
    if ((await vscode.window.showInformationMessage(message, reveal)) === reveal) {
      await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(path));
    }
  }

  async rescue(row?: TreeRow): Promise<void> {
    const job = await this.chosen(row, () => true);
    await (job && this.rescues.propose(job));
  }

  /** The job of a row, the only one there is, or the one that the user picks. */
  private async chosen(row: TreeRow | undefined, fits: (job: SeenJob) => boolean): Promise<SeenJob | undefined> {
    if (row && row.target.kind !== 'more') {
      return this.jobs.get(row.target.run.location);
    }
    const jobs = this.jobs.all().filter(fits);
    if (jobs.length === 0) {
      void vscode.window.showInformationMessage(vscode.l10n.t('There is no such job.'));
    }
    return jobs.length > 1 ? pickJob(jobs) : jobs[0];
  }
}

function isGoingOn({ state }: SeenJob): boolean {
  return !isOver(state);
}

async function pickJob(jobs: readonly SeenJob[]): Promise<SeenJob | undefined> {
  const items = [...jobs]
    .sort((a, b) => b.record.created - a.record.created)
    .map((job) => ({ label: job.record.name, description: job.state, detail: commandText(job.record.command), job }));
  return (await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Which job?') }))?.job;
}
