import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../src/contract/commands.js';
import { eventually, openSource } from './support.js';

const CLIP = 'clip_grad_norm_';

describe('a training loop', () => {
  let document: vscode.TextDocument;
  before(async () => {
    document = await openSource('train.py');
  });

  const lenses = async (): Promise<readonly string[]> => {
    const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
      10,
    );
    return found.map(({ command }) => command?.title ?? '');
  };

  const lineOf = (words: string): vscode.Range => {
    const line = document
      .getText()
      .split('\n')
      .findIndex((text) => text.includes(words));
    return new vscode.Range(line, 0, line, 200);
  };

  it('carries code lenses with the state of its run and the way to its fixes', async () => {
    await eventually(async () => (await lenses()).some((title) => /loss \d/.test(title)), 'a lens with a loss');
    assert.ok((await lenses()).includes('Fixes…'));
  });

  it('carries the findings of its run as problems on the line of the fix', async () => {
    const own = (): readonly vscode.Diagnostic[] =>
      vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'Evenkeel');
    await eventually(() => own().length > 1, 'problems of the run and of the source');
    // Mistakes that the source alone shows stand where they are made; those of the run, at the loop.
    const ofTheRun = own().filter(({ message }) => !message.startsWith('A transformer is trained'));
    const lines = ofTheRun.map(({ range }) => range.start.line);
    const [from, to] = [lineOf('for step in range').start.line, lineOf('optimizer.step()').start.line];
    assert.ok(
      lines.every((line) => line >= from && line <= to + 1),
      `problems on the lines ${lines.join()}`,
    );
  });

  it('has its fixes in the light bulb', async () => {
    const [problem] = vscode.languages.getDiagnostics(document.uri).filter(({ source }) => source === 'Evenkeel');
    assert.ok(problem);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      problem.range,
    );
    assert.ok(
      actions.some(({ title }) => title.startsWith('Clip gradients')),
      actions.map(({ title }) => title).join(),
    );
  });

  it('is changed by a fix after its diff was shown, and one undo takes it back', async () => {
    const before = document.getText();
    const loopLine = lineOf('for step in range').start.line;
    const request = { uri: document.uri, fix: 'clip-gradients', loopLine };
    await vscode.commands.executeCommand(COMMANDS.previewFix.id, request);
    await eventually(() => activeDiff() !== undefined, 'a diff');
    assert.equal(document.getText(), before);
    await vscode.commands.executeCommand(COMMANDS.applyFix.id);
    await eventually(() => document.getText().includes(CLIP), 'the fix in the document');
    assert.equal(document.isDirty, true, 'saving is left to the user');
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('undo');
    await eventually(() => document.getText() === before, 'the document as it was');
  });

  it('is left alone by a fix that is already there', async () => {
    const request = { uri: document.uri, fix: 'clip-gradients', loopLine: lineOf('for step in range').start.line };
    await vscode.commands.executeCommand(COMMANDS.previewFix.id, request);
    await eventually(() => activeDiff() !== undefined, 'a diff');
    await vscode.commands.executeCommand(COMMANDS.applyFix.id);
    await eventually(() => document.getText().includes(CLIP), 'the fix in the document');
    const once = document.getText();
    // Ends only when the message that says where it is has been answered.
    void vscode.commands.executeCommand(COMMANDS.previewFix.id, request);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(activeDiff(), undefined);
    assert.equal(document.getText(), once);
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('undo');
  });
});

function activeDiff(): vscode.TabInputTextDiff | undefined {
  const input: unknown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  return input instanceof vscode.TabInputTextDiff ? input : undefined;
}
