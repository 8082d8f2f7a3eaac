import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { DisposableStore } from '../../base/disposable.js';
import { COMMANDS } from '../../contract/commands.js';
import type { FindingSummary, RunSummary } from '../../contract/engineProtocol.js';
import type { Severity } from '../../model/finding.js';
import type { TrainingLoop } from '../../model/loop.js';
import type { RunCatalogue } from '../engine/runCatalogue.js';
import {
  isAnsweredBySource,
  problemOfFinding,
  problemOfWarning,
  type FixAtLoop,
  type SourceProblem,
} from '../presentation/sourceProblems.js';
import { onSettingChanged, readSetting } from '../settings.js';
import { Throttle } from '../throttle.js';
import { isSource, type SourceAnalyses } from './sourceAnalyses.js';
import type { SourceRuns } from './sourceRuns.js';

const REFRESH_INTERVAL_MS = 700;
const SOURCE_NAME = 'Evenkeel';

/** Findings and mistakes of open source files in the Problems panel, on the line where the fix goes. */
export class Problems implements vscode.Disposable {
  private readonly analyses: SourceAnalyses;
  private readonly runs: SourceRuns;
  private readonly docs: vscode.Uri;
  private readonly log: vscode.LogOutputChannel;
  private readonly owned = new DisposableStore();
  private readonly collection: vscode.DiagnosticCollection;
  private readonly shown = new Map<string, readonly SourceProblem[]>();

  /** @param docs folder of the documentation that comes with the extension. */
  constructor(
    analyses: SourceAnalyses,
    runs: SourceRuns,
    catalogue: RunCatalogue,
    docs: vscode.Uri,
    log: vscode.LogOutputChannel,
  ) {
    this.analyses = analyses;
    this.runs = runs;
    this.docs = docs;
    this.log = log;
    this.collection = this.owned.add(vscode.languages.createDiagnosticCollection('evenkeel'));
    const refresh = this.owned.add(new Throttle(REFRESH_INTERVAL_MS, () => this.refreshAll()));
    const refreshLater = (): void => refresh.trigger();
    const refreshFor = (document: vscode.TextDocument): void => {
      if (isSource(document)) {
        refresh.trigger();
      }
    };
    this.owned.add(catalogue.onChanged(refreshLater));
    this.owned.add(runs.onChosen(refreshLater));
    this.owned.add(onSettingChanged(['diagnostics', 'rules'], refreshLater));
    this.owned.add(vscode.workspace.onDidOpenTextDocument(refreshFor));
    this.owned.add(vscode.workspace.onDidSaveTextDocument(refreshFor));
    this.owned.add(vscode.workspace.onDidChangeTextDocument(({ document }) => refreshFor(document)));
    this.owned.add(vscode.workspace.onDidCloseTextDocument(({ uri }) => this.show(uri, [])));
    refresh.trigger();
  }

  /** Problems that touch a range of a document, as last shown. */
  at(uri: vscode.Uri, range: vscode.Range): readonly SourceProblem[] {
    const problems = this.shown.get(uri.toString()) ?? [];
    return problems.filter(({ line }) => line >= range.start.line && line <= range.end.line);
  }

  dispose(): void {
    this.owned.dispose();
  }

  private refreshAll(): void {
    const isEnabled = readSetting('diagnostics', this.log);
    for (const document of vscode.workspace.textDocuments.filter(isSource)) {
      if (isEnabled) {
        void this.refresh(document);
      } else {
        this.show(document.uri, []);
      }
    }
  }

  private async refresh(document: vscode.TextDocument): Promise<void> {
    const { version } = document;
    try {
      const problems = await this.problemsOf(document);
      if (!document.isClosed && document.version === version) {
        this.show(document.uri, problems, document);
      }
    } catch (error) {
      this.log.debug(`No problems for ${document.uri.fsPath}: ${String(error)}`);
    }
  }

  private async problemsOf(document: vscode.TextDocument): Promise<readonly SourceProblem[]> {
    const loops = await this.analyses.loops(document);
    const warnings = loops.flatMap((loop) => loop.warnings.map((warning) => problemOfWarning(loop, warning)));
    const run = loops.length > 0 ? this.runs.runOf(document.uri)?.run : undefined;
    return run ? [...(await this.problemsOfRun(document, loops, run)), ...warnings] : warnings;
  }

  private async problemsOfRun(
    document: vscode.TextDocument,
    loops: readonly TrainingLoop[],
    run: RunSummary,
  ): Promise<readonly SourceProblem[]> {
    const findings = run.findings.filter((finding) => finding.severity !== 'info');
    const sourceIsNewer = findings.length > 0 && (await isNewer(document, run));
    const problems = await Promise.all(
      findings.map(async (finding) => {
        const places = await Promise.all(loops.map((loop) => this.fixAtLoop(document, loop, finding)));
        return sourceIsNewer && isAnsweredBySource(places) ? undefined : problemOfFinding(run, finding, places);
      }),
    );
    return problems.filter((problem) => problem !== undefined);
  }

  private async fixAtLoop(
    document: vscode.TextDocument,
    loop: TrainingLoop,
    finding: FindingSummary,
  ): Promise<FixAtLoop> {
    const [best] = finding.fixes;
    return { loop, outcome: best === undefined ? null : await this.analyses.fix(document, best, loop.from.line) };
  }

  private show(uri: vscode.Uri, problems: readonly SourceProblem[], document?: vscode.TextDocument): void {
    this.shown.set(uri.toString(), problems);
    if (problems.length === 0 || !document) {
      this.shown.delete(uri.toString());
      this.collection.delete(uri);
      return;
    }
    this.collection.set(
      uri,
      problems.map((problem) => diagnosticOf(problem, document, this.docs)),
    );
  }
}

function diagnosticOf(problem: SourceProblem, document: vscode.TextDocument, docs: vscode.Uri): vscode.Diagnostic {
  const line = document.lineAt(Math.min(problem.line, document.lineCount - 1));
  const range = new vscode.Range(
    line.lineNumber,
    line.firstNonWhitespaceCharacterIndex,
    line.lineNumber,
    line.text.trimEnd().length,
  );
  const diagnostic = new vscode.Diagnostic(range, problem.message, SEVERITIES[problem.severity]);
  diagnostic.source = SOURCE_NAME;
  const target = problem.finding ? linkTo(problem.finding) : linkToRule(docs, problem.code);
  diagnostic.code = { value: problem.code, target };
  return diagnostic;
}

function linkTo(finding: { readonly run: string; readonly id: string }): vscode.Uri {
  const query = encodeURIComponent(JSON.stringify([finding.run, finding.id]));
  return vscode.Uri.parse(`command:${COMMANDS.openRun.id}?${query}`);
}

/** The page of a rule, as the editor shows Markdown. */
function linkToRule(docs: vscode.Uri, rule: string): vscode.Uri {
  const page = vscode.Uri.joinPath(docs, 'rules', `${rule}.md`);
  return vscode.Uri.parse(`command:markdown.showPreview?${encodeURIComponent(JSON.stringify([page]))}`);
}

/** Whether the source was changed after the run wrote its last line, so that the run may not speak of it any more. */
async function isNewer(document: vscode.TextDocument, run: RunSummary): Promise<boolean> {
  if (document.isDirty) {
    return true;
  }
  const { mtimeMs } = await stat(document.uri.fsPath);
  return mtimeMs / 1000 > run.changed;
}

const SEVERITIES: Readonly<Record<Severity, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};
