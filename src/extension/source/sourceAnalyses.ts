import * as vscode from 'vscode';
import type { SourceText } from '../../contract/engineProtocol.js';
import { NotebookProgram } from '../../loops/notebookProgram.js';
import { withRuleLevels } from '../../loops/rules/ruleLevels.js';
import type { FixDescription, FixOutcome } from '../../model/fix.js';
import type { TrainingLoop } from '../../model/loop.js';
import type { ModelBlock } from '../../model/modelBlock.js';
import type { SettingsBlock } from '../../model/settingsBlock.js';
import type { SourceLanguage } from '../../model/sourceLanguage.js';
import type { EngineRequester } from '../engine/enginePort.js';
import { loopsInCell, outcomeInCell, type CellPlace } from '../presentation/cellPlace.js';
import { maySetUpTraining, mayTrainInJavaScript } from '../presentation/sourceCandidates.js';
import { readSetting } from '../settings.js';
import { isCell, pythonCellsAround } from './notebookCells.js';

/** Documents in which training loops are looked for. Configuration files hold none, so that nothing is shown in them. */
export const SOURCE_SELECTOR: vscode.DocumentSelector = [
  { language: 'python', scheme: 'file' },
  { language: 'python', notebookType: 'jupyter-notebook' },
  { language: 'javascript', scheme: 'file' },
  { language: 'typescript', scheme: 'file' },
];

/** Configurations and launch scripts that may set up a training run. */
export const SETTINGS_SELECTOR: vscode.DocumentSelector = [
  { language: 'yaml', scheme: 'file' },
  { language: 'json', scheme: 'file' },
  { language: 'jsonc', scheme: 'file' },
  { language: 'toml', scheme: 'file' },
  { pattern: '**/*.toml', scheme: 'file' },
  { language: 'shellscript', scheme: 'file' },
];

export type FixValues = Readonly<Record<string, number | string>>;

interface Analysis {
  readonly version: string;
  readonly cancellation: AbortController;
  readonly loops: Promise<readonly TrainingLoop[]>;
  blocks?: Promise<readonly ModelBlock[]>;
  settings?: Promise<readonly SettingsBlock[]>;
  readonly outcomes: Map<string, Promise<FixOutcome>>;
}

/** What the engine knows of open source files, asked once a version of each document. */
export class SourceAnalyses implements vscode.Disposable {
  private readonly engine: EngineRequester;
  private readonly analyses = new Map<string, Analysis>();
  private readonly closing: vscode.Disposable;
  private readonly log: vscode.LogOutputChannel;
  private descriptions: Promise<readonly FixDescription[]> | undefined;

  constructor(engine: EngineRequester, log: vscode.LogOutputChannel) {
    this.engine = engine;
    this.log = log;
    this.closing = vscode.workspace.onDidCloseTextDocument((document) => this.forget(document.uri));
  }

  /** The loops with what the rules say of them at the levels that the user set. */
  async loops(document: vscode.TextDocument): Promise<readonly TrainingLoop[]> {
    const loops = await this.analysis(document).loops;
    const levels = readSetting('rules', this.log);
    return loops.map((loop) => withRuleLevels(loop, levels));
  }

  /** The parts of a model that fixes of the model work on. */
  blocks(document: vscode.TextDocument): Promise<readonly ModelBlock[]> {
    if (document.languageId !== 'python') {
      return Promise.resolve([]);
    }
    const analysis = this.analysis(document);
    analysis.blocks ??= this.engine.request('blocks', sourceText(document), analysis.cancellation.signal);
    analysis.blocks.catch(() => delete analysis.blocks);
    return analysis.blocks;
  }

  /** The parts of a configuration that set up training runs. */
  settings(document: vscode.TextDocument): Promise<readonly SettingsBlock[]> {
    if (!maySetUpTraining(document.getText())) {
      return Promise.resolve([]);
    }
    const analysis = this.analysis(document);
    analysis.settings ??= this.engine.request('settings', sourceText(document), analysis.cancellation.signal);
    analysis.settings.catch(() => delete analysis.settings);
    return analysis.settings;
  }

  /**
   * What a fix comes to in one loop of the document as it is now, with the fix's default values; without a line, in all
   * of the document.
   */
  fix(document: vscode.TextDocument, fix: string, loopLine: number | undefined): Promise<FixOutcome> {
    const { outcomes, cancellation } = this.analysis(document);
    const key = `${fix}@${loopLine ?? ''}`;
    const known = outcomes.get(key);
    if (known) {
      return known;
    }
    const outcome = this.fixWith(document, fix, loopLine, {}, cancellation.signal);
    outcomes.set(key, outcome);
    outcome.catch(() => outcomes.delete(key));
    return outcome;
  }

