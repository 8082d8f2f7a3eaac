import * as vscode from 'vscode';
import { COMMANDS } from '../../contract/commands.js';
import { CONFIGURATION_FIX_IDS } from '../../fixes/configuration/configurationFixIds.js';
import type { SourceAnalyses } from './sourceAnalyses.js';

/**
 * The light bulb in configurations and launch scripts: fixes that land where the value comes from. Those that would be
 * refused are not offered; each opens its diff.
 */
export class ConfigurationFixes implements vscode.CodeActionProvider {
  static readonly metadata: vscode.CodeActionProviderMetadata = {
    providedCodeActionKinds: [vscode.CodeActionKind.RefactorRewrite],
  };

  private readonly analyses: SourceAnalyses;

  constructor(analyses: SourceAnalyses) {
    this.analyses = analyses;
  }

  async provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    context: vscode.CodeActionContext,
  ): Promise<vscode.CodeAction[]> {
    const isWanted = context.only?.contains(vscode.CodeActionKind.RefactorRewrite) ?? true;
    if (!vscode.workspace.isTrusted || !isWanted) {
      return [];
    }
    const { line } = range.start;
    const blocks = await this.analyses.settings(document);
    const block = blocks.find(({ from, to }) => from.line <= line && line <= to.line);
    if (!block) {
      return [];
    }
    const at = block.from.line;
    const known = await this.analyses.fixes();
    const offered = await Promise.all(
      known
        .filter(({ id }) => CONFIGURATION_FIX_IDS.includes(id))
        .map(async (fix) => ({ fix, outcome: await this.analyses.fix(document, fix.id, at) })),
    );
    return offered
      .filter(({ outcome }) => outcome.kind === 'edits')
      .map(({ fix }) => {
        const action = new vscode.CodeAction(vscode.l10n.t('{0}…', fix.title), vscode.CodeActionKind.RefactorRewrite);
        const request = { uri: document.uri, fix: fix.id, loopLine: at };
        action.command = { command: COMMANDS.previewFix.id, title: fix.title, tooltip: fix.why, arguments: [request] };
        return action;
      });
  }
}
