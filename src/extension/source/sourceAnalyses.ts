import * as vscode from 'vscode';
import type { FixDescription, FixOutcome } from '../../model/fix.js';
import type { TrainingLoop } from '../../model/loop.js';
import type { EngineRequester } from '../engine/enginePort.js';

/** Documents in which training loops are looked for. */
export const SOURCE_SELECTOR: vscode.DocumentFilter = { language: 'python', scheme: 'file' };

export type FixValues = Readonly<Record<string, number | string>>;

interface Analysis {
  readonly version: number;
  readonly cancellation: AbortController;
  readonly loops: Promise<readonly TrainingLoop[]>;
  readonly outcomes: Map<string, Promise<FixOutcome>>;
}

/** What the engine knows of open source files, asked once a version of each document. */
export class SourceAnalyses implements vscode.Disposable {
  private readonly engine: EngineRequester;
  private readonly analyses = new Map<string, Analysis>();
  private readonly closing: vscode.Disposable;
  private descriptions: Promise<readonly FixDescription[]> | undefined;

  constructor(engine: EngineRequester) {
    this.engine = engine;
    this.closing = vscode.workspace.onDidCloseTextDocument((document) => this.forget(document.uri));
  }

  loops(document: vscode.TextDocument): Promise<readonly TrainingLoop[]> {
    return this.analysis(document).loops;
  }

  /** What a fix comes to in one loop of the document as it is now, with the fix's default values. */
  fix(document: vscode.TextDocument, fix: string, loopLine: number): Promise<FixOutcome> {
    const { outcomes, cancellation } = this.analysis(document);
    const key = `${fix}@${loopLine}`;
    const known = outcomes.get(key);
    if (known) {
      return known;
    }
    const outcome = this.fixWith(document, fix, loopLine, {}, cancellation.signal);
    outcomes.set(key, outcome);
    outcome.catch(() => outcomes.delete(key));
    return outcome;
  }

  fixWith(
    document: vscode.TextDocument,
    fix: string,
    loopLine: number | undefined,
    settings: FixValues,
    signal?: AbortSignal,
  ): Promise<FixOutcome> {
    const line = loopLine === undefined ? {} : { line: loopLine };
    return this.engine.request('fix', { ...sourceText(document), fix, settings, ...line }, signal);
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
    if (known?.version === document.version) {
      return known;
    }
    known?.cancellation.abort();
    const cancellation = new AbortController();
    const loops = this.engine.request('loops', sourceText(document), cancellation.signal);
    const analysis = { version: document.version, cancellation, loops, outcomes: new Map() };
    this.analyses.set(key, analysis);
    loops.catch(() => {
      if (this.analyses.get(key) === analysis) {
        this.analyses.delete(key);
      }
    });
    return analysis;
  }

  private forget(uri: vscode.Uri): void {
    this.analyses.get(uri.toString())?.cancellation.abort();
    this.analyses.delete(uri.toString());
  }
}

export function isSource(document: vscode.TextDocument): boolean {
  return vscode.languages.match(SOURCE_SELECTOR, document) > 0;
}

function sourceText(document: vscode.TextDocument) {
  return { path: document.uri.fsPath, language: 'python', text: document.getText() } as const;
}
