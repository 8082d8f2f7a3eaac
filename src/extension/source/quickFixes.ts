import * as vscode from 'vscode';
import { COMMANDS } from '../../contract/commands.js';
import type { FixDescription } from '../../model/fix.js';
import type { FixRequest } from '../fixes/fixPreview.js';
import type { SourceProblem } from '../presentation/sourceProblems.js';
import type { Problems } from './problems.js';
import type { SourceAnalyses } from './sourceAnalyses.js';

/** The light bulb: fixes of the problems on a line. Each opens its diff; none changes the file by itself. */
export class QuickFixes implements vscode.CodeActionProvider {
  static readonly metadata: vscode.CodeActionProviderMetadata = {
    providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
  };

  private readonly problems: Problems;
  private readonly analyses: SourceAnalyses;

  constructor(problems: Problems, analyses: SourceAnalyses) {
    this.problems = problems;
    this.analyses = analyses;
  }

  async provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
  ): Promise<vscode.CodeAction[]> {
    const problems = this.problems.at(document.uri, range).filter(({ fixes }) => fixes.length > 0);
    if (!vscode.workspace.isTrusted || problems.length === 0) {
      return [];
    }
    const descriptions = await this.analyses.fixes();
    return problems.flatMap((problem) =>
      problem.fixes.flatMap((id, index) => {
        const description = descriptions.find((known) => known.id === id);
        return description ? [actionFor(document, problem, description, index === 0, context)] : [];
      }),
    );
  }
}

function actionFor(
  document: vscode.TextDocument,
  problem: SourceProblem,
  fix: FixDescription,
  isPreferred: boolean,
  context: vscode.CodeActionContext,
): vscode.CodeAction {
  const action = new vscode.CodeAction(vscode.l10n.t('{0}…', fix.title), vscode.CodeActionKind.QuickFix);
  const request: FixRequest = { uri: document.uri, fix: fix.id, loopLine: problem.loopLine };
  action.command = { command: COMMANDS.previewFix.id, title: fix.title, tooltip: fix.why, arguments: [request] };
  action.isPreferred = isPreferred;
  action.diagnostics = context.diagnostics.filter(({ message }) => message === problem.message);
  return action;
}
