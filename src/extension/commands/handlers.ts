import * as vscode from 'vscode';
import { messageOf } from '../../base/errorMessage.js';
import { COMMANDS, type CommandName } from '../../contract/commands.js';
import type { RunSummary } from '../../contract/engineProtocol.js';
import type { TrialSubject } from '../../contract/labProtocol.js';
import type { RunReport } from '../../contract/report.js';
import { VIEWS } from '../../contract/views.js';
import type { Checkpoints } from '../checkpoints/checkpoints.js';
import type { EngineService } from '../engine/engineService.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import type { FixChooser } from '../fixes/fixChooser.js';
import type { FixPreviews, FixRequest } from '../fixes/fixPreview.js';
import type { JobActions } from '../jobs/jobActions.js';
import type { JobLauncher } from '../jobs/jobLauncher.js';
import type { Rescues } from '../jobs/rescues.js';
import type { Lab } from '../lab/lab.js';
import type { SweepPages } from '../lab/sweepPages.js';
import type { RunPages } from '../panel/runPages.js';
import type { PatternWriter } from '../patterns/patternWriter.js';
import { findingAsMarkdown } from '../presentation/findingText.js';
import type { TreeRow } from '../presentation/treeRows.js';
import type { SourceRuns } from '../source/sourceRuns.js';
import { isSource } from '../source/sourceAnalyses.js';
import type { Views } from '../views/views.js';
import type { LogOpener } from './openLog.js';
import { openLogFileOf, revealInExplorer } from './runFiles.js';
import type { RunExports } from './runExports.js';
import { pickOtherRun, pickRun, pickRunOfFile } from './runPicker.js';

export interface CommandServices {
  readonly extension: vscode.Extension<unknown>;
  readonly engine: EngineService;
  readonly catalogue: RunCatalogue;
  readonly pages: RunPages;
  readonly views: Views;
  readonly previews: FixPreviews;
  readonly fixes: FixChooser;
  readonly runs: SourceRuns;
  readonly opener: LogOpener;
  readonly patterns: PatternWriter;
  readonly launcher: JobLauncher;
  readonly jobs: JobActions;
  readonly rescues: Rescues;
  readonly lab: Lab;
  readonly sweeps: SweepPages;
  readonly checkpoints: Checkpoints;
  readonly exporter: RunExports;
  readonly log: vscode.LogOutputChannel;
}

/** One function a command of the registry; arguments come from lenses, trees, menus, or not at all. */
export type CommandHandlers = Readonly<Record<CommandName, (...parameters: never[]) => unknown>>;

