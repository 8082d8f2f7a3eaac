import * as l10n from '@vscode/l10n';
import * as vscode from 'vscode';
import { registerLanguageModelTools } from './agents/languageModelTools.js';
import { registerMcpServer } from './agents/mcpServer.js';
import { CheckpointReader } from './checkpoints/checkpointReader.js';
import { Checkpoints } from './checkpoints/checkpoints.js';
import { commandHandlers, copyFinding, registerCommands, showMonitorDocs } from './commands/handlers.js';
import { LogOpener, openedPaths } from './commands/openLog.js';
import { RunExports } from './commands/runExports.js';
import { openLogFile } from './commands/runFiles.js';
import { EngineService } from './engine/engineService.js';
import { RunCatalogue } from './engine/runCatalogue.js';
import { workerEngine } from './engine/workerEngine.js';
import { TASK_TYPE } from '../contract/views.js';
import { FixChooser } from './fixes/fixChooser.js';
import { FixPreviews } from './fixes/fixPreview.js';
import { LoopChooser } from './fixes/loopChooser.js';
import { Lab } from './lab/lab.js';
import { SweepPages } from './lab/sweepPages.js';
import { hasLikelyRun } from './likelyRuns.js';
import { AutoStop } from './jobs/autoStop.js';
import { JobActions } from './jobs/jobActions.js';
import { JobDebugging } from './jobs/jobDebugging.js';
import { JobLauncher } from './jobs/jobLauncher.js';
import { Jobs } from './jobs/jobs.js';
import { JobTasks } from './jobs/jobTasks.js';
import { Rescues } from './jobs/rescues.js';
import { RunPages } from './panel/runPages.js';
import { PatternWriter } from './patterns/patternWriter.js';
import { engineConfiguration, onEngineConfigurationChanged, readSetting } from './settings.js';
import { CodeLenses } from './source/codeLenses.js';
import { ConfigurationFixes } from './source/configurationFixes.js';
import { Hovers } from './source/hovers.js';
import { InlayHints } from './source/inlayHints.js';
import { Problems } from './source/problems.js';
import { QuickFixes } from './source/quickFixes.js';
import { isSource, SETTINGS_SELECTOR, SOURCE_SELECTOR, SourceAnalyses } from './source/sourceAnalyses.js';
import { RuleSettings } from './source/ruleSettings.js';
import { SourceRuns } from './source/sourceRuns.js';
import { Notifications } from './status/notifications.js';
import { StatusBar } from './status/statusBar.js';
import { Views } from './views/views.js';

/**
 * Composes the extension. Nothing is read and no worker is started here: the engine starts with the first view,
 * Python file, command or likely run.
 */