  /** In a notebook the whole program has to allow the fix; it is made in the cell alone. */
  async fixWith(
    document: vscode.TextDocument,
    fix: string,
    loopLine: number | undefined,
    settings: FixValues,
    signal?: AbortSignal,
  ): Promise<FixOutcome> {
    const at = (line: number | undefined) => (line === undefined ? {} : { line });
    const source = sourceText(document);
    const place = placeOf(document);
    if (place && place.program.cellCount > 1) {
      const line = loopLine === undefined ? undefined : place.program.lineOf({ cell: place.cell, line: loopLine });
      const whole = { ...source, text: place.program.text, fix, settings, ...at(line) };
      const outcome = outcomeInCell(await this.engine.request('fix', whole, signal), place);
      if (outcome) {
        return outcome;
      }
    }
    return this.engine.request('fix', { ...source, fix, settings, ...at(loopLine) }, signal);
  }

  /** Every fix that the engine knows. */
  fixes(): Promise<readonly FixDescription[]> {
    this.descriptions ??= this.engine.request('fixes', null);
    this.descriptions.catch(() => (this.descriptions = undefined));
    return this.descriptions;
  }

  dispose(): void {
    this.closing.dispose();
    for (const analysis of this.analyses.values()) {
      analysis.cancellation.abort();
    }
    this.analyses.clear();
  }

  private analysis(document: vscode.TextDocument): Analysis {
    const key = document.uri.toString();
    const known = this.analyses.get(key);
    const version = versionOf(document);
    if (known?.version === version) {
      return known;
    }
    known?.cancellation.abort();
    const cancellation = new AbortController();
    const loops = this.findLoops(document, cancellation.signal);
    const analysis: Analysis = { version, cancellation, loops, outcomes: new Map() };
    this.analyses.set(key, analysis);
    loops.catch(() => {
      if (this.analyses.get(key) === analysis) {
        this.analyses.delete(key);
      }
    });
    return analysis;
  }

  private async findLoops(document: vscode.TextDocument, signal: AbortSignal): Promise<readonly TrainingLoop[]> {
    if (!isSource(document)) {
      return [];
    }
    const source = sourceText(document);
    const place = placeOf(document);
    return place
      ? loopsInCell(await this.engine.request('loops', { ...source, text: place.program.text }, signal), place)
      : this.engine.request('loops', source, signal);
  }

  private forget(uri: vscode.Uri): void {
    this.analyses.get(uri.toString())?.cancellation.abort();
    this.analyses.delete(uri.toString());
  }
}

/** Whether training loops are looked for in a document; most of JavaScript is not worth starting the engine for. */
export function isSource(document: vscode.TextDocument): boolean {
  const isScript = document.languageId === 'javascript' || document.languageId === 'typescript';
  return (
    vscode.languages.match(SOURCE_SELECTOR, document) > 0 && (!isScript || mayTrainInJavaScript(document.getText()))
  );
}

function sourceText(document: vscode.TextDocument): SourceText {
  return { path: document.uri.fsPath, language: languageOf(document), text: document.getText() };
}

function languageOf(document: vscode.TextDocument): SourceLanguage {
  if (isCell(document)) {
    return 'notebook';
  }
  const { languageId, uri } = document;
  return LANGUAGES[languageId] ?? (uri.path.endsWith('.toml') ? 'toml' : 'python');
}

/** Languages of the editor that are not called like those of the engine. */
const LANGUAGES: Readonly<Record<string, SourceLanguage>> = {
  javascript: 'javascript',
  typescript: 'typescript',
  yaml: 'yaml',
  json: 'json',
  jsonc: 'json',
  toml: 'toml',
  shellscript: 'shell',
};

/** Where a cell stands in the program of its notebook; undefined for a file. */
function placeOf(document: vscode.TextDocument): CellPlace | undefined {
  const cells = pythonCellsAround(document);
  const cell = cells.indexOf(document);
  return cell < 0
    ? undefined
    : { program: new NotebookProgram(cells.map((one, number) => ({ number, text: one.getText() }))), cell };
}

/** Changes with everything that the analysis of a document rests on: of a cell, the other cells too. */
function versionOf(document: vscode.TextDocument): string {
  const cells = pythonCellsAround(document);
  const read = cells.length > 0 ? cells : [document];
  return read.map(({ uri, version }) => `${uri.fragment}:${version}`).join(' ');
}