export function commandHandlers(services: CommandServices): CommandHandlers {
  const { engine, catalogue, views, previews, fixes, runs, opener, launcher, jobs, rescues, log } = services;
  return {
    openLog: () => opener.ask(),
    openAsRun: (resource: vscode.Uri, selected?: readonly vscode.Uri[]) =>
      opener.open((selected ?? [resource]).map(({ fsPath }) => fsPath)),
    previewPattern: (resource?: vscode.Uri) => services.patterns.write(resource),
    showFindings: () => vscode.commands.executeCommand(`${VIEWS.findings.id}.focus`),
    openRun: (run?: string | TreeRow, finding?: string) => openRun(services, run, finding),
    rescan: () => vscode.window.withProgress({ location: { viewId: VIEWS.runs.id } }, () => engine.rescan()),
    showLog: () => log.show(),
    openSample: () => opener.open([sampleFolder(services.extension)], { remember: false }),
    howToLog: () => showMarkdown(vscode.Uri.joinPath(services.extension.extensionUri, 'media', 'how-to-log.md')),
    walkthrough: () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', `${services.extension.id}#start`),
    openSettings: () =>
      vscode.commands.executeCommand('workbench.action.openSettings', `@ext:${services.extension.id}`),
    fixesForLoop: (uri?: vscode.Uri, line?: number) => fixesForLoop(fixes, uri, line),
    chooseRun: (uri?: vscode.Uri) => chooseRun(catalogue, runs, uri),
    previewFix: (request: FixRequest | TreeRow) => previewFix(previews, fixes, request),
    applyFix: (proposed?: vscode.Uri) => previews.apply(proposed),
    changeFixValues: (proposed?: vscode.Uri) => previews.changeValues(proposed),
    discardFix: (proposed?: vscode.Uri) => previews.discard(proposed),
    runFile: (resource?: vscode.Uri) => launcher.runFile(resource),
    runCommand: () => launcher.runCommand(),
    showJob: (row?: TreeRow) => jobs.show(row),
    stopJob: (row?: TreeRow) => jobs.stop(row),
    pauseJob: (row?: TreeRow) => jobs.pause(row),
    resumeJob: (row?: TreeRow) => jobs.resume(row),
    saveCheckpoint: (row?: TreeRow) => jobs.saveCheckpoint(row),
    rescueJob: (row?: TreeRow) => jobs.rescue(row),
    relaunch: () => rescues.relaunch(),
    editRescue: () => rescues.editCommand(),
    discardRescue: () => rescues.close(),
    openLogFile: (row: TreeRow) => withRun(row, (run) => openLogFileOf(engine, run.id)),
    copyPath: (row: TreeRow) => withRun(row, (run) => vscode.env.clipboard.writeText(run.location)),
    revealRun: (row: TreeRow) => withRun(row, (run) => revealInExplorer(vscode.Uri.file(run.location))),
    selectCheckpoint: (uri?: vscode.Uri) => services.checkpoints.select(uri),
    compareCheckpoints: (uri?: vscode.Uri) => services.checkpoints.compareWithSelected(uri),
    resetCheckpointMomentum: (uri?: vscode.Uri) => services.checkpoints.resetMomentum(uri),
    compareAroundFinding: (run?: string | TreeRow, finding?: string) => compareAround(services, run, finding),
    exportRun: (run?: TreeRow) =>
      withChosenRun(services, run, vscode.l10n.t('Export a run'), (chosen) => services.exporter.ask(chosen)),
    copyIssueText: (run?: TreeRow) =>
      withChosenRun(services, run, vscode.l10n.t('Copy a run as the text of an issue'), (chosen) =>
        services.exporter.copyIssueText(chosen),
      ),
    compareRuns: (run?: TreeRow) =>
      withChosenRun(services, run, vscode.l10n.t('Compare a run'), (chosen) => compareWithOther(services, chosen)),
    tryFix: (of?: TreeRow | TrialSubject) => services.lab.tryFixes(of),
    sweepLearningRates: () => services.sweeps.run(),
    copyFinding: (row: TreeRow) => copyFindingOfRow(engine, row),
    openSelectedFinding: () => openRow(services, views.selectedFinding),
    openSelectedRun: () => openRow(services, views.selectedRun),
    showMoreRuns: () => views.showMore(),
  };
}

