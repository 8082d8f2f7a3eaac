import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../src/contract/commands.js';
import { RUN_PAGE } from '../../../src/contract/views.js';
import { eventually, openSource } from './support.js';

describe('the page of a run', () => {
  it('opens once, beside the code', async () => {
    const document = await openSource('train.py');
    const run = await runOfLens(document);
    // Jobs of other tests open pages of their own.
    await vscode.window.tabGroups.close(pages());
    await vscode.commands.executeCommand(COMMANDS.openRun.id, run);
    await eventually(() => pages().length === 1, 'a run page');
    await vscode.commands.executeCommand(COMMANDS.openRun.id, run);
    assert.equal(pages().length, 1);
    const code = vscode.window.tabGroups.all.find(({ tabs }) => tabs.some(({ label }) => label === 'train.py'));
    assert.notEqual(pages()[0]?.group.viewColumn, code?.viewColumn);
    await vscode.window.tabGroups.close(pages());
  });
});

async function runOfLens(document: vscode.TextDocument): Promise<string> {
  let run: unknown;
  await eventually(async () => {
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
      10,
    );
    run = lenses.find(({ command }) => command?.command === COMMANDS.openRun.id)?.command?.arguments?.[0];
    return run !== undefined;
  }, 'a lens that opens the run');
  return String(run);
}

function pages(): readonly vscode.Tab[] {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  return tabs.filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(RUN_PAGE));
}
