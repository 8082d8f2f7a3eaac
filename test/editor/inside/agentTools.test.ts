import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { inWorkspace, openSource } from './support.js';

async function invoked(name: string, input: object): Promise<Record<string, unknown>> {
  const { content } = await vscode.lm.invokeTool(`evenkeel_${name}`, { input, toolInvocationToken: undefined });
  const [first] = content;
  assert.ok(first instanceof vscode.LanguageModelTextPart);
  return JSON.parse(first.value) as Record<string, unknown>;
}

describe('language model tools', () => {
  it('are offered by the editor', () => {
    const names = vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('evenkeel_'));
    assert.equal(names.length, 9);
  });

  it('lead from the runs of the workspace to their findings', async () => {
    const { runs } = (await invoked('list_runs', {})) as { runs: { id: string; name: string }[] };
    assert.ok(runs.length > 0, 'the workspace has runs');
    const report = await invoked('get_findings', { run: runs[0]?.id ?? '' });
    assert.ok(Array.isArray(report['findings']));
    assert.ok(Array.isArray(report['notEvaluated']));
  });

  it('see a file as it stands in the editor, saved or not', async () => {
    const document = await openSource('train.py');
    const file = document.uri.fsPath;
    const before = (await invoked('describe_loops', { file })) as { loops: { lines: number[] }[] };
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), '# one\n# two\n');
    await vscode.workspace.applyEdit(edit);
    try {
      const after = (await invoked('describe_loops', { file })) as { loops: { lines: number[] }[] };
      assert.deepEqual(
        after.loops.map(({ lines }) => lines),
        before.loops.map(({ lines }) => lines.map((line) => line + 2)),
      );
    } finally {
      await vscode.commands.executeCommand('workbench.action.files.revert');
    }
  });

  it('propose a fix and change nothing', async () => {
    const uri = inWorkspace('train.py');
    const before = await vscode.workspace.fs.readFile(uri);
    const proposed = await invoked('propose_fix', { file: uri.fsPath, fix: 'clip-gradients' });
    assert.ok(['diff', 'already-there', 'refused'].includes(String(proposed['outcome'])), JSON.stringify(proposed));
    assert.deepEqual(await vscode.workspace.fs.readFile(uri), before);
  });

  it('say what is wrong with what they were asked', async () => {
    await assert.rejects(invoked('get_findings', { run: 'no such run' }), /list_runs/);
  });
});