export function activate(context: vscode.ExtensionContext): void {
  if (vscode.l10n.bundle) {
    l10n.config({ contents: vscode.l10n.bundle });
  }
  const own = <Owned extends vscode.Disposable>(owned: Owned): Owned => {
    context.subscriptions.push(owned);
    return owned;
  };
  const { extensionUri, workspaceState } = context;
  const log = own(vscode.window.createOutputChannel('Evenkeel', { log: true }));
  const catalogue = own(new RunCatalogue());
  const engine = own(
    new EngineService({
      port: workerEngine(extensionUri),
      configuration: () => engineConfiguration(log, context),
      openedPaths: () => openedPaths(workspaceState),
      catalogue,
      log,
    }),
  );
  const analyses = own(new SourceAnalyses(engine, log));
  const runs = own(new SourceRuns(catalogue, workspaceState));
  const previews = own(new FixPreviews(analyses));
  const checkpoints = own(new Checkpoints(extensionUri, context.globalStorageUri, engine, catalogue, log));
  const loops = new LoopChooser(engine, analyses);
  const fixes = new FixChooser(analyses, runs, catalogue, loops, previews);
  const exporter = new RunExports(engine, versionOf(context.extension));
  const pages: RunPages = own(
    new RunPages({
      extensionUri,
      engine,
      catalogue,
      log,
      actions: {
        applyFix: (run, fix, finding) => fixes.forFinding(run, finding, fix),
        tryFixes: (run, finding) => lab.tryFixes({ run, finding }),
        copyFinding,
        exportRun: (run) => exporter.ask(run),
        openLog: openLogFile,
        showDocs: (monitor) => showMonitorDocs(extensionUri, monitor),
        openCheckpoint: (path) => checkpoints.open(path),
        compareCheckpoints: (first, second) => checkpoints.compare(first, second),
      },
    }),
  );
  const lab: Lab = own(new Lab({ extensionUri, engine, catalogue, pages, fixes, loops, log }));
  const sweeps = own(new SweepPages(engine, versionOf(context.extension), workspaceState));
  const jobs = own(new Jobs(extensionUri, log));
  const launcher = own(new JobLauncher({ jobs, engine, catalogue, pages, runs, log }));
  const rescues = own(
    new Rescues({ catalogue, engine, checkpoints: new CheckpointReader(extensionUri), jobs, launcher }),
  );
  const views = own(new Views(catalogue, engine, jobs));
  const opener = new LogOpener(engine, catalogue, pages, workspaceState);
  const { extension } = context;
  const patterns = new PatternWriter(engine, opener, log);
  const services = {
    ...{ extension, engine, catalogue, pages, views, previews, fixes, runs, opener, patterns, exporter, log },
    ...{ launcher, rescues, lab, sweeps, jobs: new JobActions(jobs, launcher, rescues) },
    checkpoints,
  };
  own(registerCommands(commandHandlers(services), log));
  own(new AutoStop(jobs, catalogue, log));
  registerJobFeatures(own, extensionUri, jobs, launcher);
  own(new StatusBar(catalogue, log));
  own(new Notifications(catalogue, workspaceState, log));
  own(registerLanguageModelTools({ engine, previews }));
  own(registerMcpServer(context, log));
  registerSourceFeatures(own, { extensionUri, analyses, runs, catalogue, engine, log });
  own(
    onEngineConfigurationChanged(() => void engine.reconfigure().catch((error: unknown) => log.error(String(error)))),
  );
  void startWhenNeeded(own, engine, log);
}

function versionOf({ packageJSON }: vscode.Extension<unknown>): string {
  return (packageJSON as { version: string }).version;
}

interface SourceServices {
  readonly extensionUri: vscode.Uri;
  readonly analyses: SourceAnalyses;
  readonly runs: SourceRuns;
  readonly catalogue: RunCatalogue;
  readonly engine: EngineService;
  readonly log: vscode.LogOutputChannel;
}

type Own = <Owned extends vscode.Disposable>(owned: Owned) => Owned;

function registerSourceFeatures(own: Own, services: SourceServices): void {
  const { extensionUri, analyses, runs, catalogue, engine, log } = services;
  const docs = vscode.Uri.joinPath(extensionUri, 'docs');
  const problems = own(new Problems(analyses, runs, catalogue, docs, log));
  const lenses = own(new CodeLenses(analyses, runs, catalogue, log));
  const { languages } = vscode;
  own(languages.registerCodeLensProvider(SOURCE_SELECTOR, lenses));
  own(languages.registerCodeActionsProvider(SOURCE_SELECTOR, new QuickFixes(problems, analyses), QuickFixes.metadata));
  own(
    languages.registerCodeActionsProvider(
      SETTINGS_SELECTOR,
      new ConfigurationFixes(analyses),
      ConfigurationFixes.metadata,
    ),
  );
  own(languages.registerHoverProvider(SOURCE_SELECTOR, new Hovers(engine, analyses, runs, log)));
  own(languages.registerInlayHintsProvider(SOURCE_SELECTOR, own(new InlayHints(analyses, runs, catalogue, log))));
  own(new RuleSettings(log));
}

function registerJobFeatures(own: Own, extensionUri: vscode.Uri, jobs: Jobs, launcher: JobLauncher): void {
  const debugging = new JobDebugging(extensionUri, launcher);
  own(vscode.tasks.registerTaskProvider(TASK_TYPE, new JobTasks(jobs, launcher)));
  own(vscode.debug.registerDebugConfigurationProvider(TASK_TYPE, debugging));
}

/** The engine is started for a source file that may train, for configured folders, or for a workspace that looks like it has runs. */
async function startWhenNeeded(own: Own, engine: EngineService, log: vscode.LogOutputChannel): Promise<void> {
  own(
    vscode.workspace.onDidOpenTextDocument((document) => {
      if (isSource(document)) {
        engine.start();
      }
    }),
  );
  const isWanted = vscode.workspace.textDocuments.some(isSource) || readSetting('runFolders', log).length > 0;
  if (isWanted || (await hasLikelyRun())) {
    engine.start();
  }
}