/** Registers the handlers; what one throws is told to the user in a sentence and to the log in full. */
export function registerCommands(handlers: CommandHandlers, log: vscode.LogOutputChannel): vscode.Disposable {
  const names = Object.keys(handlers) as CommandName[];
  return vscode.Disposable.from(
    ...names.map((name) =>
      vscode.commands.registerCommand(COMMANDS[name].id, async (...parameters: never[]) => {
        try {
          await handlers[name](...parameters);
        } catch (error) {
          log.error(`${COMMANDS[name].id}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
          const reason = messageOf(error);
          void vscode.window.showErrorMessage(vscode.l10n.t('{0} failed: {1}', COMMANDS[name].title, reason));
        }
      }),
    ),
  );
}

export async function copyFinding(report: RunReport, id: string): Promise<void> {
  const finding = report.findings.find((candidate) => candidate.id === id);
  if (finding) {
    await vscode.env.clipboard.writeText(findingAsMarkdown(report, finding));
    vscode.window.setStatusBarMessage(vscode.l10n.t('The finding is on the clipboard, as Markdown.'), 5000);
  }
}

/** What a monitor sees, when it stays silent, and what its numbers rest on: its page of the documentation. */
export async function showMonitorDocs(extensionUri: vscode.Uri, monitor: string): Promise<void> {
  await showMarkdown(vscode.Uri.joinPath(extensionUri, 'docs', 'monitors', `${monitor}.md`));
}

async function showMarkdown(uri: vscode.Uri): Promise<void> {
  await vscode.commands.executeCommand('markdown.showPreview', uri);
}

async function openRow(services: CommandServices, row: TreeRow | undefined): Promise<void> {
  if (row) {
    await openRun(services, row);
  }
}

async function openRun({ catalogue, pages }: CommandServices, run?: string | TreeRow, finding?: string): Promise<void> {
  if (typeof run === 'string') {
    pages.open(run, finding);
  } else if (run && run.target.kind !== 'more') {
    pages.open(run.target.run.id, run.target.kind === 'finding' ? run.target.finding.id : undefined);
  } else {
    const picked = await pickRun(catalogue.all(), vscode.l10n.t('Open run page'));
    if (picked) {
      pages.open(picked.id);
    }
  }
}

async function fixesForLoop(fixes: FixChooser, uri?: vscode.Uri, line?: number): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (uri) {
    await fixes.forLoop(uri, line ?? 0);
  } else if (editor && isSource(editor.document)) {
    await fixes.forLoop(editor.document.uri, editor.selection.active.line);
  } else {
    void vscode.window.showInformationMessage(vscode.l10n.t('Open the script that trains first.'));
  }
}

async function chooseRun(catalogue: RunCatalogue, runs: SourceRuns, resource?: vscode.Uri): Promise<void> {
  const uri = resource ?? vscode.window.activeTextEditor?.document.uri;
  if (!uri) {
    return;
  }
  const choice = await pickRunOfFile(catalogue.all(), runs.runOf(uri)?.run);
  if (choice !== 'cancelled') {
    await runs.choose(uri, choice.run === null ? null : choice.run?.id);
  }
}

async function previewFix(previews: FixPreviews, fixes: FixChooser, request: FixRequest | TreeRow): Promise<void> {
  if ('fix' in request) {
    await previews.show(request);
  } else if (request.target.kind === 'finding') {
    await fixes.forFinding(request.target.run.id, request.target.finding.id);
  }
}

async function compareAround(
  { checkpoints }: CommandServices,
  run?: string | TreeRow,
  finding?: string,
): Promise<void> {
  const target = typeof run === 'object' ? run.target : undefined;
  await (target?.kind === 'finding'
    ? checkpoints.compareAround(target.run.id, target.finding.id)
    : checkpoints.compareAround(typeof run === 'string' ? run : undefined, finding));
}

async function copyFindingOfRow(engine: EngineService, { target }: TreeRow): Promise<void> {
  if (target.kind === 'finding') {
    await copyFinding(await engine.request('report', { run: target.run.id }), target.finding.id);
  }
}

/** The run of a row, or, from the palette, the one that the user picks. */
async function withChosenRun(
  { catalogue }: CommandServices,
  row: TreeRow | undefined,
  title: string,
  action: (run: RunSummary) => Promise<void>,
): Promise<void> {
  const run = row && row.target.kind !== 'more' ? row.target.run : await pickRun(catalogue.all(), title);
  if (run) {
    await action(run);
  }
}

async function compareWithOther({ catalogue, pages }: CommandServices, run: RunSummary): Promise<void> {
  const other = await pickOtherRun(catalogue.all(), run);
  if (other) {
    pages.open(run.id, undefined, other.id);
  }
}

async function withRun(row: TreeRow, action: (run: { id: string; location: string }) => unknown): Promise<void> {
  if (row.target.kind !== 'more') {
    await action(row.target.run);
  }
}

function sampleFolder(extension: vscode.Extension<unknown>): string {
  return vscode.Uri.joinPath(extension.extensionUri, 'media', 'sample', 'corrupted-batch').fsPath;
}
