import * as vscode from 'vscode';
import { COMMANDS } from '../../contract/commands.js';
import type { FixDescription } from '../../model/fix.js';
import type { TrainingLoop } from '../../model/loop.js';
import type { FixRequest } from '../fixes/fixPreview.js';
import { blockFixesAt } from '../presentation/blockFixes.js';
import { ignoreRule } from '../presentation/ignoreRule.js';
import type { SourceProblem } from '../presentation/sourceProblems.js';
import type { Problems } from './problems.js';
import type { SourceAnalyses } from './sourceAnalyses.js';

const { QuickFix, Refactor, RefactorRewrite } = vscode.CodeActionKind;

/**
 * The light bulb: fixes of the problems on a line, rewrites of the model's block and the fixes of the loop around it.
 * Each fix opens its diff; none changes the file by itself.
 */
export class QuickFixes implements vscode.CodeActionProvider {
  static readonly metadata: vscode.CodeActionProviderMetadata = {
    providedCodeActionKinds: [QuickFix, Refactor, RefactorRewrite],
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
    if (!vscode.workspace.isTrusted) {
      return [];
    }
    const isWanted = (kind: vscode.CodeActionKind): boolean => context.only?.contains(kind) ?? true;
    const actions = await Promise.all([
      isWanted(QuickFix) ? this.forProblems(document, range, context) : [],
      isWanted(RefactorRewrite) ? this.forBlock(document, range.start.line) : [],
      isWanted(Refactor) ? this.forLoop(document, range.start.line) : [],
    ]);
    return actions.flat();
  }

  private async forProblems(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
  ): Promise<readonly vscode.CodeAction[]> {
    const problems = this.problems.at(document.uri, range);
    if (problems.length === 0) {
      return [];
    }
    const descriptions = await this.analyses.fixes();
    return problems.flatMap((problem) => {
      const diagnostics = context.diagnostics.filter(({ message }) => message === problem.message);
      const fixes = problem.fixes.flatMap((id, index) => {
        const description = descriptions.find((known) => known.id === id);
        return description ? [fixOfProblem(document, problem, description, index === 0)] : [];
      });
      const actions = problem.finding === null ? [...fixes, ...ignoring(document, problem)] : fixes;
      return actions.map((action) => Object.assign(action, { diagnostics }));
    });
  }

  /** Rewrites of the blocks of a model; those that would be refused here are not offered. */
  private async forBlock(document: vscode.TextDocument, line: number): Promise<readonly vscode.CodeAction[]> {
    const blocks = await this.analyses.blocks(document);
    if (!blocks.some(({ from, to }) => from.line <= line && line <= to.line)) {
      return [];
    }
    const known = await this.analyses.fixes();
    const fitting = blockFixesAt(document.lineAt(line).text);
    const offered = await Promise.all(
      known
        .filter(({ id }) => fitting.includes(id))
        .map(async (fix) => ({ fix, outcome: await this.analyses.fix(document, fix.id, undefined) })),
    );
    return offered
      .filter(({ outcome }) => outcome.kind === 'edits')
      .map(({ fix }) => previewing({ uri: document.uri, fix: fix.id, loopLine: undefined }, fix, RefactorRewrite));
  }

  private async forLoop(document: vscode.TextDocument, line: number): Promise<readonly vscode.CodeAction[]> {
    const loops = await this.analyses.loops(document);
    const loop = loops.findLast((candidate) => isKeyLine(candidate, line));
    if (!loop) {
      return [];
    }
    const title = vscode.l10n.t('Evenkeel: fixes for this loop…');
    const action = new vscode.CodeAction(title, Refactor);
    action.command = { command: COMMANDS.fixesForLoop.id, title, arguments: [document.uri, loop.from.line] };
    return [action];
  }
}

/** The lines that make a loop a training loop: its header, where gradients are made and where they are used. */
function isKeyLine({ from, backward, step }: TrainingLoop, line: number): boolean {
  return [from.line, backward?.line, step?.line].includes(line);
}

function fixOfProblem(
  document: vscode.TextDocument,
  problem: SourceProblem,
  fix: FixDescription,
  isPreferred: boolean,
): vscode.CodeAction {
  const action = previewing({ uri: document.uri, fix: fix.id, loopLine: problem.loopLine }, fix, QuickFix);
  action.isPreferred = isPreferred;
  return action;
}

/** A comment that switches the rule off for the line that it complains of. */
function ignoring(document: vscode.TextDocument, problem: SourceProblem): readonly vscode.CodeAction[] {
  const insertion =
    problem.line < document.lineCount
      ? ignoreRule((line) => document.lineAt(line).text, problem.line, problem.code)
      : null;
  if (!insertion) {
    return [];
  }
  const action = new vscode.CodeAction(vscode.l10n.t('Turn off this rule here ({0})', problem.code), QuickFix);
  action.edit = new vscode.WorkspaceEdit();
  action.edit.insert(document.uri, new vscode.Position(insertion.line, insertion.character), insertion.text);
  return [action];
}

function previewing(request: FixRequest, fix: FixDescription, kind: vscode.CodeActionKind): vscode.CodeAction {
  const action = new vscode.CodeAction(vscode.l10n.t('{0}…', fix.title), kind);
  action.command = { command: COMMANDS.previewFix.id, title: fix.title, tooltip: fix.why, arguments: [request] };
  return action;
}
