import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunSummary } from '../../contract/engineProtocol.js';
import { DOCUMENT_EXTENSIONS, type DocumentForm } from '../../contract/runDocument.js';
import type { EngineRequester } from '../engine/enginePort.js';
import { exportName } from '../presentation/exportName.js';
import { plainLabel } from '../presentation/plainText.js';

/** Writes what is known of a run into files of others' formats, or puts it on the clipboard. */
export class RunExports {
  private readonly engine: EngineRequester;
  /** Of the extension; documents name it. */
  private readonly version: string;

  constructor(engine: EngineRequester, version: string) {
    this.engine = engine;
    this.version = version;
  }

  /** Asks for the form, then where to; does nothing when a question is dismissed. */
  async ask(run: Pick<RunSummary, 'id' | 'name'>): Promise<void> {
    const form = await pickForm(run.name);
    if (form === 'issue') {
      await this.copyIssueText(run);
    } else if (form) {
      await this.save(run, form);
    }
  }

  async copyIssueText({ id }: Pick<RunSummary, 'id'>): Promise<void> {
    await vscode.env.clipboard.writeText(await this.documentOf(id, 'issue'));
    vscode.window.setStatusBarMessage(vscode.l10n.t('The run is on the clipboard, as the text of an issue.'), 5000);
  }

  private async save({ id, name }: Pick<RunSummary, 'id' | 'name'>, form: DocumentForm): Promise<void> {
    const extension = DOCUMENT_EXTENSIONS[form];
    const target = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.joinPath(defaultFolder(), exportName(name, extension)),
      filters: { [extension.toUpperCase()]: [extension] },
    });
    if (!target) {
      return;
    }
    const document = await this.documentOf(id, form);
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(document));
    const open = vscode.l10n.t('Open');
    const message = vscode.l10n.t('Saved {0}.', path.basename(target.fsPath));
    // Not awaited: the command is over once the file is written.
    void vscode.window.showInformationMessage(message, open).then((choice) => {
      if (choice === open) {
        void vscode.commands.executeCommand(form === 'markdown' ? 'markdown.showPreview' : 'vscode.open', target);
      }
    });
  }

  private documentOf(run: string, form: DocumentForm): Promise<string> {
    const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
    return this.engine.request('document', { run, form, version: this.version, folders });
  }
}

async function pickForm(run: string): Promise<DocumentForm | undefined> {
  const items: (vscode.QuickPickItem & { form: DocumentForm })[] = [
    {
      label: vscode.l10n.t('$(browser) HTML…'),
      detail: vscode.l10n.t('One page with the charts of the findings, to keep or to send'),
      form: 'html',
    },
    {
      label: vscode.l10n.t('$(markdown) Markdown…'),
      detail: vscode.l10n.t('For a wiki, a pull request or the summary of a job'),
      form: 'markdown',
    },
    {
      label: vscode.l10n.t('$(json) SARIF…'),
      detail: vscode.l10n.t('For code scanning and other tools'),
      form: 'sarif',
    },
    {
      label: vscode.l10n.t('$(issues) Text of an Issue'),
      detail: vscode.l10n.t('To the clipboard: findings, numbers and settings'),
      form: 'issue',
    },
  ];
  const title = vscode.l10n.t('Export {0}', plainLabel(run));
  return (await vscode.window.showQuickPick(items, { title }))?.form;
}

function defaultFolder(): vscode.Uri {
  return vscode.workspace.workspaceFolders?.[0]?.uri ?? vscode.Uri.file(homedir());
}
