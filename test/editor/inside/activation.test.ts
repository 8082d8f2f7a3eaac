import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../src/contract/commands.js';

const ID = 'evenkeel.evenkeel';

describe('activation', () => {
  it('succeeds', async () => {
    const extension = vscode.extensions.getExtension(ID);
    assert.ok(extension, `${ID} is installed`);
    await extension.activate();
    assert.equal(extension.isActive, true);
  });

  it('registers every command of the manifest', async () => {
    const registered = await vscode.commands.getCommands(true);
    const missing = Object.values(COMMANDS)
      .map(({ id }) => id)
      .filter((id) => !registered.includes(id));
    assert.deepEqual(missing, []);
  });
});
