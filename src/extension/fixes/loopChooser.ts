import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { TrainingLoop } from '../../model/loop.js';
import type { EngineRequester } from '../engine/enginePort.js';
import type { SourceLanguage } from '../../model/sourceLanguage.js';
import { byNearness, languageOfFile, mayTrain, mayTrainInJavaScript } from '../presentation/sourceCandidates.js';
import { isSource, type SourceAnalyses } from '../source/sourceAnalyses.js';

/** Files of the workspace that are read at most when no open one holds a training loop. */
const FILES_READ = 400;
/** Files that may hold a training loop, without those of installed packages and builds. */
const SOURCES = '**/*.{py,ipynb,js,mjs,cjs,ts,mts,cts}';
const LIBRARIES = '**/{node_modules,.venv,venv,site-packages,dist,out,build}/**';
/** Loops after which the search in the workspace ends. */
const ENOUGH_LOOPS = 20;

export interface FoundLoop {
  readonly uri: vscode.Uri;
  readonly loop: TrainingLoop;
}

/** Which training loop a fix is meant for: the only one there is, or the one that the user picks. */
export class LoopChooser {
  private readonly engine: EngineRequester;
  private readonly analyses: SourceAnalyses;

  constructor(engine: EngineRequester, analyses: SourceAnalyses) {
    this.engine = engine;
    this.analyses = analyses;
  }

  /**
   * The loop that a run was trained by, as far as can be told: among the open files, else in the workspace, those
   * near the run's log first. Undefined when there is none or none was picked.
   */
  async chooseFor(runLocation: string): Promise<FoundLoop | undefined> {
    const open = await this.loopsIn(visibleFirst(), runLocation);
    const found = open.length > 0 ? open : await this.searchWorkspace(runLocation);
    if (found.length === 0) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('No training loop was found in the open files and the workspace. Open the script that trains.'),
      );
    }
    return found.length > 1 ? pick(found) : found[0];
  }

  /** The loop that a run was trained by, where only one is in question; asks and says nothing. */
  async certainFor(runLocation: string): Promise<FoundLoop | undefined> {
    const open = await this.loopsIn(visibleFirst(), runLocation);
    const found = open.length > 0 ? open : await this.searchWorkspace(runLocation);
    return found.length === 1 ? found[0] : undefined;
  }

  /** The loop around a line, else the one that the user picks. */
  async chooseIn(document: vscode.TextDocument, line: number): Promise<FoundLoop | undefined> {
    const loops = await this.analyses.loops(document);
    const around = loops.filter(({ from, to }) => from.line <= line && line <= to.line).at(-1);
    const found = loops.map((loop) => ({ uri: document.uri, loop }));
    if (found.length === 0) {
      void vscode.window.showInformationMessage(
        vscode.l10n.t('No training loop was found in {0}.', path.basename(document.uri.fsPath)),
      );
    }
    return around ? { uri: document.uri, loop: around } : found.length > 1 ? pick(found) : found[0];
  }

  private async loopsIn(documents: readonly vscode.TextDocument[], place: string): Promise<readonly FoundLoop[]> {
    const nearer = byNearness(place);
    const sorted = [...documents].sort((a, b) => nearer(a.uri.fsPath, b.uri.fsPath));
    const found = await Promise.all(
      sorted.map(async (document) => {
        const loops = await this.analyses.loops(document);
        return loops.map((loop) => ({ uri: document.uri, loop }));
      }),
    );
    return found.flat();
  }

  private async searchWorkspace(place: string): Promise<readonly FoundLoop[]> {
    return vscode.window.withProgress(
      { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Looking for training loops') },
      async () => {
        const nearer = byNearness(place);
        const files = await vscode.workspace.findFiles(SOURCES, LIBRARIES);
        const sorted = files.sort((a, b) => nearer(a.fsPath, b.fsPath)).slice(0, FILES_READ);
        const found: FoundLoop[] = [];
        for (const uri of sorted) {
          found.push(...(await this.loopsOnDisk(uri)));
          if (found.length >= ENOUGH_LOOPS) {
            break;
          }
        }
        return found;
      },
    );
  }

  private async loopsOnDisk(uri: vscode.Uri): Promise<readonly FoundLoop[]> {
    const text = await readFile(uri.fsPath, 'utf8').catch(() => '');
    const language = languageOfFile(uri.fsPath);
    if (language === null || !(isScript(language) ? mayTrainInJavaScript(text) : mayTrain(text))) {
      return [];
    }
    if (language === 'notebook') {
      return this.loopsInNotebook(uri);
    }
    const loops = await this.engine.request('loops', { path: uri.fsPath, language, text });
    return loops.map((loop) => ({ uri, loop }));
  }

  /** Fixes are made in cells, which have addresses only while their notebook is open. */
  private async loopsInNotebook(uri: vscode.Uri): Promise<readonly FoundLoop[]> {
    try {
      const notebook = await vscode.workspace.openNotebookDocument(uri);
      return await this.loopsIn(
        notebook
          .getCells()
          .map((cell) => cell.document)
          .filter(isSource),
        uri.fsPath,
      );
    } catch {
      // A damaged notebook has no loops to choose from.
      return [];
    }
  }
}

function isScript(language: SourceLanguage): boolean {
  return language === 'javascript' || language === 'typescript';
}

function visibleFirst(): readonly vscode.TextDocument[] {
  const visible = vscode.window.visibleTextEditors.map(({ document }) => document);
  const documents = [...visible, ...vscode.workspace.textDocuments].filter(isSource);
  return [...new Set(documents)];
}

async function pick(found: readonly FoundLoop[]): Promise<FoundLoop | undefined> {
  const items = found.map((candidate) => ({
    label: `${path.basename(candidate.uri.fsPath)}:${candidate.loop.from.line + 1}`,
    description: [candidate.loop.framework, candidate.loop.optimizer].filter(Boolean).join(' · '),
    detail: vscode.workspace.asRelativePath(candidate.uri),
    candidate,
  }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Which training loop?'),
    placeHolder: vscode.l10n.t('The change is shown before it is made'),
  });
  return picked?.candidate;
}
