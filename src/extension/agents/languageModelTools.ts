import * as vscode from 'vscode';
import { AGENT_TOOLS, COMPUTING_TOOLS, LANGUAGE_MODEL_TOOL_PREFIX, SHOW_FIX_TOOL } from '../../contract/agentTools.js';
import { numberToJson } from '../../model/json.js';
import type { EngineRequester } from '../engine/enginePort.js';
import type { FixPreviews } from '../fixes/fixPreview.js';

export interface AgentServices {
  readonly engine: EngineRequester;
  readonly previews: FixPreviews;
}

/** What {@link SHOW_FIX_TOOL} takes. */
interface ShownFix {
  readonly file: string;
  readonly fix: string;
  readonly settings?: Readonly<Record<string, number | string>>;
  readonly line?: number;
}

/**
 * The tools that the editor's own agents may use. Those that read answer at once; a fix is shown as a diff, asked for
 * before and pressed after by the user: no tool changes a file.
 */
export function registerLanguageModelTools({ engine, previews }: AgentServices): vscode.Disposable {
  const reading = AGENT_TOOLS.map((name) =>
    vscode.lm.registerTool<object>(LANGUAGE_MODEL_TOOL_PREFIX + name, {
      ...(COMPUTING_TOOLS.includes(name) && { prepareInvocation: askToCompute }),
      async invoke({ input }, token) {
        mustBeTrusted();
        const cancellation = abortedWith(token);
        return textResult(await engine.request('tool', { name, input, openTexts: openTexts() }, cancellation));
      },
    }),
  );
  const showing = vscode.lm.registerTool<ShownFix>(LANGUAGE_MODEL_TOOL_PREFIX + SHOW_FIX_TOOL, {
    prepareInvocation: ({ input: { fix, file } }) => ({
      confirmationMessages: {
        title: vscode.l10n.t('Show a fix'),
        message: vscode.l10n.t(
          'Open a diff of {0} with the fix {1}? The file changes when you press Apply there.',
          file,
          fix,
        ),
      },
    }),
    async invoke({ input: { file, fix, settings = {}, line } }) {
      mustBeTrusted();
      const uri = uriOf(file);
      await previews.show({ uri, fix, loopLine: line === undefined ? undefined : line - 1 }, settings);
      return textResult({ shown: uri.fsPath, note: 'The user decides in the editor whether the change is made.' });
    },
  });
  return vscode.Disposable.from(...reading, showing);
}

function askToCompute(): vscode.PreparedToolInvocation {
  return {
    invocationMessage: vscode.l10n.t('Trying fixes on a proxy of the run'),
    confirmationMessages: {
      title: vscode.l10n.t('Try fixes in the lab'),
      message: vscode.l10n.t(
        'Train a small proxy of the run with and without each fix? It keeps this machine busy for some minutes and changes no file of the workspace.',
      ),
    },
  };
}

function mustBeTrusted(): void {
  if (!vscode.workspace.isTrusted) {
    throw new Error(vscode.l10n.t('This workspace is in Restricted Mode: Evenkeel reads and changes nothing.'));
  }
}

/** Paths as models write them: whole, or below the first folder of the workspace. */
function uriOf(file: string): vscode.Uri {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const isWhole = /^(?:[/\\]|[a-z]:[/\\])/i.test(file);
  return isWhole || !folder ? vscode.Uri.file(file) : vscode.Uri.joinPath(folder.uri, file);
}

/** Texts of open files by their paths, and by what they are called below the workspace's folder. */
function openTexts(): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const document of vscode.workspace.textDocuments) {
    if (document.uri.scheme === 'file' && document.isDirty) {
      texts[document.uri.fsPath] = document.getText();
      texts[vscode.workspace.asRelativePath(document.uri, false)] = document.getText();
    }
  }
  return texts;
}

function abortedWith(token: vscode.CancellationToken): AbortSignal {
  const controller = new AbortController();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

function textResult(result: object): vscode.LanguageModelToolResult {
  const text = JSON.stringify(result, (_key, value: unknown) =>
    typeof value === 'number' ? numberToJson(value) : value,
  );
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(text)]);
}
