import * as vscode from 'vscode';
import { commandText, commandWords } from '../../runner/commandLine.js';
import { nameOfCommand } from '../../runner/jobFolder.js';
import { isOver } from '../../runner/jobRecord.js';
import type { EngineService } from '../engine/engineService.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import type { RunPages } from '../panel/runPages.js';
import { readSetting } from '../settings.js';
import type { SourceRuns } from '../source/sourceRuns.js';
import type { EditorJobWish, Jobs, SeenJob } from './jobs.js';
import { JobTerminal } from './jobTerminal.js';
import { commandFor } from './programs.js';

/** A run that is about to be there. */
interface AwaitedRun {
  /** Id of the run that it is held against on its page. */
  readonly against?: string;
  /** The file that it is a run of. */
  readonly source?: vscode.Uri;
}

export interface LauncherServices {
  readonly jobs: Jobs;
  readonly engine: EngineService;
  readonly catalogue: RunCatalogue;
  readonly pages: RunPages;
  readonly runs: SourceRuns;
  readonly log: vscode.LogOutputChannel;
}

/** Starts jobs as the user asks for them, in a terminal, and opens the page of the run once there is something on it. */
export class JobLauncher implements vscode.Disposable {
  private readonly services: LauncherServices;
  /** By the job's folder. */
  private readonly terminals = new Map<string, vscode.Terminal>();
  /** Folders of jobs whose page shall be opened once there is something on it. */
  private readonly awaited = new Map<string, AwaitedRun>();
  private readonly subscriptions: vscode.Disposable;
  private lastCommand = '';

  constructor(services: LauncherServices) {
    this.services = services;
    this.subscriptions = vscode.Disposable.from(
      services.catalogue.onChanged(() => this.openAwaited()),
      vscode.window.onDidCloseTerminal((terminal) => this.terminalClosed(terminal)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.followAgain()),
      vscode.workspace.onDidChangeWorkspaceFolders(() => this.followAgain()),
    );
    this.followAgain();
  }

  /**
   * Runs a source file as the editor's own Run would.
   * @param resource the file; menus of notebooks give something else, and mean the one in front.
   */
  async runFile(resource?: unknown): Promise<void> {
    const named = resource instanceof vscode.Uri ? resource : undefined;
    const uri =
      named ?? vscode.window.activeNotebookEditor?.notebook.uri ?? vscode.window.activeTextEditor?.document.uri;
    const command = uri && (await commandFor(uri));
    if (!uri || !command) {
      void vscode.window.showInformationMessage(vscode.l10n.t('Open the script that trains first.'));
      return;
    }
    await savedBeforeRun(uri);
    await this.run(command, folderFor(uri), { source: uri });
  }

  /** Asks for a command. */
  async runCommand(): Promise<void> {
    const cwd = folderFor(vscode.window.activeTextEditor?.document.uri);
    const text = await vscode.window.showInputBox({
      title: vscode.l10n.t('Run a command with Evenkeel'),
      prompt: vscode.l10n.t('It is started in {0}, without a shell.', cwd),
      placeHolder: 'python train.py --lr 3e-4',
      value: this.lastCommand,
      validateInput: (value) => (commandWords(value) ? undefined : vscode.l10n.t('A quote is left open.')),
    });
    const command = commandWords(text ?? '');
    if (text !== undefined && command && command.length > 0) {
      this.lastCommand = text;
      await this.run(command, cwd);
    }
  }

  async run(command: readonly string[], cwd: string, more: AwaitedRun & Partial<EditorJobWish> = {}): Promise<void> {
    const { jobs, log } = this.services;
    const { against, source, ...wish } = more;
    const every = readSetting('jobSampleEvery', log);
    const started = await jobs.start({
      command,
      cwd,
      hook: 'auto',
      target: readSetting('jobTarget', log),
      ...(every > 0 ? { every } : {}),
      ...wish,
    });
    started.notes.forEach((note) => void vscode.window.showWarningMessage(note));
    const job = jobs.get(started.folder);
    if (job) {
      this.show(job);
      this.awaitRun(started.folder, { ...(against === undefined ? {} : { against }), ...(source ? { source } : {}) });
    }
  }

  /** Opens the page of the run in a folder once something of it could be read. */
  awaitRun(folder: string, awaited: AwaitedRun = {}): void {
    const { engine } = this.services;
    this.awaited.set(folder, awaited);
    engine.start();
    void engine.request('open', { paths: [folder] }).then(
      (runs) => this.services.catalogue.update(runs, []),
      (error: unknown) => this.services.log.error(String(error)),
    );
  }

  /** Brings the terminal of a job to the front; a new one follows it from its first byte. */
  show(job: SeenJob): void {
    const { jobs } = this.services;
    const { folder, record } = job;
    const known = this.terminals.get(folder);
    const terminal =
      known ??
      vscode.window.createTerminal({
        name: nameOfCommand(record.command),
        iconPath: new vscode.ThemeIcon('graph-line'),
        pty: new JobTerminal(jobs, () => Promise.resolve(job)),
      });
    this.terminals.set(folder, terminal);
    terminal.show(true);
  }

  dispose(): void {
    this.subscriptions.dispose();
  }

  /** Gives the jobs that an earlier window has started, and that go on, their terminals. */
  private followAgain(): void {
    const { jobs, log } = this.services;
    if (vscode.workspace.isTrusted) {
      jobs.findAgain().then(
        (found) => found.forEach((job) => this.show(job)),
        (error: unknown) => log.error(String(error)),
      );
    }
  }

  private openAwaited(): void {
    const { catalogue, pages, runs } = this.services;
    for (const [folder, { source, against }] of this.awaited) {
      const run = catalogue.all().find(({ location, format }) => location === folder && format !== '');
      if (run) {
        this.awaited.delete(folder);
        pages.open(run.id, undefined, against);
        void (source && runs.choose(source, run.id));
      }
    }
  }

  private terminalClosed(terminal: vscode.Terminal): void {
    for (const [folder, own] of this.terminals) {
      const job = this.services.jobs.get(folder);
      if (own === terminal) {
        this.terminals.delete(folder);
        if (job && !isOver(job.state)) {
          void this.sayThatItGoesOn(job);
        }
      }
    }
  }

  private async sayThatItGoesOn(job: SeenJob): Promise<void> {
    const [stop, show] = [vscode.l10n.t('Stop It'), vscode.l10n.t('Show It')];
    const message = vscode.l10n.t('{0} goes on without its terminal.', commandText(job.record.command));
    switch (await vscode.window.showInformationMessage(message, show, stop)) {
      case stop:
        return this.services.jobs.stop(job.folder, 'stopped in the editor');
      case show:
        this.show(job);
        return;
      case undefined:
        return;
    }
  }
}

/** Where a file is run: as in the editor's terminal, the folder of the workspace. */
export function folderFor(uri: vscode.Uri | undefined): string {
  const own = uri && (vscode.workspace.getWorkspaceFolder(uri)?.uri ?? vscode.Uri.joinPath(uri, '..'));
  return (own ?? vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(process.cwd())).fsPath;
}

async function savedBeforeRun(uri: vscode.Uri): Promise<void> {
  const document = vscode.workspace.textDocuments.find((open) => open.uri.toString() === uri.toString());
  const notebook = vscode.workspace.notebookDocuments.find((open) => open.uri.toString() === uri.toString());
  await (document?.isDirty ? document.save() : notebook?.isDirty ? notebook.save() : undefined);
}
