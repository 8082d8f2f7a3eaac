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
  /** Of a notebook, from 1 among all cells. */
  readonly cell?: number;
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
    async invoke({ input: { file, fix, settings = {}, line, cell } }) {
      mustBeTrusted();
      const uri = uriOf(file);
      const shown = uri.path.endsWith('.ipynb') ? await cellUri(uri, cell) : uri;
      await previews.show({ uri: shown, fix, loopLine: line === undefined ? undefined : line - 1 }, settings);
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

/** The address of a notebook's cell, which it has only while the notebook is open. */
async function cellUri(uri: vscode.Uri, number: number | undefined): Promise<vscode.Uri> {
  if (number === undefined) {
    throw new Error(vscode.l10n.t('{0} is a notebook: name the cell; describe_loops tells it.', uri.fsPath));
  }
  const notebook = await vscode.workspace.openNotebookDocument(uri);
  if (!(number >= 1 && number <= notebook.cellCount)) {
    throw new Error(vscode.l10n.t('{0} has {1} cells, and no cell {2}.', uri.fsPath, notebook.cellCount, number));
  }
  await vscode.window.showNotebookDocument(notebook);
  return notebook.cellAt(number - 1).document.uri;
}

/** Texts of open files by their paths, and by what they are called below the workspace's folder. */
function openTexts(): Record<string, string> {
  const texts: Record<string, string> = {};
  const add = (uri: vscode.Uri, text: string): void => {
    texts[uri.fsPath] = text;
    texts[vscode.workspace.asRelativePath(uri, false)] = text;
  };
  for (const document of vscode.workspace.textDocuments) {
    if (document.uri.scheme === 'file' && document.isDirty) {
      add(document.uri, document.getText());
    }
  }
  for (const notebook of vscode.workspace.notebookDocuments) {
    if (notebook.uri.scheme === 'file' && notebook.uri.path.endsWith('.ipynb') && notebook.isDirty) {
      add(notebook.uri, JSON.stringify({ cells: notebook.getCells().map(asWritten) }));
    }
  }
  return texts;
}

/** What a file says of a cell's code. */
function asWritten({ kind, document }: vscode.NotebookCell): object {
  return {
    cell_type: kind === vscode.NotebookCellKind.Code ? 'code' : 'markdown',
    metadata: { vscode: { languageId: document.languageId } },
    source: document.getText(),
  };
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
